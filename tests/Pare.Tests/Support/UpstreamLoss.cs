using Pare.Execution;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>
/// The loss whose gradient with respect to the output is whatever a test wants it to be: the sum over all values of
/// output times upstream gradient. Keeps the output, too.
/// </summary>
/// <param name="upstream">Laid out like the output, <c>[image][channel][row][column]</c>.</param>
internal sealed class UpstreamLoss(float[] upstream) : ILoss
{
    public float[] Output { get; } = new float[upstream.Length];

    public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
        Span<float> dLogits)
    {
        dLogits.Clear();
        Lanes.Unpack(logits, first, images, Output);
        Lanes.Pack(upstream, first, images, dLogits);
        int size = logits.Length / Simd.Lanes;
        double loss = 0;
        for (int i = first * size; i < (first + images) * size; i++) loss += (double)Output[i] * upstream[i];
        return (loss, 0);
    }
}
