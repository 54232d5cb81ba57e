using BenchmarkDotNet.Attributes;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>
/// Max pooling, 2x2, of one plane of 32x32 pixels of one tile of images: a tap at a time, as all windows are served, and by pairs of
/// pixels.
/// </summary>
public class MaxPoolBenchmark
{
    private const int Side = 32;

    private readonly Prefetcher _ahead = new();
    private readonly int[] _taps = KernelData.Taps(1, 2, Side, 0);
    private readonly float[] _x = KernelData.Values(Simd.Lanes * Side * Side), _dX = new float[Simd.Lanes * Side * Side],
        _y = KernelData.Values(Simd.Lanes * Side * Side), _row = new float[Simd.Lanes * Side];
    private ReferenceWindows _windows;

    [Params(1, 2)]
    public int Stride { get; set; }

    private int Outputs => ((Side - 2) / Stride) + 1;

    [GlobalSetup]
    public void SetUp() => _windows = new ReferenceWindows(Simd.Lanes, 1, Side, Side, 1, 2, Stride, 0);

    [Benchmark(Baseline = true)]
    public void Reference() => ReferencePooling.Max(_x, _y.AsSpan(0, _windows.OutputLength), _windows);

    [Benchmark]
    public void Taps()
    {
        int lanes = Simd.Lanes, pixels = Outputs;
        for (int row = 0; row < pixels; row++)
            PoolingKernels.MaxRow(_x.AsSpan(row * Stride * Side * lanes), _taps, _y.AsSpan(row * pixels * lanes, pixels * lanes), pixels,
                Stride * lanes);
    }

    [Benchmark]
    public void Pairs() => PairPoolingKernels.Forward(_x, _y, Side, Side, Stride);

    [Benchmark]
    public void TapsBackward()
    {
        int lanes = Simd.Lanes, pixels = Outputs;
        _dX.AsSpan().Clear();
        for (int row = 0; row < pixels; row++)
            PoolingKernels.MaxRowBackward(_x.AsSpan(row * Stride * Side * lanes), _taps, _y.AsSpan(row * pixels * lanes, pixels * lanes),
                _dX.AsSpan(row * Stride * Side * lanes), pixels, Stride * lanes);
    }

    [Benchmark]
    public void PairsBackward() => PairPoolingKernels.Backward(_x, _y, _dX, _row, Side, Side, Stride, accumulate: false, _ahead);
}
