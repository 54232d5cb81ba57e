using BenchmarkDotNet.Attributes;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>
/// A depthwise 3x3 convolution of 64 channels, 16x16 pixels, of one tile of images. The reference makes both gradients in one loop.
/// </summary>
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class DepthwiseBenchmark
{
    private const int Channels = 64;
    private const int Side = 16;
    private const int Area = 9;
    private const int Width = Side + 2;

    private static readonly int Plane = Side * Side * Simd.Lanes, SourcePlane = Width * Width * Simd.Lanes;
    private static readonly ReferenceWindows Windows = new(Simd.Lanes, Channels, Side, Side, Channels, 3, 1, 1, Channels);

    private readonly Prefetcher _ahead = new();
    private readonly int[] _taps = KernelData.Taps(1, 3, Width, SourcePlane);
    private readonly float[] _source = KernelData.Values(Channels * SourcePlane), _weights = KernelData.Values(Channels * Area);
    private readonly float[] _target = KernelData.Values(Channels * Plane), _dY = KernelData.Values(Channels * Plane),
        _dW = new float[Channels * Area];
    private readonly float[] _x = KernelData.Values(Windows.InputLength), _dX = new float[Windows.InputLength], _dB = new float[Channels];

    [Benchmark(Baseline = true), BenchmarkCategory("forward")]
    public void ReferenceForward() => ReferenceConvolution.Forward(_x, _weights, default, _target, Windows);

    [Benchmark, BenchmarkCategory("forward")]
    public void Forward()
    {
        int lanes = Simd.Lanes;
        var shape = new FilterShape(Side, Side, Width * lanes, lanes, 0, Side * lanes, lanes, Accumulates: false);
        for (int c = 0; c < Channels; c++)
            DepthwiseKernels.Apply(_source.AsSpan(c * SourcePlane, SourcePlane), _taps, _weights.AsSpan(c * Area, Area), 0f,
                _target.AsSpan(c * Plane, Plane), shape, _ahead);
    }

    [Benchmark(Baseline = true), BenchmarkCategory("weight gradient")]
    public void ReferenceBackward() => ReferenceConvolution.Backward(_x, _weights, _dY, _dX, _dW, _dB, Windows);

    [Benchmark, BenchmarkCategory("weight gradient")]
    public void WeightGradient()
    {
        int lanes = Simd.Lanes;
        var shape = new CorrelationShape(Side, Side, 0, Side * lanes, Width * lanes, lanes);
        _dW.AsSpan().Clear();
        for (int c = 0; c < Channels; c++)
            DepthwiseKernels.WeightGradient(_dY.AsSpan(c * Plane, Plane), _source.AsSpan(c * SourcePlane, SourcePlane), _taps,
                KernelData.FullMask, _dW.AsSpan(c * Area, Area), shape, _ahead);
    }
}
