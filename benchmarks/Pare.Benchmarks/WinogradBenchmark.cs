using BenchmarkDotNet.Attributes;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>
/// A 3x3 convolution without stride of one tile of images, 16x16 pixels, padded planes in and planes out: all windows at once, by Winograd
/// and directly. The transforms alone say what is to be earned by the products.
/// </summary>
public class WinogradBenchmark
{
    private const int Side = 16, Taps = 9;

    private readonly Prefetcher _ahead = new();
    private WinogradShape _shape;
    private FilterShape _direct, _products;
    private int _plane, _target, _windows;
    private int[] _taps = [], _channels = [];
    private float[] _source = [], _weights = [], _transformed = [], _sums = [], _y = [];

    /// <summary>Inputs, and as many outputs.</summary>
    [Params(8, 16, 32)]
    public int Channels { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int lanes = Simd.Lanes, windows = Side * Side / 4, width = Side + 2;
        (_windows, _target) = ((windows | 1) * lanes, Side * Side * lanes);
        _shape = new WinogradShape(Side / 2, Side / 2, ((Channels * (windows | 1)) | 1) * lanes);
        _plane = ((width * width) | 1) * lanes;
        _taps = KernelData.Taps(Channels, 3, width, _plane);
        _channels = [.. Enumerable.Range(0, Channels).Select(c => c * _windows)];
        _source = KernelData.Values(Channels * _plane);
        _weights = KernelData.Values(Channels * Channels * WinogradKernels.Places);
        _transformed = KernelData.Values(WinogradKernels.Places * _shape.PlaceStride);
        _sums = KernelData.Values(_transformed.Length);
        _y = KernelData.Values(Channels * _target);
        _direct = new FilterShape(Side, Side, width * lanes, lanes, _target, Side * lanes, lanes, Accumulates: false);
        _products = new FilterShape(1, windows, 0, lanes, _windows, 0, lanes, Accumulates: false);
    }

    [Benchmark(Baseline = true)]
    public void Direct() =>
        ConvolutionKernels.Apply(_source, _taps, _weights.AsSpan(0, Channels * Channels * Taps), default, _y, Channels, _direct, _ahead);

    [Benchmark]
    public void Winograd()
    {
        TransformSource();
        for (int place = 0; place < WinogradKernels.Places; place++)
            ConvolutionKernels.Apply(_transformed.AsSpan(place * _shape.PlaceStride), _channels,
                _weights.AsSpan(place * Channels * Channels, Channels * Channels), default, _sums.AsSpan(place * _shape.PlaceStride),
                Channels, _products, _ahead);
        TransformOutput();
    }

    [Benchmark]
    public void TransformSource()
    {
        for (int c = 0; c < Channels; c++)
            WinogradKernels.TransformSource(_source.AsSpan(c * _plane), _transformed.AsSpan(c * _windows), _shape);
    }

    [Benchmark]
    public void TransformOutput()
    {
        for (int c = 0; c < Channels; c++)
            WinogradKernels.TransformOutput(_sums.AsSpan(c * _windows), _y.AsSpan(c * _target, _target), Side, Side, _shape,
                accumulate: false);
    }
}
