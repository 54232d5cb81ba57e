using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The order of rows, the maps that are computed in place and the places of all maps for which the arena is shortest. First an order that
/// cannot be bettered by one map more or less that is made whole; then all orders, as far as their beginnings take less than that.
/// </summary>
internal sealed class ArenaSearch
{
    private const long Work = 40_000_000, ChainWork = 2_000_000;

    private readonly RowReads _reads;
    private ArenaNode[] _nodes;
    private readonly InferenceNode[] _free, _strips;
    private InferenceNode[] _whole = [];
    private readonly SearchBudget _budget = new(Work);

    // What an order might take that is not known exactly.
    private long _doubt = long.MaxValue;

    /// <param name="reads">The network.</param>
    /// <param name="nodes">Its nodes.</param>
    public ArenaSearch(RowReads reads, ArenaNode[] nodes)
    {
        // Strips come first, one after the other.
        (_reads, _nodes) = (reads, nodes);
        _strips = [.. nodes.Where(static node => node.IsPart).Select(static node => node.Node)];
        int begin = nodes.TakeWhile(static node => node.Parts.Count == 0).Count() % nodes.Length;
        _free = [.. reads.Graph.Nodes.Skip(begin > 0 ? begin + 1 : 0).Where(node => reads.Needed[node.Index] > 1)];
        Climb();
        if (_strips.Length == 0) Extend([]);
        if (_budget.IsSpent || _strips.Length > 0) _doubt = 0;
        Loosen();
    }

    /// <summary>The nodes whose maps are made whole, in this order.</summary>
    public IReadOnlyList<InferenceNode> Whole => [.. _strips, .. _whole];

    /// <summary>When each row is made.</summary>
    public RowOrder Order { get; private set; } = null!;

    /// <summary>Which maps lie in the place of others.</summary>
    public IReadOnlyList<MapChain> Chains { get; private set; } = [];

    /// <summary>Where they lie; the buffer of each chain.</summary>
    public IReadOnlyList<MapBuffer> Buffers { get; private set; } = [];

    /// <summary>Bytes of the arena.</summary>
    public long Length { get; private set; } = long.MaxValue;

    /// <summary>Whether all orders have been looked at: none takes less.</summary>
    public bool IsLeast => Length <= _doubt;

    private void Climb()
    {
        Try([]);
        Try(_free);
        for (long before = long.MaxValue; Length < before && !_budget.IsSpent;)
        {
            before = Length;
            foreach (InferenceNode node in _free)
            {
                if (_budget.IsSpent) break;
                Try(_whole.Contains(node) ? [.. _whole.Where(other => other != node)]
                    : [.. _whole.Append(node).OrderBy(static other => other.Index)]);
            }
        }
    }

    // All orders that begin with these.
    private void Extend(InferenceNode[] whole)
    {
        RowOrder begun = RowOrder.Beginning(_reads, whole);
        foreach (InferenceNode node in _free)
        {
            if (_budget.IsSpent) return;
            if (begun.Rows[node.Index] >= _reads.Needed[node.Index]) continue;
            InferenceNode[] longer = [.. whole, node];
            if (Chain(RowOrder.Beginning(_reads, longer)) is null) continue;
            Try(longer);
            Extend(longer);
        }
    }

    private void Try(InferenceNode[] whole)
    {
        RowOrder order = RowOrder.Of(_reads, [.. _strips, .. whole]);
        if (Chain(order) is not { } chains) return;
        long bound = ChainSearch.MostAtOnce([.. chains.Select(static chain => chain.Buffer)]);
        if (Place(chains, Length)) (_whole, Order) = (whole, order);

        // Other maps in place might fit better where these leave gaps.
        if (bound < Length) _doubt = Math.Min(_doubt, bound);
    }

    private bool Place(IReadOnlyList<MapChain> chains, long below)
    {
        if (Placement.Of([.. chains.Select(static chain => chain.Buffer)], below) is not { } placed) return false;
        (Chains, Length) = (chains, Placement.Length(placed));
        Buffers = [.. chains.Select(chain => placed.Single(buffer => buffer.Nodes[0] == chain.Buffer.Nodes[0]))];
        return true;
    }

    // In place costs code, and copies where channels are summed over: what saves nothing is left.
    private void Loosen()
    {
        foreach (
            ArenaNode node in _nodes.Where(static node => node.Node.Operation is not (LoweredAdd or LoweredMultiply or LoweredActivation))
            .OrderBy(static node => node.Node.Operation is LoweredConvolution { IsPointwise: true } ? 0 : 1).ToArray())
        {
            if (!Chains.Any(chain => chain.Buffer.Nodes.Skip(1).Contains(node.Node.Index))) continue;
            ArenaNode[] fewer = [.. _nodes.Select(other => other == node ? node with { Overlays = [] } : other)];
            if (ChainSearch.Of(Order, fewer, Length + 1, new SearchBudget(ChainWork)).Best is { } chains && Place(chains, Length + 1))
                _nodes = fewer;
        }
    }

    private IReadOnlyList<MapChain>? Chain(RowOrder order)
    {
        _budget.Spend(order.Steps * (long)_nodes.Length / 4);
        var budget = new SearchBudget(ChainWork);
        var search = ChainSearch.Of(order, _nodes, Length, budget);
        _budget.Spend(ChainWork - budget.Left);
        if (budget.IsSpent) _doubt = 0;
        return search.Best;
    }
}
