using System.Numerics.Tensors;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// Blur pooling: the one filter of all channels slides over a plane with a mirrored border, forward beside backward. On the way back the
/// border's gradient is added to the pixels that it mirrors.
/// </summary>
internal sealed class BlurPoolOperation : Operation
{
    private readonly int _before;
    private readonly Shape _padded;
    private readonly PlaneFilter _filter;
    private readonly float[] _weights;
    private readonly OwnedFloats[] _phaseWeights;

    public BlurPoolOperation(string name, BlurPool layer, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        Shape shape = input.Map.Shape;
        _before = layer.Before;
        _padded = shape with { Height = checked(shape.Height + layer.Filter - 1), Width = checked(shape.Width + layer.Filter - 1) };
        _filter = new PlaneFilter(layer.Filter, layer.Stride, 0, _padded, output.Shape);
        _weights = layer.Weights();
        _phaseWeights = [.. _filter.GradientTaps.Phases.Select(phase => Own(phase.Taps.Length))];
    }

    // The padded input, or the output gradient with the padded input gradient.
    public override int ScratchSize => checked(Math.Max(_filter.SourceSize, _filter.GradientSize + PaddedSize));

    private int PaddedSize => checked(_padded.Pixels * Simd.Lanes);

    public override void Allocate()
    {
        base.Allocate();
        for (int p = 0; p < _phaseWeights.Length; p++)
        {
            int[] taps = _filter.GradientTaps.Phases[p].Taps;
            for (int t = 0; t < taps.Length; t++) _phaseWeights[p].Values[t] = _weights[taps[t]];
        }
    }

    public override void Forward(in Tile tile)
    {
        Span<float> source = tile.Scratch[.._filter.SourceSize];
        tile.Ahead.Clear();
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Input.ReadPadded(tile.Slot, c, -_before, _filter.SourceRows, _before, _filter.SourceWidth, source);
            Mirror(source, _filter.SourceRows, _filter.SourceWidth);
            _filter.Forward(source, _weights, 0f, Output.Plane(tile.Slot, c), tile.Ahead);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        if (!input.NeedsGradient) return;
        Span<float> gradient = tile.Scratch[.._filter.GradientSize], padded = tile.Scratch.Slice(gradient.Length, PaddedSize);
        tile.Ahead.Clear();
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            _filter.ReadGradient(Output, tile.Slot, c, gradient);
            _filter.InputGradient(gradient, _phaseWeights, 0, padded, accumulate: false, tile.Ahead);
            StoreMirrored(padded, input.Map.GradientPlane(tile.Slot, c), input.Accumulates);
            input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels);
        }
    }

    // Fills the border of a padded plane, which may lack rows and columns that no window reaches.
    private void Mirror(Span<float> plane, int rows, int width)
    {
        int lanes = Simd.Lanes, pitch = width * lanes;
        for (int row = _before; row < Math.Min(rows, _before + Input.Shape.Height); row++)
        {
            Span<float> line = plane.Slice(row * pitch, pitch);
            for (int i = 0; i < BorderOf(Input.Shape.Width, width); i++)
            {
                (int shown, int pixel) = Border(i, Input.Shape.Width);
                line.Slice(pixel * lanes, lanes).CopyTo(line[(shown * lanes)..]);
            }
        }

        for (int i = 0; i < BorderOf(Input.Shape.Height, rows); i++)
        {
            (int shown, int pixel) = Border(i, Input.Shape.Height);
            plane.Slice(pixel * pitch, pitch).CopyTo(plane[(shown * pitch)..]);
        }
    }

    // Adds the border's gradient to the pixels that it shows, and stores or adds theirs.
    private void StoreMirrored(Span<float> padded, Span<float> dX, bool accumulate)
    {
        int lanes = Simd.Lanes, pitch = _padded.Width * lanes, width = Input.Shape.Width * lanes;
        for (int i = 0; i < BorderOf(Input.Shape.Height, _padded.Height); i++)
        {
            (int shown, int pixel) = Border(i, Input.Shape.Height);
            Span<float> target = padded.Slice(pixel * pitch, pitch);
            TensorPrimitives.Add(target, padded.Slice(shown * pitch, pitch), target);
        }

        for (int row = 0; row < Input.Shape.Height; row++)
        {
            Span<float> line = padded.Slice((_before + row) * pitch, pitch);
            for (int i = 0; i < BorderOf(Input.Shape.Width, _padded.Width); i++)
            {
                (int shown, int pixel) = Border(i, Input.Shape.Width);
                Span<float> target = line.Slice(pixel * lanes, lanes);
                TensorPrimitives.Add(target, line.Slice(shown * lanes, lanes), target);
            }

            Span<float> inside = line.Slice(_before * lanes, width), stored = dX.Slice(row * width, width);
            if (accumulate) TensorPrimitives.Add(stored, inside, stored);
            else inside.CopyTo(stored);
        }
    }

    // Rows or columns of the border around a map of that size, as far as the plane goes.
    private int BorderOf(int size, int plane) => Math.Max(_before, plane - size);

    // Where the i-th of them lies in the plane, and where the pixel that it shows.
    private (int Shown, int Pixel) Border(int i, int size) =>
        i < _before ? (i, (2 * _before) - i) : (i + size, (2 * (_before + size - 1)) - i - size);
}
