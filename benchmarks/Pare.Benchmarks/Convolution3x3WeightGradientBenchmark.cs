using BenchmarkDotNet.Attributes;

namespace Pare.Benchmarks;

/// <summary>
/// The weight gradient of a 3x3 convolution of 16 channels, 16x16 pixels. The reference makes the input gradient in the same loop.
/// </summary>
public class Convolution3x3WeightGradientBenchmark() : ConvolutionBenchmark(channels: 16, side: 16, kernel: 3)
{
    [Benchmark(Baseline = true)]
    public void Reference() => RunReferenceBackward();

    [Benchmark]
    public void Fast() => RunWeightGradient();
}
