using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// Which maps are computed in place, for one order of rows: of all ways the one in which, in the step that needs most, least is in use.
/// </summary>
internal sealed class ChainSearch
{
    private readonly IReadOnlyList<ArenaNode> _nodes;
    private readonly SearchBudget _budget;
    private readonly (int Input, Overlay Overlay)[][] _overlays;
    private readonly int[] _choices;

    // Of each node, the chain that ends there; null where it is not placed yet or the chain goes on.
    private readonly MapChain?[] _ends;
    private readonly MapChain?[] _own;
    private readonly MapBuffer[] _buffers;
    private long _below;

    private ChainSearch(RowOrder order, IReadOnlyList<ArenaNode> nodes, SearchBudget budget)
    {
        (_nodes, _budget) = (nodes, budget);
        _overlays = [.. nodes.Select((node, index) => order.Rows[index] == 0 ? []
            : node.Overlays.Where(overlay => IsLastReader(order, index, overlay.Input, overlay.Overlay)).ToArray())];

        _own = [.. nodes.Select((node, index) => Own(order, node, index))];

        // A map that cannot lie over another begins a chain in any case.
        _ends = [.. _own.Select((own, index) => _overlays[index].Length > 0 ? null : own)];
        _choices = [.. Enumerable.Range(0, nodes.Count).Where(index => _overlays[index].Length > 0)];
        _buffers = new MapBuffer[nodes.Count];
    }

    /// <summary>What was found; null where nothing is below.</summary>
    public IReadOnlyList<MapChain>? Best { get; private set; }

    /// <summary>Searches.</summary>
    /// <param name="order">When rows are made and read; maps without rows take nothing.</param>
    /// <param name="nodes">The network's nodes.</param>
    /// <param name="below">Only what takes less is of interest, in bytes.</param>
    /// <param name="budget">How much may be tried.</param>
    public static ChainSearch Of(RowOrder order, IReadOnlyList<ArenaNode> nodes, long below, SearchBudget budget)
    {
        var search = new ChainSearch(order, nodes, budget) { _below = below };
        search.Place(0);
        return search;
    }

    /// <summary>The bytes of the buffers that are in use in the step that needs most.</summary>
    public static long MostAtOnce(ReadOnlySpan<MapBuffer> buffers)
    {
        long most = 0;
        foreach (MapBuffer buffer in buffers)
        {
            long sum = 0;
            foreach (MapBuffer other in buffers)
            {
                if (other.First <= buffer.First && buffer.First <= other.Last) sum += other.Length;
            }

            most = Math.Max(most, sum);
        }

        return most;
    }

    private static MapChain? Own(RowOrder order, ArenaNode node, int index)
    {
        if (node.IsPart) return null;
        return node.Parts.Any(part => order.Rows[part.Index] > 0) ? MapChain.Of(order, node.Node, node.ValueBytes, node.Parts)
            : order.Rows[index] == 0 ? null : MapChain.Of(order, node.Node, node.ValueBytes);
    }

    // The choices from this one on; what is placed only grows from here.
    private void Place(int choice)
    {
        int count = 0;
        foreach (MapChain? chain in _ends)
        {
            if (chain is not null) _buffers[count++] = chain.Buffer;
        }

        _budget.Spend(count * count);
        long most = MostAtOnce(_buffers.AsSpan(0, count));
        if (most >= _below) return;
        if (choice == _choices.Length)
        {
            (Best, _below) = ([.. _ends.OfType<MapChain>()], most);
            return;
        }

        int index = _choices[choice];
        ArenaNode node = _nodes[index];
        foreach ((int input, Overlay overlay) in _overlays[index])
        {
            if (IsCut || _ends[input] is not { } chain) continue;
            (_ends[input], _ends[index]) = (null, chain.With(node.Node, overlay, node.ValueBytes));
            Place(choice + 1);
            _ends[input] = chain;
        }

        if (!IsCut)
        {
            _ends[index] = _own[index];
            Place(choice + 1);
        }

        _ends[index] = null;
    }

    // Something is found in any case.
    private bool IsCut => _budget.IsSpent && _below < long.MaxValue;

    // Whoever else reads a row has done so before it is overwritten; in one step, only one node reads.
    private static bool IsLastReader(RowOrder order, int node, int input, Overlay overlay)
    {
        int[] read = order.LastRead[input], made = order.Made[node];
        for (int row = 0; row < order.Rows[node]; row++)
        {
            int over = (row * overlay.Step) - overlay.Above;
            if (over >= 0 && over < order.Rows[input] && read[over] > made[row]) return false;
        }

        return true;
    }
}
