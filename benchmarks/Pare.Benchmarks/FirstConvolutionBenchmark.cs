using BenchmarkDotNet.Attributes;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>
/// The weight gradient of a 3x3 convolution of images, 3 to 32 channels and 32x32 pixels, of one tile of them: by the tile of 8 outputs and
/// 3 taps that serves all convolutions, and output by output with nine taps in registers.
/// </summary>
public class FirstConvolutionBenchmark
{
    private const int Inputs = 3, Outputs = 32, Side = 32, Width = Side + 2;

    private static readonly int Lanes = Simd.Lanes, SourcePlane = ((Width * Width) | 1) * Lanes, Plane = Side * Side * Lanes;
    private static readonly CorrelationShape Shape = new(Side, Side, Plane, Side * Lanes, Width * Lanes, Lanes);

    private readonly Prefetcher _ahead = new();
    private readonly int[] _taps = KernelData.Taps(Inputs, 3, Width, SourcePlane);
    private readonly float[] _source = KernelData.Values(Inputs * SourcePlane), _dY = KernelData.Values(Outputs * Plane),
        _dW = new float[Outputs * Inputs * 9];

    [Benchmark(Baseline = true)]
    public void EightOutputs()
    {
        // Sums of many runs would grow without end.
        _dW.AsSpan().Clear();
        ConvolutionKernels.WeightGradient(_dY, _source, _taps, KernelData.FullMask, _dW, Outputs, Shape, _ahead);
    }

    [Benchmark]
    public void OutputByOutput()
    {
        _dW.AsSpan().Clear();
        for (int o = 0; o < Outputs; o++)
            DepthwiseKernels.WeightGradient(_dY.AsSpan(o * Plane, Plane), _source, _taps, KernelData.FullMask,
                _dW.AsSpan(o * _taps.Length, _taps.Length), Shape, _ahead);
    }
}
