using BenchmarkDotNet.Attributes;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>Max pooling, 2x2 with stride 2, of one plane of 32x32 pixels of one tile of images.</summary>
public class MaxPoolBenchmark
{
    private const int Side = 32;

    private static readonly ReferenceWindows Windows = new(Simd.Lanes, 1, Side, Side, 1, 2, 2, 0);

    private readonly int[] _taps = KernelData.Taps(1, 2, Side, 0);
    private readonly float[] _x = KernelData.Values(Windows.InputLength), _y = new float[Windows.OutputLength];

    [Benchmark(Baseline = true)]
    public void Reference() => ReferencePooling.Max(_x, _y, Windows);

    [Benchmark]
    public void Fast()
    {
        int lanes = Simd.Lanes, pixels = Side / 2;
        for (int row = 0; row < pixels; row++)
            PoolingKernels.MaxRow(_x.AsSpan(row * 2 * Side * lanes), _taps, _y.AsSpan(row * pixels * lanes, pixels * lanes), pixels,
                2 * lanes);
    }
}
