using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>
/// A network whose first stages are computed in strips of columns, one after the other, so that the rows that are kept are short. Columns
/// that two strips need are computed twice. It is a network like any other, but that a strip's node takes columns of a map that may be
/// wider, and that the strips of the last of those stages are put side by side where they lie.
/// </summary>
internal sealed class Strips
{
    private readonly int[] _first, _own;
    private readonly int[][] _views;
    private readonly InferenceNode[] _origins;

    private Strips(InferenceGraph graph, InferenceGraph source, InferenceNode join, IReadOnlyList<InferenceNode> ends,
        IReadOnlyList<Piece> pieces)
    {
        (Graph, Source, Join, Ends) = (graph, source, join, ends);
        _first = [.. pieces.Select(static piece => piece.First)];
        _own = [.. pieces.Select(static piece => piece.Own)];
        _views = [.. pieces.Select(static piece => piece.Views)];
        _origins = [.. pieces.Select(static piece => piece.Origin)];
    }

    /// <summary>The network in strips.</summary>
    public InferenceGraph Graph { get; }

    /// <summary>The network that it computes.</summary>
    public InferenceGraph Source { get; }

    /// <summary>The node whose map the strips make up.</summary>
    public InferenceNode Join { get; }

    /// <summary>The last node of each strip.</summary>
    public IReadOnlyList<InferenceNode> Ends { get; }

    /// <summary>The node of the source that a node is a strip of.</summary>
    public InferenceNode Origin(InferenceNode node) => _origins[node.Index];

    /// <summary>The column of its origin's map with which a node's begins.</summary>
    public int First(InferenceNode node) => _first[node.Index];

    /// <summary>The first of its columns that the strip before it has not.</summary>
    public int Own(InferenceNode node) => _own[node.Index];

    /// <summary>Whether a node's map is part of the joined one.</summary>
    public bool IsEnd(InferenceNode node) => node.Index < Join.Index && Ends.Any(end => end.Index == node.Index);

    /// <summary>The column of an input's map that a node takes for its first.</summary>
    public int View(InferenceNode node, int input) => _views[node.Index][input];

    /// <summary>What it says of itself, a line.</summary>
    public string Summary =>
        Invariant($"Up to {CText.Comment(Join.Name)} in {Ends.Count} strips of columns, one after the other: ") +
        Invariant($"{Graph.Macs} multiply-accumulates, not {Source.Macs}.\n");

    /// <summary>The nodes up to which all stages can be computed in strips: nobody after them reads what is before them.</summary>
    public static IEnumerable<InferenceNode> Places(InferenceGraph graph)
    {
        foreach (InferenceNode node in graph.Nodes.Skip(1))
        {
            if (node.Shape.Width < 2 || node == graph.Output) continue;
            HashSet<int> before = Before(node);
            if (before.Any(index => !IsLocal(graph.Nodes[index]))) continue;
            if (graph.Nodes.Any(other => !before.Contains(other.Index)
                && other.Inputs.Any(input => input != node && before.Contains(input.Index))))
                continue;
            yield return node;
        }
    }

    /// <summary>A network in strips.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="last">The last node that is computed in strips, one of <see cref="Places"/>.</param>
    /// <param name="count">How many.</param>
    /// <returns>The network; null where a strip would read nothing of a map.</returns>
    public static Strips? Of(InferenceGraph graph, InferenceNode last, int count)
    {
        HashSet<int> before = Before(last);
        var ranges = new Dictionary<int, (int First, int End)[]>();
        for (int index = last.Index; index >= 0; index--)
        {
            if (!before.Contains(index)) continue;
            InferenceNode node = graph.Nodes[index];
            int width = node.Shape.Width;
            var range = new (int First, int End)[count];
            for (int strip = 0; strip < count; strip++)
            {
                if (node == last)
                {
                    range[strip] = (width * strip / count, width * (strip + 1) / count);
                    continue;
                }

                (int first, int end) = (width, 0);
                foreach (InferenceNode reader in graph.Nodes.Where(reader => before.Contains(reader.Index)))
                {
                    for (int k = 0; k < reader.Inputs.Count; k++)
                    {
                        if (reader.Inputs[k] != node) continue;
                        (int left, int right) = View(reader, ranges[reader.Index][strip]);
                        (first, end) = (Math.Min(first, left), Math.Max(end, right));
                    }
                }

                range[strip] = (first, end);
            }

            // Each column belongs to a strip, whether it is read or not: the self test sums them all up.
            (range[0].First, range[^1].End) = (0, width);
            for (int strip = count - 2; strip >= 0; strip--) range[strip].End = Math.Max(range[strip].End, range[strip + 1].First);
            if (range.Any(static strip => strip.First >= strip.End)) return null;
            ranges[index] = range;
        }

        return Build(graph, last, count, before, ranges);
    }

    /// <summary>The same strips of the network in integers.</summary>
    public QuantizedGraph Quantized(QuantizedGraph graph)
    {
        List<QuantizedNode> nodes = [];
        foreach (InferenceNode node in Graph.Nodes)
        {
            QuantizedNode origin = graph.Nodes[Origin(node).Index];
            QuantizedOperation operation = (origin.Operation, node.Operation) switch
            {
                _ when node == Join => new QuantizedFlatten(),
                (QuantizedConvolution convolution, LoweredConvolution layer) => convolution with { Layer = layer },
                (QuantizedPool pool, LoweredPool layer) => pool with { Layer = layer },
                (QuantizedBlur blur, LoweredBlur layer) => blur with { Layer = layer },
                _ => origin.Operation,
            };
            nodes.Add(new QuantizedNode(node, operation, [.. node.Inputs.Select(input => nodes[input.Index])], origin.Parameters,
                origin.SumParameters));
        }

        return new QuantizedGraph(Graph, nodes);
    }

