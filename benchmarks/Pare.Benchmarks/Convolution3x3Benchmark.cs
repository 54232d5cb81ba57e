using BenchmarkDotNet.Attributes;

namespace Pare.Benchmarks;

/// <summary>A 3x3 convolution of 16 channels, 16x16 pixels.</summary>
public class Convolution3x3Benchmark() : ConvolutionBenchmark(channels: 16, side: 16, kernel: 3)
{
    [Benchmark(Baseline = true)]
    public void Reference() => RunReferenceForward();

    [Benchmark]
    public void Fast() => RunForward();
}
