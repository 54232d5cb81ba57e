namespace Pare.Export.CSource;

/// <summary>A place in the arena for the last rows of a map, in a ring; maps that are computed in place share one.</summary>
/// <param name="Nodes">The nodes whose maps lie here, one after the other in time.</param>
/// <param name="Rows">Rows that are kept: row i lies in place i modulo this.</param>
/// <param name="RowLength">Values of a row.</param>
/// <param name="First">The first step in which it is used.</param>
/// <param name="Last">The last one.</param>
internal sealed record MapBuffer(IReadOnlyList<int> Nodes, int Rows, int RowLength, int First, int Last)
{
    /// <summary>Where it begins, in values.</summary>
    public int Offset { get; init; }

    /// <summary>Values that it holds.</summary>
    public int Length => Rows * RowLength;

    /// <summary>Whether both are in use in the same step.</summary>
    public bool Meets(MapBuffer other) => First <= other.Last && other.First <= Last;
}
