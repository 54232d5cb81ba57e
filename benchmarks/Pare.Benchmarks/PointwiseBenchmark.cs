using BenchmarkDotNet.Attributes;

namespace Pare.Benchmarks;

/// <summary>A 1x1 convolution of 64 channels, 16x16 pixels.</summary>
public class PointwiseBenchmark() : ConvolutionBenchmark(channels: 64, side: 16, kernel: 1)
{
    [Benchmark(Baseline = true)]
    public void Reference() => RunReferenceForward();

    [Benchmark]
    public void Fast() => RunForward();
}
