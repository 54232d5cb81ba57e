using System.Numerics.Tensors;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>Average pooling as a filter of ones, each output divided by the pixels that count; forward beside backward.</summary>
internal sealed class AveragePoolOperation : Operation
{
    private readonly PlaneFilter _filter;
    private readonly float[] _ones;
    private readonly float[][] _phaseOnes;

    // One factor an output pixel, repeated for every lane.
    private readonly float[] _reciprocals;

    public AveragePoolOperation(string name, AveragePool layer, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        (int kernel, int stride) = layer.Window;
        _filter = new PlaneFilter(kernel, stride, layer.Padding, input.Map.Shape, output.Shape);
        _ones = new float[kernel * kernel];
        Array.Fill(_ones, 1f);
        _phaseOnes = [.. _filter.GradientTaps.Phases.Select(phase => Enumerable.Repeat(1f, phase.Taps.Length).ToArray())];
        _reciprocals = new float[output.PlaneStride];
        for (int i = 0; i < output.Shape.Pixels; i++)
        {
            (int row, int column) = Math.DivRem(i, output.Shape.Width);
            int rows = Overlap((row * stride) - layer.Padding, kernel, input.Map.Shape.Height);
            int columns = Overlap((column * stride) - layer.Padding, kernel, input.Map.Shape.Width);
            int count = layer.CountPadding ? kernel * kernel : rows * columns;
            _reciprocals.AsSpan(i * Simd.Lanes, Simd.Lanes).Fill(1f / count);
        }
    }

    public override int ScratchSize => _filter.SourceSize + _filter.GradientSize;

    public override void Forward(in Tile tile)
    {
        Span<float> source = tile.Scratch[.._filter.SourceSize];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Span<float> target = Output.Plane(tile.Slot, c);
            _filter.ReadSource(Input, tile.Slot, c, source);
            _filter.Forward(source, _ones, 0f, target, tile.Ahead);
            TensorPrimitives.Multiply(target, _reciprocals, target);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        if (!input.NeedsGradient) return;
        Span<float> gradient = tile.Scratch.Slice(_filter.SourceSize, _filter.GradientSize);
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            _filter.ReadGradient(Output, tile.Slot, c, gradient);
            _filter.ScaleGradient(gradient, _reciprocals);
            _filter.InputGradient(gradient, _phaseOnes, 0, input.Map.GradientPlane(tile.Slot, c), input.Accumulates, tile.Ahead);
            input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels);
        }
    }

    private static int Overlap(int start, int length, int size) => Math.Min(start + length, size) - Math.Max(start, 0);
}
