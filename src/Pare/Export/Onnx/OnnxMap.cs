using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>
/// What a node of the file gives for one image: a map of the graph, and how the file sees it. The file may turn and regroup the sides as it
/// likes: a map of channels, rows and columns is <c>[][C][R][K]</c> there, with the channels last <c>[][R][K][C]</c>, flattened
/// <c>[][C R K]</c>. Axes of length 1, the batch among them, are left out, so that only what moves values counts.
/// </summary>
/// <param name="Node">The map.</param>
/// <param name="Dims">For each side in the file the axes that run along it, the slowest first.</param>
internal sealed record OnnxMap(InferenceNode Node, MapAxis[][] Dims)
{
    public static readonly MapAxis?[] ChannelsFirst = [null, MapAxis.Channel, MapAxis.Row, MapAxis.Column];
    public static readonly MapAxis?[] ChannelsLast = [null, MapAxis.Row, MapAxis.Column, MapAxis.Channel];
    public static readonly MapAxis?[] Vector = [null, MapAxis.Channel];

    /// <summary>Pixels that a <c>Pad</c> node asks to put around the map before it is used.</summary>
    public Borders Pads { get; init; }

    /// <summary>Whether these mirror the map rather than being zero.</summary>
    public bool Mirrored { get; init; }

    /// <summary>Whether a softmax was left out here.</summary>
    public bool IsProbability { get; init; }

    /// <summary>The 8-bit integers that a <c>QuantizeLinear</c> made of the map; null for real numbers.</summary>
    public OnnxIntegers? Integers { get; init; }

    /// <summary>A map as one of the usual layouts sees it.</summary>
    public static OnnxMap Of(InferenceNode node, MapAxis?[] layout) =>
        new(node, [.. layout.Select(axis => axis is { } one && Length(node.Shape, one) > 1 ? new[] { one } : [])]);

    /// <summary>The length of a side in the file.</summary>
    public int Side(int dim) => Dims[dim].Aggregate(1, (product, axis) => product * Length(Node.Shape, axis));

    /// <summary>The lengths of all sides in the file, with the border that a <c>Pad</c> asks for.</summary>
    public int[] Sides()
    {
        int[] sides = [.. Enumerable.Range(0, Dims.Length).Select(Side)];
        if (Pads.AreEmpty) return sides;
        (int row, int column) = Is(ChannelsFirst) ? (2, 3) : (1, 2);
        sides[row] += Pads.Top + Pads.Bottom;
        sides[column] += Pads.Left + Pads.Right;
        return sides;
    }

    public bool Is(MapAxis?[] layout) => SameSides(Of(Node, layout));

    public bool SameSides(OnnxMap other) =>
        Dims.Length == other.Dims.Length && Dims.Zip(other.Dims).All(static pair => pair.First.SequenceEqual(pair.Second));

    /// <summary>All axes in the order of the file.</summary>
    public MapAxis[] Order() => [.. Dims.SelectMany(static axes => axes)];

    /// <summary>The same values with other sides; null where a side would cut an axis.</summary>
    public OnnxMap? Regroup(IReadOnlyList<long> sides)
    {
        var axes = new Queue<MapAxis>(Order());
        var dims = new MapAxis[sides.Count][];
        for (int i = 0; i < dims.Length; i++)
        {
            var taken = new List<MapAxis>();
            long length = 1;
            while (length < sides[i] && axes.TryDequeue(out MapAxis axis))
            {
                taken.Add(axis);
                length *= Length(Node.Shape, axis);
            }

            if (length != sides[i]) return null;
            dims[i] = [.. taken];
        }

        return axes.Count == 0 ? this with { Dims = dims } : null;
    }

    public static int Length(Shape shape, MapAxis axis) => axis switch
    {
        MapAxis.Channel => shape.Channels,
        MapAxis.Row => shape.Height,
        _ => shape.Width,
    };
}
