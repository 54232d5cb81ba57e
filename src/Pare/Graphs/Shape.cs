namespace Pare.Graphs;

/// <summary>The shape of one image's feature map.</summary>
/// <param name="Channels">Channels.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Shape(int Channels, int Height, int Width)
{
    /// <summary>Values of the map: channels x height x width.</summary>
    /// <exception cref="OverflowException">They are more than 31 bits count. No map of a graph has so many.</exception>
    public int Count => checked(Channels * Pixels);

    /// <summary>Pixels of one channel: height x width.</summary>
    /// <exception cref="OverflowException">They are more than 31 bits count.</exception>
    public int Pixels => checked(Height * Width);

    /// <inheritdoc/>
    public override string ToString() => Invariant($"{Channels}x{Height}x{Width}");

    /// <summary>Refuses a map that no graph can hold.</summary>
    /// <exception cref="ArgumentException">It has no values or too many.</exception>
    internal void Check()
    {
        foreach (
            (int side, string name, int most) in new[] { (Channels, "channels", Limits.MapValues), (Height, "height", Limits.Side),
            (Width, "width", Limits.Side) })
        {
            if (side < 1 || side > most) throw new ArgumentException($"{name} is {side}; it must be from 1 to {most}.");
        }

        var values = (Int128)Channels * Height * Width;
        if (values > Limits.MapValues)
            throw new ArgumentException(
                Invariant($"a map of {this} has {values:N0} values, more than the {Limits.MapValues:N0} that one may have."));
    }
}
