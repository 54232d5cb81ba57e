namespace Pare.Graphs.Layers;

/// <summary>The mean of each window.</summary>
public sealed record AveragePool : Layer
{
    /// <summary>Side of the window, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 2;

    /// <summary>Step between windows; null steps by a whole window.</summary>
    [Range(1, Limits.Window)]
    public int? Stride { get; init; }

    /// <summary>Zero pixels around the map; at most half the kernel.</summary>
    [Range(0, Limits.Window)]
    public int Padding { get; init; }

    /// <summary>Whether padding counts in the divisor, as in PyTorch by default.</summary>
    public bool CountPadding { get; init; } = true;

    /// <inheritdoc/>
    public override string Kind => "average_pool";

    /// <inheritdoc/>
    public override (int Kernel, int Stride) Window => (Kernel, Stride ?? Kernel);

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => Pooled(inputs[0], Window, Padding);
}
