using System.Xml.Linq;
using Pare.Graphs;
using Pare.Graphs.Layers;

namespace Pare.Reporting;

/// <summary>The filters of a network's first convolution as small pictures.</summary>
internal static class FilterPictures
{
    private const double Side = 56;

    /// <summary>
    /// One picture a filter; none where the network does not begin with a convolution of a grey or colour image with a kernel above 1.
    /// </summary>
    public static IReadOnlyList<XElement> Draw(Network network)
    {
        Node? node = network.Graph.Nodes.FirstOrDefault(static node => node.Layer is Convolution);
        if (node is not { Layer: Convolution { Kernel: > 1, Groups: 1 } layer } || node.Inputs[0] != network.Graph.Input
            || node.Inputs[0].Shape.Channels is not (1 or 3)) return [];
        float[] weights = network.Values(network[$"{node.Name}.weight"]).ToArray();
        int size = weights.Length / layer.Channels;
        return [.. Enumerable.Range(0, layer.Channels).Select(filter => Filter(weights.AsSpan(filter * size, size), layer.Kernel, filter))];
    }

    private static XElement Filter(ReadOnlySpan<float> weights, int kernel, int number)
    {
        int area = kernel * kernel;
        double cell = Side / kernel, most = 1e-12;
        foreach (float weight in weights) most = Math.Max(most, Math.Abs(weight));
        XElement svg =
            Svg.Root(Side, Side, $"Filter {number}",
            $"{kernel}x{kernel} weights, the largest {most.ToString("G3", System.Globalization.CultureInfo.InvariantCulture)} from 0.");
        for (int i = 0; i < area; i++)
        {
            double x = i % kernel * cell, y = i / kernel * cell;
            XElement square = Svg.Rectangle(x, y, cell, cell, weights.Length > area ? "" : weights[i] < 0 ? "fill color1" : "fill color0");
            if (weights.Length > area)
                square.SetAttributeValue("fill",
                    $"rgb({Byte(weights[i], most)},{Byte(weights[i + area], most)},{Byte(weights[i + (2 * area)], most)})");
            else square.SetAttributeValue("fill-opacity", Figures.Coordinate(Math.Abs(weights[i]) / most));
            svg.Add(square);
        }

        return svg;
    }

    // Grey is 0.
    private static int Byte(float weight, double most) => (int)Math.Round(127.5 + (127.5 * weight / most));
}
