namespace Pare.Export.CSource;

/// <summary>A place in the arena for the last rows of a map, in a ring; maps that are computed in place share one.</summary>
/// <param name="Nodes">The nodes whose maps lie here, one after the other in time.</param>
/// <param name="Rows">Rows that are kept.</param>
/// <param name="RowBytes">Bytes of a row.</param>
/// <param name="First">The first step in which it is used.</param>
/// <param name="Last">The last one.</param>
internal sealed record MapBuffer(IReadOnlyList<int> Nodes, int Rows, int RowBytes, int First, int Last)
{
    // So that 32-bit values may begin where any buffer does.
    private const int Alignment = 4;

    /// <summary>Where it begins, in bytes: a multiple of four.</summary>
    public int Offset { get; init; }

    /// <summary>Bytes that it takes.</summary>
    public int Length { get; } = checked((int)((((long)Rows * RowBytes) + Alignment - 1) / Alignment * Alignment));

    /// <summary>Whether both are in use in the same step.</summary>
    public bool Meets(MapBuffer other) => First <= other.Last && other.First <= Last;
}
