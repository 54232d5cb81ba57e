using System.Numerics.Tensors;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// One filter sliding over one padded plane, with its two gradients: what depthwise convolution and average pooling share.
/// </summary>
internal sealed class PlaneFilter
{
    private readonly int _stride, _padding, _firstGradientRow, _gradientRows;
    private readonly Shape _input, _output;
    private readonly int[] _offsets;

    public PlaneFilter(int kernel, int stride, int padding, Shape input, Shape output)
    {
        stride = InputGradientTaps.StrideWithin(input, kernel, stride, padding);
        (Kernel, _stride, _padding, _input, _output) = (kernel, stride, padding, input, output);
        SourceWidth = checked(((output.Width - 1) * stride) + kernel);
        SourceRows = checked(((output.Height - 1) * stride) + kernel);
        GradientTaps = new InputGradientTaps(kernel, stride, padding, input.Width, output.Width);
        _firstGradientRow = Math.Min(0, (padding / stride) - GradientTaps.Reach);
        _gradientRows = Math.Max(output.Height - 1, (input.Height - 1 + padding) / stride) - _firstGradientRow + 1;
        SourceSize = checked(SourceRows * SourceWidth * Simd.Lanes);
        GradientSize = checked(_gradientRows * GradientTaps.Width * Simd.Lanes);
        _offsets = [.. Enumerable.Range(0, kernel * kernel).Select(t => (((t / kernel) * SourceWidth) + (t % kernel)) * Simd.Lanes)];
    }

    public int Kernel { get; }

    /// <summary>Rows of the padded input plane: as many as the windows reach.</summary>
    public int SourceRows { get; }

    /// <summary>Columns of the padded input plane.</summary>
    public int SourceWidth { get; }

    /// <summary>Floats of the padded input plane.</summary>
    public int SourceSize { get; }

    /// <summary>Floats of the padded plane of the output gradient.</summary>
    public int GradientSize { get; }

    public InputGradientTaps GradientTaps { get; }

    public void ReadSource(FeatureMap input, int slot, int channel, Span<float> source) =>
        input.ReadPadded(slot, channel, -_padding, SourceRows, _padding, SourceWidth, source);

    public void ReadGradient(FeatureMap output, int slot, int channel, Span<float> gradient) =>
        output.ReadGradientPadded(slot, channel, _firstGradientRow, _gradientRows, GradientTaps.Left, GradientTaps.Width, gradient);

    /// <summary>Y = bias + the filter over the source.</summary>
    public void Forward(ReadOnlySpan<float> source, ReadOnlySpan<float> weights, float bias, Span<float> target, Prefetcher ahead)
    {
        int lanes = Simd.Lanes;
        var shape =
            new FilterShape(_output.Height, _output.Width, _stride * SourceWidth * lanes, _stride * lanes, 0, _output.Width * lanes, lanes,
            Accumulates: false);
        DepthwiseKernels.Apply(source, _offsets, weights, bias, target, shape, ahead);
    }

    /// <summary>dW += the correlation of the output gradient with the source.</summary>
    public void WeightGradient(ReadOnlySpan<float> source, ReadOnlySpan<float> gradient, ReadOnlySpan<float> laneMask, Span<float> dW,
        Prefetcher ahead)
    {
        int lanes = Simd.Lanes, pitch = GradientTaps.Width * lanes;
        var shape = new CorrelationShape(_output.Height, _output.Width, 0, pitch, _stride * SourceWidth * lanes, _stride * lanes);
        DepthwiseKernels.WeightGradient(gradient[((-_firstGradientRow * pitch) + (GradientTaps.Left * lanes))..], source, _offsets,
            laneMask, dW, shape, ahead);
    }

    /// <summary>dX = the output gradient through the filter, added to what is there when <paramref name="accumulate"/>.</summary>
    /// <param name="gradient">As <see cref="ReadGradient"/> left it.</param>
    /// <param name="phaseWeights">Of each phase, <c>[filter][tap]</c>.</param>
    /// <param name="filter">Which filter.</param>
    /// <param name="dX">The whole plane.</param>
    /// <param name="accumulate">Adds to what dX holds.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public void InputGradient(ReadOnlySpan<float> gradient, OwnedFloats[] phaseWeights, int filter, Span<float> dX, bool accumulate,
        Prefetcher ahead)
    {
        int lanes = Simd.Lanes, pitch = GradientTaps.Width * lanes;
        for (int row = 0; row < Math.Min(_stride, _input.Height); row++)
        {
            // The input rows row, row + stride, ... are of one phase.
            (int outputRow, int phaseRow) = Math.DivRem(row + _padding, _stride);
            int start = (outputRow - GradientTaps.Reach - _firstGradientRow) * pitch, rows = ((_input.Height - 1 - row) / _stride) + 1;
            for (int p = phaseRow * _stride; p < (phaseRow + 1) * _stride; p++)
            {
                InputGradientTaps.Phase phase = GradientTaps.Phases[p];
                if (phase.Pixels == 0) continue;
                var shape =
                    new FilterShape(rows, phase.Pixels, pitch, lanes, 0, _stride * _input.Width * lanes, _stride * lanes, accumulate);
                DepthwiseKernels.Apply(gradient[(start + phase.Start)..], phase.Offsets,
                    phaseWeights[p].Values.AsSpan(filter * phase.Offsets.Length, phase.Offsets.Length), 0f,
                    dX[(((row * _input.Width) + phase.First) * lanes)..], shape, ahead);
            }
        }
    }

    /// <summary>Multiplies the output gradient, as <see cref="ReadGradient"/> left it, by one factor per pixel and lane.</summary>
    public void ScaleGradient(Span<float> gradient, ReadOnlySpan<float> factors)
    {
        int lanes = Simd.Lanes, pitch = GradientTaps.Width * lanes, line = _output.Width * lanes;
        for (int row = 0; row < _output.Height; row++)
        {
            Span<float> values = gradient.Slice(((row - _firstGradientRow) * pitch) + (GradientTaps.Left * lanes), line);
            TensorPrimitives.Multiply(values, factors.Slice(row * line, line), values);
        }
    }
}
