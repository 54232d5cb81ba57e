using Pare.Export.CSource;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Export.CSource;

/// <summary>The shortest arena of a small network, found by trying everything.</summary>
internal static class EveryOrder
{
    private const int MostBuffers = 5;

    /// <summary>Bytes of it.</summary>
    public static long Least(InferenceGraph graph, BackEnd backEnd)
    {
        var reads = new RowReads(graph);
        InferenceNode[] high = [.. graph.Nodes.Where(node => reads.Needed[node.Index] > 1)];
        return Sequences(high, []).Min(whole => Arenas(graph, RowOrder.Of(reads, whole), backEnd, [], 0).Min());
    }

    private static IEnumerable<InferenceNode[]> Sequences(InferenceNode[] nodes, InferenceNode[] begun)
    {
        yield return begun;
        foreach (InferenceNode node in nodes.Except(begun))
        {
            foreach (InferenceNode[] sequence in Sequences(nodes, [.. begun, node])) yield return sequence;
        }
    }

    // Every way to compute maps in place, and every order to place them.
    private static IEnumerable<long> Arenas(InferenceGraph graph, RowOrder order, BackEnd backEnd, MapChain[] chains, int index)
    {
        if (index == graph.Nodes.Count) return [Shortest([.. chains.Select(static chain => chain.Buffer)])];
        InferenceNode node = graph.Nodes[index];
        if (order.Rows[index] == 0) return Arenas(graph, order, backEnd, chains, index + 1);
        IEnumerable<long> all = Arenas(graph, order, backEnd, [.. chains, MapChain.Of(order, node, sizeof(float))], index + 1);
        for (int k = 0; k < node.Inputs.Count; k++)
        {
            int input = node.Inputs[k].Index;
            if (!backEnd.MayOverlay(node, k) || Overlay.Of(node, k) is not { } overlay
                || !Enumerable.Range(0, order.Rows[index]).All(row => (row * overlay.Step) - overlay.Above is var over
                && (over < 0 || over >= order.Rows[input] || order.LastRead[input][over] <= order.Made[index][row])))
                continue;
            foreach (MapChain chain in chains.Where(chain => chain.Buffer.Nodes[^1] == input))
            {
                MapChain[] longer = [.. chains.Where(other => other != chain), chain.With(node, overlay, sizeof(float))];
                all = all.Concat(Arenas(graph, order, backEnd, longer, index + 1));
            }
        }

        return all;
    }

    // At the least, what is in use at once; exactly, for few buffers.
    private static long Shortest(MapBuffer[] buffers) => buffers.Length > MostBuffers
        ? buffers.Max(buffer => buffers.Where(other => other.First <= buffer.First && buffer.First <= other.Last)
            .Sum(static other => (long)other.Length))
        : Orders(buffers, []).Min(static order =>
        {
            List<MapBuffer> placed = [];
            foreach (MapBuffer buffer in order)
            {
                int offset = 0;
                foreach (MapBuffer other in placed.Where(buffer.Meets).OrderBy(static other => other.Offset))
                {
                    if (offset + buffer.Length > other.Offset) offset = Math.Max(offset, other.Offset + other.Length);
                    else break;
                }

                placed.Add(buffer with { Offset = offset });
            }

            return placed.Max(static buffer => (long)buffer.Offset + buffer.Length);
        });

    private static IEnumerable<MapBuffer[]> Orders(MapBuffer[] left, MapBuffer[] begun)
    {
        if (left.Length == 0) return [begun];
        return left.SelectMany(buffer => Orders([.. left.Where(other => other != buffer)], [.. begun, buffer]));
    }
}
