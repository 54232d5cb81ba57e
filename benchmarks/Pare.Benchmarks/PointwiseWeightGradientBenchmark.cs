using BenchmarkDotNet.Attributes;

namespace Pare.Benchmarks;

/// <summary>
/// The weight gradient of a 1x1 convolution of 64 channels, 16x16 pixels. The reference makes the input gradient in the same loop.
/// </summary>
public class PointwiseWeightGradientBenchmark() : ConvolutionBenchmark(channels: 64, side: 16, kernel: 1)
{
    [Benchmark(Baseline = true)]
    public void Reference() => RunReferenceBackward();

    [Benchmark]
    public void Fast() => RunWeightGradient();
}
