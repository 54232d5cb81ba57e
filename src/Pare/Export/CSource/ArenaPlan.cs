using System.Globalization;
using System.Text;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// Where every map of a network lies in one block of memory, exact by the steps in which its rows are needed. Which maps are made whole and
/// which row by row, as they are asked for, and which are computed in the place of others is searched for: what takes the least memory is
/// taken. No row is computed twice.
/// </summary>
internal sealed class ArenaPlan
{
    private ArenaPlan(ArenaSearch search, int nodes)
    {
        (Whole, Rows, Buffers, IsLeast) = (search.Whole, search.Order.Rows, search.Buffers, search.IsLeast);
        Length = checked((int)search.Length);
        var places = new MapPlace[nodes];
        for (int chain = 0; chain < search.Chains.Count; chain++)
        {
            foreach ((int node, MapPlace place) in search.Chains[chain].Places(search.Buffers[chain])) places[node] = place;
        }

        // A map that nobody reads a row of: it is named where windows reach into it that lie outside altogether.
        MapBuffer none = Buffers[0];
        Places = [.. places.Select(place => place ?? new MapPlace(none, 0, 0, 0, InPlace: false))];
    }

    /// <summary>
    /// The nodes whose maps are made whole before anything that comes after them, in this order; the others when asked for.
    /// </summary>
    public IReadOnlyList<InferenceNode> Whole { get; }

    /// <summary>How many rows of each node's map are made.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The memory of maps.</summary>
    public IReadOnlyList<MapBuffer> Buffers { get; }

    /// <summary>The place of each node's map.</summary>
    public IReadOnlyList<MapPlace> Places { get; }

    /// <summary>Bytes of the arena.</summary>
    public int Length { get; }

    /// <summary>
    /// Whether no other order of maps and rows, no others in place and no other places take less; otherwise not all were tried.
    /// </summary>
    public bool IsLeast { get; }

    /// <summary>Plans the memory of a network.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="backEnd">What computes its rows.</param>
    public static ArenaPlan Of(InferenceGraph graph, BackEnd backEnd)
    {
        ArenaNode[] nodes = [.. graph.Nodes.Select(node => new ArenaNode(node, backEnd.BytesOf(node), [.. Overlays(node, backEnd)]))];
        return new ArenaPlan(new ArenaSearch(new RowReads(graph), nodes), nodes.Length);
    }

    /// <summary>Plans the memory of a network in strips.</summary>
    /// <param name="strips">The network.</param>
    /// <param name="backEnd">What computes the rows of the network that it is made from.</param>
    public static ArenaPlan Of(Strips strips, BackEnd backEnd)
    {
        ArenaNode[] nodes = [.. strips.Graph.Nodes.Select(node =>
        {
            bool part = strips.IsEnd(node), join = node == strips.Join;
            return new ArenaNode(node, backEnd.BytesOf(strips.Origin(node)), part || join ? [] : [.. Overlays(node, backEnd, strips)])
            {
                IsPart = part,
                Parts = join ? strips.Ends : [],
            };
        })];
        return new ArenaPlan(new ArenaSearch(new RowReads(strips.Graph), nodes), nodes.Length);
    }

    /// <summary>A table of what lies where.</summary>
    /// <param name="graph">The network that it was planned for.</param>
    public string Map(InferenceGraph graph)
    {
        var map = new StringBuilder();
        foreach (MapBuffer buffer in Buffers.OrderBy(static buffer => buffer.First))
        {
            int height = graph.Nodes[buffer.Nodes[0]].Shape.Height;
            string rows = buffer.Rows >= height ? buffer.Rows == 1 ? "1 row" : $"{buffer.Rows} rows" : $"{buffer.Rows} of {height} rows";
            map.Append(CultureInfo.InvariantCulture, $"{buffer.Offset,8} to {(long)buffer.Offset + buffer.Length,8}  ")
                .Append(CultureInfo.InvariantCulture, $"{rows,-16} ")
                .AppendJoin(", ", buffer.Nodes.Select(node => CText.Comment(graph.Nodes[node].Name))).Append('\n');
        }

        return map.ToString();
    }

    private static IEnumerable<(int Input, Overlay Overlay)> Overlays(InferenceNode node, BackEnd backEnd, Strips? strips = null)
    {
        for (int k = 0; k < node.Inputs.Count; k++)
        {
            InferenceNode input = node.Inputs[k];
            if (backEnd.BytesOf(strips?.Origin(input) ?? input) != backEnd.BytesOf(strips?.Origin(node) ?? node)
                || !backEnd.MayOverlay(node, k) || Overlay.Of(node, k) is not { } overlay)
                continue;
            int view = strips?.View(node, k) ?? 0;
            yield return (input.Index, overlay with { Before = overlay.Before - (view * input.Shape.Channels) });
        }
    }
}
