using System.Globalization;
using System.Text;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// Where every map of a network lies in one block of memory, exact by the steps in which its rows are needed. Which maps are made whole and
/// which row by row, as they are asked for, is searched for: what takes the least memory is taken. No row is computed twice.
/// </summary>
internal sealed class ArenaPlan
{
    private const int MostPasses = 4, OrdersInSearch = 2, OrdersAtLast = 64;

    private ArenaPlan(InferenceGraph graph, bool[] whole, IReadOnlyList<MapBuffer> buffers)
    {
        (Whole, Buffers, Rows) = (whole, buffers, RowOrder.Of(graph, whole).Rows);
        Length = buffers.Max(static buffer => buffer.Offset + buffer.Length);
        BufferOf = [.. graph.Nodes.Select(node => buffers.Single(buffer => buffer.Nodes.Contains(node.Index)))];
    }

    /// <summary>Of each node, whether its map is made whole before anything after it begins.</summary>
    public IReadOnlyList<bool> Whole { get; }

    /// <summary>How many rows of each node's map are made.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The places of all maps.</summary>
    public IReadOnlyList<MapBuffer> Buffers { get; }

    /// <summary>The place of each node's map.</summary>
    public IReadOnlyList<MapBuffer> BufferOf { get; }

    /// <summary>Values of the arena.</summary>
    public int Length { get; }

    /// <summary>Plans the memory of a network.</summary>
    public static ArenaPlan Of(InferenceGraph graph)
    {
        InferenceNode[] free = [.. graph.Nodes.Where(node => node.Shape.Height > 1)];
        bool[] best = new bool[graph.Nodes.Count];
        int least = Measure(best);
        foreach (bool start in new[] { false, true })
        {
            bool[] current = [.. graph.Nodes.Select(node => start && node.Shape.Height > 1)];
            int length = Measure(current);
            bool better = true;
            for (int pass = 0; better && pass < MostPasses; pass++)
            {
                better = false;
                foreach (InferenceNode node in free)
                {
                    current[node.Index] ^= true;
                    int tried = Measure(current);
                    if (tried < length) (length, better) = (tried, true);
                    else current[node.Index] ^= true;
                }
            }

            if (length < least) (least, best) = (length, current);
        }

        return new ArenaPlan(graph, best, Place(BuffersOf(graph, best), OrdersAtLast));

        int Measure(bool[] whole) => Place(BuffersOf(graph, whole), OrdersInSearch).Max(static buffer => buffer.Offset + buffer.Length);
    }

    /// <summary>A table of what lies where.</summary>
    /// <param name="graph">The network that it was planned for.</param>
    /// <param name="valueBytes">Bytes of a value.</param>
    public string Map(InferenceGraph graph, int valueBytes)
    {
        var map = new StringBuilder();
        foreach (MapBuffer buffer in Buffers.OrderBy(static buffer => buffer.First))
        {
            int height = graph.Nodes[buffer.Nodes[0]].Shape.Height;
            string rows = buffer.Rows == height ? $"{height} rows" : $"{buffer.Rows} of {height} rows";
            long from = (long)buffer.Offset * valueBytes, to = from + ((long)buffer.Length * valueBytes);
            map.Append(CultureInfo.InvariantCulture, $"{from,8} to {to,8}  ")
                .Append(CultureInfo.InvariantCulture, $"{rows,-16} ")
                .AppendJoin(", ", buffer.Nodes.Select(node => CText.Comment(graph.Nodes[node].Name))).Append('\n');
        }

        return map.ToString();
    }

    private static List<MapBuffer> BuffersOf(InferenceGraph graph, bool[] whole)
    {
        RowOrder order = RowOrder.Of(graph, whole);
        int count = graph.Nodes.Count;
        int[] root = [.. Enumerable.Range(0, count)];
        var overlaid = new bool[count];
        foreach (InferenceNode node in graph.Nodes)
        {
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                int input = node.Inputs[k].Index;
                if (overlaid[input] || !RowUse.MayOverlay(node, k) || !IsLastReader(order, node.Index, input)) continue;
                (root[node.Index], overlaid[input]) = (root[input], true);
                break;
            }
        }

        return [.. Enumerable.Range(0, count).GroupBy(node => root[node]).Select(group => BufferOfGroup(graph, order, [.. group]))];
    }

    // Whoever else reads a row has done so before it is overwritten.
    private static bool IsLastReader(RowOrder order, int node, int input) =>
        order.Reads[input].All(read => read.Reader == node || read.Step < order.Made[node][read.Row]);

    private static MapBuffer BufferOfGroup(InferenceGraph graph, RowOrder order, int[] nodes)
    {
        int[] made = order.Made[nodes[0]][..order.Rows[nodes[0]]];
        int[] last = [.. made.Select((_, row) => nodes.Max(node => order.LastRead[node][row]))];
        int rows = 1, oldest = 0;
        for (int row = 0; row < made.Length; row++)
        {
            while (last[oldest] < made[row]) oldest++;
            rows = Math.Max(rows, row - oldest + 1);
        }

        Shape shape = graph.Nodes[nodes[0]].Shape;
        return new MapBuffer(nodes, rows, checked(shape.Width * shape.Channels), made.Min(), last.Max());
    }

    // The lowest place that is free for as long as it is needed, for one order of the buffers after the other.
    private static List<MapBuffer> Place(List<MapBuffer> buffers, int orders)
    {
        long bound = buffers.Max(buffer => buffers.Where(other => other.First <= buffer.First && buffer.First <= other.Last)
            .Sum(static other => (long)other.Length));
        List<MapBuffer> best = [];
        long least = long.MaxValue;
        var random = new SeededRandom(1);
        for (int trial = 0; trial < orders && least > bound; trial++)
        {
            List<MapBuffer> placed = [];
            foreach (MapBuffer buffer in Order(buffers, trial, ref random))
            {
                long offset = 0;
                foreach (MapBuffer other in placed.Where(buffer.Meets).OrderBy(static other => other.Offset))
                {
                    if (offset + buffer.Length <= other.Offset) break;
                    offset = Math.Max(offset, (long)other.Offset + other.Length);
                }

                placed.Add(buffer with { Offset = checked((int)offset) });
            }

            long length = placed.Max(static buffer => (long)buffer.Offset + buffer.Length);
            if (length < least) (least, best) = (length, placed);
        }

        return best;
    }

    private static List<MapBuffer> Order(List<MapBuffer> buffers, int trial, ref SeededRandom random)
    {
        if (trial == 1) return [.. buffers.OrderBy(static buffer => buffer.First)];
        List<MapBuffer> order = [.. buffers.OrderByDescending(static buffer => buffer.Length)];
        if (trial == 0) return order;
        for (int swap = 0; swap < 1 + (trial / 4); swap++)
        {
            int a = random.NextInt(order.Count), b = random.NextInt(order.Count);
            (order[a], order[b]) = (order[b], order[a]);
        }

        return order;
    }
}
