using System.Xml.Linq;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Reporting;

namespace Pare.Tests.Reporting;

public class NetworkDiagramTests
{
    [Fact]
    public void A_small_network_is_drawn_like_this()
    {
        XElement svg = Draw(GraphBuilder.Input(1, 4, 4).Conv(2).BatchNorm().Relu().Build());
        Assert.Equal(
            """
            <svg viewBox="0 0 224 120" width="224" height="120" class="fits" role="img" aria-label="The network, layer by layer" xmlns="http://www.w3.org/2000/svg">
              <title>The network, layer by layer</title>
              <desc>2 boxes from the input at the top to the classes at the bottom. The table lists the same layers with their cost.</desc>
              <path d="M112 50V69m-3.5 -5l3.5 5l3.5 -5" class="edge" />
              <g>
                <title>input: 1x4x4, 0 parameters, 0 MACs</title>
                <rect x="4" y="4" width="216" height="46" rx="5" class="box" />
                <text x="12" y="31" class="layer">input</text>
                <text x="212" y="31" class="muted" text-anchor="end">1x4x4</text>
              </g>
              <g>
                <title>conv1 + batch_norm1 + relu1: 2x4x4, 22 parameters, 288 MACs</title>
                <rect x="4" y="70" width="216" height="46" rx="5" class="box" />
                <text x="12" y="87" class="layer">conv 3x3, 2</text>
                <text x="212" y="87" class="muted" text-anchor="end">2x4x4</text>
                <text x="12" y="103" class="muted">batch norm, relu</text>
                <text x="212" y="103" class="muted" text-anchor="end">22 p</text>
                <rect x="12" y="108" width="200" height="2.5" class="fill color0" />
                <rect x="12" y="111.5" width="200" height="2.5" class="fill color1" />
              </g>
            </svg>
            """,
            svg.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_branch_stands_beside_the_body_and_a_shortcut_goes_around_it()
    {
        XElement svg = Draw(GraphBuilder.Input(1, 8, 8).Conv(4)
            .Residual(static body => body.Conv(4).Relu().Conv(4)).Relu()
            .Residual(static body => body.Conv(8).Relu().Conv(8), static shortcut => shortcut.PointwiseConv(8)).Relu()
            .GlobalAveragePool().Linear(10).Build());
        (string X, string Y)[] boxes =
            [.. Elements(svg, "rect").Where(static rect => rect.Attribute("class")!.Value == "box")
            .Select(static rect => (rect.Attribute("x")!.Value, rect.Attribute("y")!.Value))];
        Assert.Equal(11, boxes.Length);
        Assert.Equal(boxes.Length, boxes.Distinct().Count());
        Assert.Single(boxes, static box => box.X != "4");

        // One line for each input of each box but the first, and a shortcut goes sideways twice.
        string[] edges = [.. Elements(svg, "path").Select(static path => path.Attribute("d")!.Value)];
        Assert.Equal(12, edges.Length);
        Assert.Single(edges, static edge => edge.Count('H') == 2);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(128)]
    [InlineData(1024)]
    public void A_title_ends_before_its_size(int channels)
    {
        XElement svg =
            Draw(GraphBuilder.Input(3, 256, 256).Conv(channels, kernel: 3, stride: 2).BatchNorm().Activation(ActivationFunction.HardSwish)
            .DepthwiseConv(5, stride: 2).BatchNorm().Relu()
            .PointwiseConv(channels).MaxBlurPool().GlobalAveragePool().Linear(1000).Build());
        foreach (XElement box in Elements(svg, "g"))
        {
            XElement frame = box.Elements().First(static element => element.Name.LocalName == "rect");
            double left = Number(frame, "x"), right = left + Number(frame, "width"), bottom = Number(frame, "y") + Number(frame, "height");
            Assert.All(box.Elements().Where(static element => element.Name.LocalName is "rect" or "text"), element =>
                Assert.InRange(Number(element, "y"), Number(frame, "y"), bottom));
            foreach (IGrouping<double, XElement> line in box.Elements().Where(static element => element.Name.LocalName == "text")
                .GroupBy(static text => Number(text, "y")))
            {
                (double From, double To)[] places = [.. line.Select(static text =>
                {
                    double x = Number(text, "x"), width = TextWidth.Of(text.Value, 11, bold: text.Attribute("class")!.Value == "layer");
                    return text.Attribute("text-anchor")?.Value == "end" ? (x - width, x) : (x, x + width);
                }).Order()];
                Assert.All(places, place => Assert.True(place.From >= left && place.To <= right, $"{box.Value} leaves its box"));
                Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From, $"{box.Value} overlaps"));
            }
        }
    }

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);

    private static XElement Draw(Graph graph) => NetworkDiagram.Draw(graph, Cost.Of(graph));

    private static IEnumerable<XElement> Elements(XElement svg, string name) =>
        svg.Descendants().Where(element => element.Name.LocalName == name);
}
