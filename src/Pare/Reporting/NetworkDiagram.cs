using System.Xml.Linq;
using Pare.Graphs;

namespace Pare.Reporting;

/// <summary>A graph as boxes from top to bottom, with branches beside each other and shortcuts as lines around them.</summary>
internal sealed class NetworkDiagram
{
    private const double BoxWidth = 216, LowBox = 46, HighBox = 62, GapX = 20, GapY = 20, Margin = 4, LaneWidth = 14, FontSize = 11;

    private readonly List<Box> _boxes = [];
    private readonly Dictionary<Node, Box> _boxOf = [];
    private readonly Cost _cost;

    // The height of all boxes. Where a title and the size beside it would meet, the sizes of all boxes get a line of their own.
    private readonly double _height;

    private NetworkDiagram(Graph graph, Cost cost)
    {
        _cost = cost;
        Dictionary<Node, NodeCost> costs = cost.Nodes.ToDictionary(static node => node.Node);
        Dictionary<Node, int> readers = graph.CountReaders();
        var taken = new HashSet<(int Row, int Column)>();
        foreach (Node node in graph.Nodes)
        {
            if (node.Layer.InPlace && readers[node.Inputs[0]] == 1)
            {
                _boxOf[node] = _boxOf[node.Inputs[0]];
            }
            else
            {
                Box[] inputs = [.. node.Inputs.Select(input => _boxOf[input])];
                int row = inputs.Select(static box => box.Row + 1).DefaultIfEmpty(0).Max(), column = inputs.Length > 1
                    ? inputs.Min(static box => box.Column) : inputs.Select(static box => box.Column).FirstOrDefault();
                while (!taken.Add((row, column))) column++;
                _boxes.Add(_boxOf[node] = new Box(row, column, inputs));
            }

            _boxOf[node].Nodes.Add(costs[node]);
        }

        _height = _boxes.All(FitInTwoLines) ? LowBox : HighBox;
    }

    /// <summary>Draws a graph.</summary>
    public static XElement Draw(Graph graph, Cost cost) => new NetworkDiagram(graph, cost).Draw();

    private XElement Draw()
    {
        var lanes = new List<List<(int From, int To)>>();
        var edges = new List<XElement>();
        double right = Right(_boxes);
        foreach (Box box in _boxes) edges.AddRange(box.Inputs.Select(input => Edge(input, box, lanes)));
        XElement svg = Svg.Root(
            right + (lanes.Count * LaneWidth) + Margin, (2 * Margin) + ((_boxes.Max(static box => box.Row) + 1) * (_height + GapY)) - GapY,
            "The network, layer by layer",
            $"{_boxes.Count} boxes from the input at the top to the classes at the bottom. The table lists the same layers with their " +
            $"cost.");
        svg.Add(edges);
        svg.Add(_boxes.Select(BoxOf));
        return svg;
    }

    private XElement BoxOf(Box box)
    {
        (double x, double y) = Corner(box);
        Node first = box.Nodes[0].Node, last = box.Nodes[^1].Node;
        long parameters = box.Nodes.Sum(static node => node.Parameters), macs = box.Nodes.Sum(static node => node.Macs);
        string shape = last.Shape.ToString(), after = After(box), cost = CostOf(box);
        bool low = _height == LowBox, single = low && after.Length + cost.Length + macs == 0;
        double title = single ? y + (_height / 2) + 4 : y + 17, sizes = low ? title : y + 49;
        double room = BoxWidth - 16 - (low ? TextWidth.Of(shape, FontSize) + 8 : 0),
            beside = BoxWidth - 16 - (low ? TextWidth.Of(cost, FontSize) + 8 : 0);
        return Svg.Element("g").With(
            Svg.Element("title")
            .With($"{string.Join(" + ", box.Nodes.Select(static node => node.Node.Name))}: {shape}, {Figures.Count(parameters)} " +
            $"parameters, {Figures.Count(macs)} MACs"),
            Svg.Element("rect", ("x", x), ("y", y), ("width", BoxWidth), ("height", _height), ("rx", 5), ("class", "box")),
            Svg.Text(x + 8, title, TextWidth.Fit(Title(first), room, FontSize, bold: true), "layer"),
            low ? Svg.Text(x + BoxWidth - 8, sizes, shape, "muted", "end") : Svg.Text(x + 8, sizes, shape, "muted"),
            after.Length > 0 ? Svg.Text(x + 8, y + 33, TextWidth.Fit(after, beside, FontSize), "muted") : null,
            cost.Length > 0 ? Svg.Text(x + BoxWidth - 8, low ? y + 33 : sizes, cost, "muted", "end") : null,
            Share(x, y + _height - 8, parameters, _cost.Parameters, "fill color0"),
            Share(x, y + _height - 4.5, macs, _cost.Macs, "fill color1"));
    }

