using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The order in which the rows of all maps are made, step by step, as the C program makes them: whole maps one after the other, and every
/// other row when somebody asks for it.
/// </summary>
internal sealed class RowOrder
{
    private readonly InferenceGraph _graph;
    private readonly int[] _made;
    private int _step;

    private RowOrder(InferenceGraph graph)
    {
        _graph = graph;
        _made = new int[graph.Nodes.Count];
        Made = [.. graph.Nodes.Select(static node => new int[node.Shape.Height])];
        LastRead = [.. graph.Nodes.Select(static node => new int[node.Shape.Height])];
        Reads = [.. graph.Nodes.Select(static node => new List<(int, int, int)>())];
    }

    /// <summary>The step in which each row of each node's map is first written to.</summary>
    public int[][] Made { get; }

    /// <summary>The last step in which it is read; that in which it is made where nobody reads it.</summary>
    public int[][] LastRead { get; }

    /// <summary>How many rows of each node's map are made: nobody may ask for the last ones.</summary>
    public IReadOnlyList<int> Rows => _made;

    /// <summary>Who reads which row of a node's map in which step.</summary>
    public List<(int Reader, int Row, int Step)>[] Reads { get; }

    /// <summary>Goes through the rows of one image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="whole">Of each node, whether its whole map is made at once.</param>
    public static RowOrder Of(InferenceGraph graph, IReadOnlyList<bool> whole)
    {
        var order = new RowOrder(graph);
        foreach (InferenceNode node in graph.Nodes)
        {
            if (whole[node.Index] || node == graph.Output) order.MakeUntil(node, node.Shape.Height);
        }

        order.Read(graph.Output, graph.Output, 0, order._step + 1);
        return order;
    }

    private void MakeUntil(InferenceNode node, int rows)
    {
        for (; _made[node.Index] < rows; _made[node.Index]++)
        {
            int row = _made[node.Index];
            if (RowUse.Gathers(node))
            {
                InferenceNode input = node.Inputs[0];
                for (int i = 0; i < input.Shape.Height; i++)
                {
                    MakeUntil(input, i + 1);
                    Read(input, node, i, ++_step);
                    if (i == 0) Made[node.Index][row] = _step;
                }

                LastRead[node.Index][row] = _step;
                continue;
            }

            for (int k = 0; k < node.Inputs.Count; k++)
            {
                (int first, int last) = RowUse.Reads(node, k, row);
                if (first <= last) MakeUntil(node.Inputs[k], last + 1);
            }

            _step++;
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                (int first, int last) = RowUse.Reads(node, k, row);
                for (int i = first; i <= last; i++) Read(node.Inputs[k], node, i, _step);
            }

            Made[node.Index][row] = LastRead[node.Index][row] = _step;
        }
    }

    private void Read(InferenceNode node, InferenceNode reader, int row, int step)
    {
        Reads[node.Index].Add((reader.Index, row, step));
        LastRead[node.Index][row] = step;
    }
}
