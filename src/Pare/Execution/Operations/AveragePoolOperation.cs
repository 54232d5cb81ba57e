using System.Numerics.Tensors;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>Average pooling as a filter of ones, each output divided by the pixels that count; forward beside backward.</summary>
internal sealed class AveragePoolOperation : Operation
{
    private readonly PlaneFilter _filter;
    private readonly AveragePool _layer;
    private readonly OwnedFloats _ones;
    private readonly OwnedFloats[] _phaseOnes;

    // One factor an output pixel, repeated for every lane.
    private readonly OwnedFloats _reciprocals;

    public AveragePoolOperation(string name, AveragePool layer, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        (int kernel, int stride) = layer.Window;
        _filter = new PlaneFilter(kernel, stride, layer.Padding, input.Map.Shape, output.Shape);
        _layer = layer;
        _ones = Own(kernel * kernel);
        _phaseOnes = [.. _filter.GradientTaps.Phases.Select(phase => Own(phase.Taps.Length))];
        _reciprocals = Own(output.PlaneStride);
    }

    public override bool IsLinear => true;

    public override bool StagesOutput => true;

    public override int ScratchSize =>
        checked(_filter.SourceSize + _filter.GradientSize + Staging(Math.Max(Input.PlaneStride, Output.PlaneStride)));

    public override void Allocate()
    {
        base.Allocate();
        foreach (OwnedFloats ones in _phaseOnes.Append(_ones)) Array.Fill(ones.Values, 1f);
        (int kernel, int stride) = _layer.Window;
        for (int i = 0; i < Output.Shape.Pixels; i++)
        {
            (int row, int column) = Math.DivRem(i, Output.Shape.Width);
            int rows = Overlap((row * stride) - _layer.Padding, kernel, Input.Shape.Height);
            int columns = Overlap((column * stride) - _layer.Padding, kernel, Input.Shape.Width);
            int count = _layer.CountPadding ? kernel * kernel : rows * columns;
            _reciprocals.Values.AsSpan(i * Simd.Lanes, Simd.Lanes).Fill(1f / count);
        }
    }

    public override void Forward(in Tile tile)
    {
        Span<float> source = tile.Scratch[.._filter.SourceSize];
        Span<float> staging = tile.Scratch[(_filter.SourceSize + _filter.GradientSize)..];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Span<float> target = Output.Target(tile.Slot, c, 0, staging)[..Output.PlaneStride];
            _filter.ReadSource(Input, tile.Slot, c, source);
            _filter.Forward(source, _ones.Values, 0f, target, tile.Ahead);
            TensorPrimitives.Multiply(target, _reciprocals.Values, target);
            Output.Stored(tile.Slot, c, 0, Output.Shape.Pixels, target);
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        if (!input.NeedsGradient) return;
        Span<float> gradient = tile.Scratch.Slice(_filter.SourceSize, _filter.GradientSize);
        Span<float> staging = tile.Scratch[(_filter.SourceSize + _filter.GradientSize)..];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            _filter.ReadGradient(Output, tile.Slot, c, gradient);
            _filter.ScaleGradient(gradient, _reciprocals.Values);
            Span<float> target = Input.GradientTarget(tile.Slot, c, 0, staging);
            _filter.InputGradient(gradient, _phaseOnes, 0, target, input.Accumulates, tile.Ahead);
            input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels, target);
        }
    }

    private static int Overlap(int start, int length, int size) => Math.Min(start + length, size) - Math.Max(start, 0);
}
