using Pare.Kernels;

namespace Pare.Benchmarking;

/// <summary>How fast one network runs on this machine.</summary>
/// <param name="Model">The network.</param>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="Batch">Images a step.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Storage">How the feature maps of the training steps were kept; inference keeps no others than single precision.</param>
/// <param name="TrainImagesPerSecond">Of training steps (forward, backward, SGD with momentum), by the median step.</param>
/// <param name="InferImagesPerSecond">Of inference, by the median batch.</param>
/// <param name="LatencyMilliseconds">Median time of one image alone, on one thread.</param>
/// <param name="TrainGflops">
/// Floating-point operations of the training steps, in 10^9 a second: two a multiply-accumulate, three passes, and no input gradient for
/// the first layer.
/// </param>
/// <param name="PeakGflops">What a loop of multiply-adds in registers reaches on the same threads in the same run.</param>
public sealed record BenchmarkResult(string Model, long Parameters, int Batch, int Threads, MapStorage Storage,
    double TrainImagesPerSecond, double InferImagesPerSecond, double LatencyMilliseconds, double TrainGflops, double PeakGflops)
{
    /// <summary>The share of the peak that a whole training step reaches, 0 to 1.</summary>
    public double PeakFraction => TrainGflops / PeakGflops;
}