    private static bool FitInTwoLines(Box box) =>
        TextWidth.Of(Title(box.Nodes[0].Node), FontSize, bold: true)
            + TextWidth.Of(box.Nodes[^1].Node.Shape.ToString(), FontSize) <= BoxWidth - 24
        && TextWidth.Of(After(box), FontSize) + TextWidth.Of(CostOf(box), FontSize) <= BoxWidth - 24;

    private static string After(Box box) =>
        string.Join(", ", box.Nodes.Skip(1).Select(static node => node.Node.Layer.Kind.Replace('_', ' ')));

    private static string CostOf(Box box) =>
        box.Nodes.Sum(static node => node.Parameters) is > 0 and long parameters ? $"{Figures.Count(parameters)} p" : "";

    private static XElement? Share(double x, double y, long part, long whole, string style) =>
        part > 0 && whole > 0 ? Svg.Rectangle(x + 8, y, Math.Max(1, (BoxWidth - 16) * part / whole), 2.5, style) : null;

    private static string Title(Node node) =>
        node.Description.Replace('_', ' ') + (node.Layer.Width is { } width ? $", {width}" : string.Empty);

    private XElement Edge(Box from, Box to, List<List<(int From, int To)>> lanes)
    {
        (double fromX, double fromY) = Corner(from);
        (double toX, double toY) = Corner(to);
        double startX = fromX + (BoxWidth / 2), startY = fromY + _height, endX = toX + (BoxWidth / 2);
        bool free = !_boxes.Any(box => box.Column == from.Column && box.Row > from.Row && box.Row < to.Row);
        if (from.Column == to.Column && free) return Arrow($"M{N(startX)} {N(startY)}V{N(toY - 1)}");
        if (to.Row == from.Row + 1) return Arrow($"M{N(startX)} {N(startY)}V{N(startY + (GapY / 2))}H{N(endX)}V{N(toY - 1)}");
        double endY = toY + (_height / 2), side = toX + BoxWidth + 1;
        if (from.Column > to.Column && free) return Arrow($"M{N(startX)} {N(startY)}V{N(endY)}H{N(side)}");

        int lane = lanes.FindIndex(taken => taken.All(other => other.To <= from.Row || other.From >= to.Row));
        if (lane < 0)
        {
            lane = lanes.Count;
            lanes.Add([]);
        }

        lanes[lane].Add((from.Row, to.Row));
        double x = Right(_boxes.Where(box => box.Row >= from.Row && box.Row <= to.Row)) + ((lane + 1) * LaneWidth);
        return Arrow($"M{N(fromX + BoxWidth)} {N(fromY + (_height / 2))}H{N(x)}V{N(endY)}H{N(side)}");
    }

    // The head is a part of the path: a marker would need a name that is unique on the page.
    private static XElement Arrow(string path)
    {
        string head = path[path.LastIndexOfAny(['H', 'V'])] == 'V' ? "m-3.5 -5l3.5 5l3.5 -5" : "m5 -3.5l-5 3.5l5 3.5";
        return Svg.Element("path", ("d", path + head), ("class", "edge"));
    }

    private static double Right(IEnumerable<Box> boxes) => Margin + ((boxes.Max(static box => box.Column) + 1) * (BoxWidth + GapX)) - GapX;

    private static string N(double value) => Figures.Coordinate(value);

    private (double X, double Y) Corner(Box box) => (Margin + (box.Column * (BoxWidth + GapX)), Margin + (box.Row * (_height + GapY)));

    private sealed record Box(int Row, int Column, IReadOnlyList<Box> Inputs)
    {
        public List<NodeCost> Nodes { get; } = [];
    }
}
