using System.Globalization;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>The network as a picture and as a table of what each layer costs.</summary>
internal static class NetworkSection
{
    /// <summary>The network of the phase that a source ends in; null where its recipe is missing.</summary>
    public static XElement? Create(ReportSource source)
    {
        if (source.Final.Shown is not { Recipe: { } recipe, Cost: { } cost }) return null;
        return Html.Section(
            "Network",
            Html.Element("p",
            "Batch norm, activation and dropout stand in the box of the layer that they follow. The bars under a box are its shares of " +
            "the parameters (p, ", Html.Styled("span", "key color0", "blue"), ") and of the MACs (",
            Html.Styled("span", "key color1", "orange"), ")."),
            Html.Styled(
                "div", "beside",
                Html.Figure(Html.Scrolling("The network, layer by layer", NetworkDiagram.Draw(recipe.Graph, cost))),
                Html.Table(
                    "Every layer's output and cost for one image; its receptive field is a square of so many input pixels a side.",
                    ["layer", "kind", ">output", ">parameters", ">MACs", ">receptive field"],
                    [
                        .. cost.Nodes.Select(static node => (IReadOnlyList<object?>)
                        [
                            node.Node.Name, node.Node.Description.Replace('_', ' '), node.Node.Shape.ToString(), Cell(node.Parameters),
                                Cell(node.Macs), node.ReceptiveField.ToString(CultureInfo.InvariantCulture),
                        ]),
                        [Html.Element("strong", "total"), "", "", Html.Element("strong", Figures.Count(cost.Parameters)),
                        Html.Element("strong", Figures.Count(cost.Macs)), cost.ReceptiveField.ToString(CultureInfo.InvariantCulture)],
                    ])));
    }

    private static string Cell(long value) => value == 0 ? "" : Figures.Count(value);
}