    private static HashSet<int> Before(InferenceNode node)
    {
        var before = new HashSet<int>();
        var open = new Stack<InferenceNode>([node]);
        while (open.TryPop(out InferenceNode? next))
        {
            if (!before.Add(next.Index)) continue;
            foreach (InferenceNode input in next.Inputs) open.Push(input);
        }

        return before;
    }

    // Whether a column is made from columns near it.
    private static bool IsLocal(InferenceNode node) => !RowUse.Gathers(node)
        && node.Inputs.All(input => input.Shape.Width > 1 && (input.Shape.Width == node.Shape.Width || RowUse.WindowOf(node) is not null
            || node.Operation is LoweredBlur));

    // The columns of an input that some columns are made from.
    private static (int First, int End) View(InferenceNode node, (int First, int End) columns)
    {
        (int first, int end) = (int.MaxValue, int.MinValue);
        for (int column = columns.First; column < columns.End; column++)
        {
            (int left, int right) = RowUse.Columns(node, column);
            if (left <= right) (first, end) = (Math.Min(first, left), Math.Max(end, right + 1));
        }

        return first < end ? (first, end) : (0, 0);
    }

    private static Strips Build(InferenceGraph graph, InferenceNode last, int count, HashSet<int> before,
        Dictionary<int, (int First, int End)[]> ranges)
    {
        List<InferenceNode> nodes = [], ends = [];
        List<Piece> pieces = [];
        for (int strip = 0; strip < count; strip++)
        {
            var made = new Dictionary<int, InferenceNode>();
            foreach (InferenceNode node in graph.Nodes.Where(node => before.Contains(node.Index)))
            {
                (int First, int End) range = ranges[node.Index][strip];
                (int, int)[] views = [.. node.Inputs.Select(_ => View(node, range))];
                InferenceNode[] inputs = [.. node.Inputs.Select((input, k) => Narrow(made[input.Index], views[k]))];
                Shape shape = node.Shape with { Width = range.End - range.First };
                made[node.Index] = new InferenceNode(nodes.Count, $"{node.Name}.{strip + 1}", Cut(node, range, views, shape), inputs, shape)
                {
                    Range = node.Range,
                    SumRange = node.SumRange,
                };
                nodes.Add(made[node.Index]);
                int own =
                    Math.Max(0, ranges[node.Index].Take(strip).Select(static other => other.End).DefaultIfEmpty().Max() - range.First);
                pieces.Add(new Piece(node, range.First, own,
                    [.. node.Inputs.Select((input, k) => views[k].Item1 - ranges[input.Index][strip].First)]));
            }

            ends.Add(made[last.Index]);
        }

        var rest = new Dictionary<int, InferenceNode>();
        var join = new InferenceNode(nodes.Count, last.Name, new LoweredConcat(), [.. ends], last.Shape) { Range = last.Range };
        rest[last.Index] = join;
        nodes.Add(join);
        pieces.Add(new Piece(last, 0, 0, new int[count]));
        foreach (InferenceNode node in graph.Nodes.Where(node => !before.Contains(node.Index)))
        {
            var after = new InferenceNode(nodes.Count, node.Name, node.Operation, [.. node.Inputs.Select(input => rest[input.Index])],
                node.Shape)
            { Range = node.Range, SumRange = node.SumRange };
            rest[node.Index] = after;
            nodes.Add(after);
            pieces.Add(new Piece(node, 0, 0, new int[node.Inputs.Count]));
        }

        var whole = new InferenceGraph([.. nodes], graph.Preprocessing, graph.Classes) { NamesClasses = graph.NamesClasses };
        return new Strips(whole, graph, join, ends, pieces);
    }

    private static InferenceNode Narrow(InferenceNode node, (int First, int End) view) =>
        new(node.Index, node.Name, node.Operation, node.Inputs, node.Shape with { Width = view.End - view.First });

    // The operation on some columns: where the map goes on, there is no border.
    private static InferenceOperation Cut(InferenceNode node, (int First, int End) range, (int First, int End)[] views, Shape shape)
    {
        switch (node.Operation)
        {
            case LoweredInput:
                return new LoweredInput(shape);
            case LoweredConvolution convolution:
                return convolution with { Window = Cut(convolution.Window, range, views[0]) };
            case LoweredPool pool:
                return pool with { Window = Cut(pool.Window, range, views[0]) };
            case LoweredBlur blur:
                return blur with { Left = views[0].First + blur.Before - (range.First * blur.Stride) };
            default:
                return node.Operation;
        }
    }

    private static SlidingWindow Cut(SlidingWindow window, (int First, int End) range, (int First, int End) view)
    {
        int left = view.First + window.Borders.Left - (range.First * window.StrideX);
        int right = ((range.End - range.First - 1) * window.StrideX) + window.SpanX - left - (view.End - view.First);
        return window with { Borders = window.Borders with { Left = left, Right = Math.Max(0, right) } };
    }

    // A node of the network in strips.
    private sealed record Piece(InferenceNode Origin, int First, int Own, int[] Views);
}
