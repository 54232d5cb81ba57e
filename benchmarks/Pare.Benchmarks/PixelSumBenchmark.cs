using BenchmarkDotNet.Attributes;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>Global average pooling: the sum over one plane of 32x32 pixels of one tile of images, lane by lane.</summary>
public class PixelSumBenchmark
{
    private const int Pixels = 32 * 32;

    private readonly float[] _x = KernelData.Values(Pixels * Simd.Lanes), _sum = new float[Simd.Lanes];

    [Benchmark(Baseline = true)]
    public void Reference()
    {
        for (int i = 0; i < _x.Length; i++) _sum[i % Simd.Lanes] += _x[i];
    }

    [Benchmark]
    public void Fast() => PixelKernels.AddSum(_x, _sum);
}
