using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>A square dense convolution without stride of one tile of images: forward, and the weight gradient.</summary>
public abstract class ConvolutionBenchmark
{
    private readonly Prefetcher _ahead = new();
    private readonly int _channels, _side;
    private readonly int[] _taps;
    private readonly float[] _source, _weights, _bias, _target, _dY, _dW;
    private readonly FilterShape _filter;
    private readonly CorrelationShape _correlation;
    private readonly ReferenceWindows _windows;
    private readonly float[] _referenceX, _referenceW, _referenceDX, _referenceDW, _referenceDB;

    /// <param name="channels">Inputs, and as many outputs.</param>
    /// <param name="side">Rows and columns of the map.</param>
    /// <param name="kernel">Rows and columns of the filter.</param>
    private protected ConvolutionBenchmark(int channels, int side, int kernel)
    {
        (_channels, _side) = (channels, side);
        int lanes = Simd.Lanes, width = side + kernel - 1, sourcePlane = ((width * width) | 1) * lanes, plane = side * side * lanes;
        _taps = KernelData.Taps(channels, kernel, width, sourcePlane);
        _source = KernelData.Values(channels * sourcePlane);
        _weights = KernelData.Values(channels * _taps.Length);
        _bias = new float[ConvolutionKernels.PackedOutputs(channels)];
        _target = KernelData.Values(channels * plane);
        _dY = KernelData.Values(channels * plane);
        _dW = new float[_weights.Length];
        _filter = new FilterShape(side, side, width * lanes, lanes, plane, side * lanes, lanes, Accumulates: false);
        _correlation = new CorrelationShape(side, side, plane, side * lanes, width * lanes, lanes);
        _windows = new ReferenceWindows(lanes, channels, side, side, channels, kernel, 1, (kernel - 1) / 2);
        _referenceX = KernelData.Values(_windows.InputLength);
        _referenceW = KernelData.Values(_windows.WeightLength);
        (_referenceDX, _referenceDW, _referenceDB) =
            (new float[_windows.InputLength], new float[_windows.WeightLength], new float[channels]);
    }

    private protected void RunForward() => ConvolutionKernels.Apply(_source, _taps, _weights, _bias, _target, _channels, _filter, _ahead);

    private protected void RunWeightGradient()
    {
        // Sums of many runs would grow without end.
        _dW.AsSpan().Clear();
        ConvolutionKernels.WeightGradient(_dY, _source, _taps, KernelData.FullMask, _dW, _channels, _correlation, _ahead);
    }

    private protected void RunReferenceForward() =>
        ReferenceConvolution.Forward(_referenceX, _referenceW, default, _target.AsSpan(0, _windows.OutputLength), _windows);

    private protected void RunReferenceBackward() =>
        ReferenceConvolution.Backward(_referenceX, _referenceW, _dY.AsSpan(0, _windows.OutputLength), _referenceDX, _referenceDW,
            _referenceDB, _windows);
}
