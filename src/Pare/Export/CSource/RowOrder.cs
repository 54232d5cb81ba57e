using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The order in which the rows of all maps are made, step by step, as the C program makes them: some maps as a whole, one after the other,
/// and every other row when somebody asks for it.
/// </summary>
internal sealed class RowOrder
{
    private readonly RowReads _reads;
    private readonly int[] _made;

    private RowOrder(RowReads reads)
    {
        _reads = reads;
        _made = new int[reads.Graph.Nodes.Count];
        Made = [.. reads.Graph.Nodes.Select(static node => new int[node.Shape.Height])];
        LastRead = [.. reads.Graph.Nodes.Select(static node => new int[node.Shape.Height])];
    }

    /// <summary>The step in which each row of each node's map is first written to.</summary>
    public int[][] Made { get; }

    /// <summary>The last step in which it is read; that in which it is made where nobody reads it.</summary>
    public int[][] LastRead { get; }

    /// <summary>How many rows of each node's map are made: nobody may ask for the last ones.</summary>
    public IReadOnlyList<int> Rows => _made;

    /// <summary>Steps in all.</summary>
    public int Steps { get; private set; }

    /// <summary>Goes through the rows of one image.</summary>
    /// <param name="reads">The network.</param>
    /// <param name="whole">The nodes whose maps are made as a whole, in this order, before the output is.</param>
    public static RowOrder Of(RowReads reads, IEnumerable<InferenceNode> whole)
    {
        RowOrder order = Begin(reads, whole);
        InferenceNode output = reads.Graph.Output;
        order.MakeUntil(output, output.Shape.Height);
        order.LastRead[output.Index][0] = ++order.Steps;
        return order;
    }

    /// <summary>
    /// The same as far as the last of those maps; what is still to be read then is read in one step more. Whatever comes after it, no less
    /// memory is needed.
    /// </summary>
    public static RowOrder Beginning(RowReads reads, IEnumerable<InferenceNode> whole)
    {
        RowOrder order = Begin(reads, whole);
        order.ReadRest();
        return order;
    }

    private static RowOrder Begin(RowReads reads, IEnumerable<InferenceNode> whole)
    {
        var order = new RowOrder(reads);
        foreach (InferenceNode node in whole) order.MakeUntil(node, reads.Needed[node.Index]);
        return order;
    }

    private void ReadRest()
    {
        Steps++;
        foreach (InferenceNode node in _reads.Graph.Nodes)
        {
            for (int row = _made[node.Index]; row < _reads.Needed[node.Index]; row++)
            {
                for (int k = 0; k < node.Inputs.Count; k++)
                {
                    int input = node.Inputs[k].Index;
                    (int first, int last) = _reads.Of(node.Index, k, row);
                    for (int i = first; i <= Math.Min(last, _made[input] - 1); i++) LastRead[input][i] = Steps;
                }
            }
        }
    }

    private void MakeUntil(InferenceNode node, int rows)
    {
        int index = node.Index;
        for (; _made[index] < rows; _made[index]++)
        {
            int row = _made[index];
            if (RowUse.Gathers(node))
            {
                InferenceNode input = _reads.Graph.Nodes[node.Inputs[0].Index];
                for (int i = 0; i < input.Shape.Height; i++)
                {
                    MakeUntil(input, i + 1);
                    LastRead[input.Index][i] = ++Steps;
                    if (i == 0) Made[index][row] = Steps;
                }

                LastRead[index][row] = Steps;
                continue;
            }

            for (int k = 0; k < node.Inputs.Count; k++)
            {
                (int first, int last) = _reads.Of(index, k, row);
                if (first <= last) MakeUntil(_reads.Graph.Nodes[node.Inputs[k].Index], last + 1);
            }

            Steps++;
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                (int first, int last) = _reads.Of(index, k, row);
                for (int i = first; i <= last; i++) LastRead[node.Inputs[k].Index][i] = Steps;
            }

            Made[index][row] = LastRead[index][row] = Steps;
        }
    }
}
