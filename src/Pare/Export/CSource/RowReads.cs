using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>Which rows of its inputs each row of each map is made from, and how many rows are needed at all.</summary>
internal sealed class RowReads
{
    private readonly (int First, int Last)[][][] _reads;

    /// <param name="graph">The network.</param>
    public RowReads(InferenceGraph graph)
    {
        Graph = graph;
        _reads = [.. graph.Nodes.Select(static node => node.Inputs.Select((input, k) => RowUse.Gathers(node)
            ? [(0, input.Shape.Height - 1)]
            : Enumerable.Range(0, node.Shape.Height).Select(row => RowUse.Reads(node, k, row)).ToArray()).ToArray())];
        Needed = [.. graph.Nodes.Select(static node => node.Shape.Height)];
        Needed = [.. RowOrder.Of(this, []).Rows];
    }

    /// <summary>The network.</summary>
    public InferenceGraph Graph { get; }

    /// <summary>How many rows of each node's map somebody asks for.</summary>
    public IReadOnlyList<int> Needed { get; }

    /// <summary>The first and the last row of an input that a row is made from; where there are none, the last is before it.</summary>
    public (int First, int Last) Of(int node, int input, int row) => _reads[node][input][row];
}
