namespace Pare.Kernels.Channels;

/// <summary>What a filter reads for one output pixel, counted in floats from that pixel's first: runs of neighbouring values.</summary>
/// <param name="Runs">Where each run begins.</param>
/// <param name="Length">Values of a run.</param>
internal readonly record struct ChannelFilter(int[] Runs, int Length);
