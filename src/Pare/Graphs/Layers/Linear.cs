namespace Pare.Graphs.Layers;

/// <summary>y = W x + b over all values of the map, taken in the order channel, row, column.</summary>
public sealed record Linear : Layer
{
    /// <summary>Outputs.</summary>
    [Range(1, Limits.Channels)]
    public required int Units { get; init; }

    /// <summary>Whether each output adds a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>
    /// Whether it computes with the values that its weights in 8 bits will stand for, symmetric an output channel; the gradient passes as
    /// if it did not (<see cref="FakeQuantize"/>).
    /// </summary>
    public bool RoundsWeights { get; internal init; }

    /// <inheritdoc/>
    public override string Kind => "linear";

    /// <inheritdoc/>
    public override int? Width => Units;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs)
    {
        if (inputs[0].Pixels != 1)
            throw new ArgumentException(
                $"a linear layer takes a map of one pixel, not {inputs[0]}: put flatten or global_average_pool before it.");
        return new Shape(Units, 1, 1);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        var weight =
            new ParameterSpec("weight", [Units, input.Channels], ParameterRole.Weight, Initialization.FanInUniform, input.Channels);
        return Bias
            ? [weight, new ParameterSpec("bias", [Units], ParameterRole.NormOrBias, Initialization.FanInUniform, input.Channels)]
            : [weight];
    }

    /// <inheritdoc/>
    public override long Macs(Shape input, Shape output) => (long)input.Channels * Units;
}
