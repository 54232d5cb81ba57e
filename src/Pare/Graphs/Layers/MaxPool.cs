namespace Pare.Graphs.Layers;

/// <summary>The largest value of each window. Padding never wins; on a tie the first in row-major order takes the gradient.</summary>
public sealed record MaxPool : Layer
{
    /// <summary>Side of the window, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 2;

    /// <summary>Step between windows; null steps by a whole window.</summary>
    [Range(1, Limits.Window)]
    public int? Stride { get; init; }

    /// <summary>Pixels around the map that never win; at most half the kernel.</summary>
    [Range(0, Limits.Window)]
    public int Padding { get; init; }

    /// <inheritdoc/>
    public override string Kind => "max_pool";

    /// <inheritdoc/>
    public override (int Kernel, int Stride) Window => (Kernel, Stride ?? Kernel);

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => Pooled(inputs[0], Window, Padding);
}
