using BenchmarkDotNet.Attributes;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>
/// The statistics of batch norm: sums of x and of its square over one plane of 32x32 pixels of one tile of images, lane by lane.
/// </summary>
public class MomentsBenchmark
{
    private const int Pixels = 32 * 32;

    private readonly float[] _x = KernelData.Values(Pixels * Simd.Lanes), _pivot = KernelData.Values(Simd.Lanes),
        _sums = new float[2 * Simd.Lanes];

    [Benchmark(Baseline = true)]
    public void Reference()
    {
        for (int i = 0; i < _x.Length; i++)
        {
            int lane = i % Simd.Lanes;
            float d = _x[i] - _pivot[lane];
            _sums[lane] += d;
            _sums[Simd.Lanes + lane] += d * d;
        }
    }

    [Benchmark]
    public void Fast() => ElementwiseKernels.AddMoments<Float32Storage>(_x, default, _pivot, _sums);
}
