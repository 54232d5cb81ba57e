using System.Globalization;

namespace Pare.Graphs;

/// <summary>The shape of one image's feature map.</summary>
/// <param name="Channels">Channels.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Shape(int Channels, int Height, int Width)
{
    /// <summary>Values of the map: channels x height x width.</summary>
    public int Count => Channels * Height * Width;

    /// <summary>Pixels of one channel: height x width.</summary>
    public int Pixels => Height * Width;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Channels}x{Height}x{Width}");
}
