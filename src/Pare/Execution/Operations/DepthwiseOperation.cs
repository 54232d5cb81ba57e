using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// Depthwise convolution, one channel's whole plane at a time, forward beside backward. Output channel c m + j belongs to input channel c.
/// </summary>
internal sealed class DepthwiseOperation : Operation
{
    private readonly Network _network;
    private readonly Parameter _weight;
    private readonly WeightSource _weights;
    private readonly Parameter? _bias;
    private readonly int _multiplier;
    private readonly PlaneFilter _filter;
    private readonly OwnedFloats[] _phaseWeights;

    public DepthwiseOperation(string name, Network network, Parameter weight, bool rounds, Parameter? bias, int kernel, int stride,
        int padding, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        (_network, _weight, _bias) = (network, weight, bias);
        (Rounds, Stride, Padding) = (rounds, stride, padding);
        _weights = new WeightSource(network, weight, rounds ? Own(weight.Length) : null);
        _multiplier = output.Shape.Channels / input.Map.Shape.Channels;
        _filter = new PlaneFilter(kernel, stride, padding, input.Map.Shape, output.Shape);
        _phaseWeights = [.. _filter.GradientTaps.Phases.Select(phase => Own((long)output.Shape.Channels * phase.Taps.Length))];
    }

    public override bool HasWeights => true;

    public override bool IsLinear => true;

    public Parameter Weight => _weight;

    public Parameter? Bias => _bias;

    /// <summary>Whether it computes with rounded weights.</summary>
    public bool Rounds { get; }

    public int Kernel => _filter.Kernel;

    public int Stride { get; }

    public int Padding { get; }

    public override bool StagesOutput => true;

    public override int ScratchSize =>
        checked(_filter.SourceSize + _filter.GradientSize + Staging(Math.Max(Input.PlaneStride, Output.PlaneStride)));

    public override void Prepare()
    {
        _weights.Prepare();
        int area = _filter.Kernel * _filter.Kernel;
        ReadOnlySpan<float> weights = _weights.Values;
        for (int p = 0; p < _phaseWeights.Length; p++)
        {
            int[] taps = _filter.GradientTaps.Phases[p].Taps;
            float[] packed = _phaseWeights[p].Values;
            for (int i = 0; i < packed.Length; i++)
            {
                (int o, int t) = Math.DivRem(i, taps.Length);
                packed[i] = weights[(o * area) + taps[t]];
            }
        }
    }

    public override void Forward(in Tile tile)
    {
        int area = _filter.Kernel * _filter.Kernel;
        ReadOnlySpan<float> weights = _weights.Values;
        Span<float> source = tile.Scratch[.._filter.SourceSize];
        Span<float> staging = tile.Scratch[(_filter.SourceSize + _filter.GradientSize)..];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            _filter.ReadSource(Input, tile.Slot, c, source);
            tile.Ahead.Clear();
            if (tile.Next(c, Input.Shape.Channels) is (int nextSlot, int nextChannel))
            {
                Input.Fetch(tile.Ahead, nextSlot, nextChannel, 1, 0, Input.Shape.Pixels);
                Output.Fetch(tile.Ahead, nextSlot, nextChannel * _multiplier, _multiplier, 0, Output.Shape.Pixels);
            }

            for (int o = c * _multiplier; o < (c + 1) * _multiplier; o++)
            {
                float bias = _bias is null ? 0f : _network.Values(_bias)[o];
                Span<float> target = Output.Target(tile.Slot, o, 0, staging);
                _filter.Forward(source, weights.Slice(o * area, area), bias, target, tile.Ahead);
                Output.Stored(tile.Slot, o, 0, Output.Shape.Pixels, target);
            }
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        int area = _filter.Kernel * _filter.Kernel;
        Span<float> source = tile.Scratch[.._filter.SourceSize];
        Span<float> gradient = tile.Scratch.Slice(source.Length, _filter.GradientSize);
        Span<float> staging = tile.Scratch[(source.Length + gradient.Length)..];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            if (tile.WantsWeights) _filter.ReadSource(Input, tile.Slot, c, source);
            tile.Ahead.Clear();
            if (tile.Next(c, Input.Shape.Channels) is (int nextSlot, int nextChannel))
            {
                if (tile.WantsWeights) Input.Fetch(tile.Ahead, nextSlot, nextChannel, 1, 0, Input.Shape.Pixels);
                Output.FetchGradient(tile.Ahead, nextSlot, nextChannel * _multiplier, _multiplier, 0, Output.Shape.Pixels);
                if (input.NeedsGradient) Input.FetchGradientTarget(tile.Ahead, nextSlot, nextChannel, 1, 0, Input.Shape.Pixels);
            }

            Span<float> target = input.NeedsGradient ? Input.GradientTarget(tile.Slot, c, 0, staging) : default;
            for (int o = c * _multiplier; o < (c + 1) * _multiplier; o++)
            {
                _filter.ReadGradient(Output, tile.Slot, o, gradient);
                if (tile.WantsWeights)
                {
                    _filter.WeightGradient(source, gradient, tile.LaneMask, tile.WeightGradient.Slice(_weight.Offset + (o * area), area),
                        tile.Ahead);
                    if (_bias is not null) tile.WeightGradient[_bias.Offset + o] += PixelKernels.MaskedSum(gradient, tile.LaneMask);
                }

                if (input.NeedsGradient)
                    _filter.InputGradient(gradient, _phaseWeights, o, target, input.Accumulates || o > c * _multiplier, tile.Ahead);
            }

            if (input.NeedsGradient) input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels, target);
        }
    }
}
