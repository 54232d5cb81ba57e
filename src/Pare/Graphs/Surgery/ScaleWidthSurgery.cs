using Pare.Graphs.Layers;

namespace Pare.Graphs.Surgery;

/// <summary>Makes a network narrower or wider: the width multiplier of Howard et al. 2017, arXiv 1704.04861.</summary>
public static class ScaleWidthSurgery
{
    /// <summary>
    /// Multiplies the channels of every convolution and the units of every linear layer, rounded and at least 1, except those that make the
    /// output.
    /// Equal widths stay equal, so that additions and gates still fit.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <param name="factor">Above 0.</param>
    /// <exception cref="RecipeException">The factor is out of range, nothing is left to scale, or rounded groups no longer fit.</exception>
    public static Graph ScaleWidth(this Graph graph, float factor)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (!(factor > 0 && float.IsFinite(factor)))
            throw new RecipeException(Invariant($"The factor is {factor}; it must be above 0."), "scale_width",
                "Use 0.5 for half of the channels.");
        HashSet<Node> ends = EndsOf(graph);
        var replacements = new Dictionary<Node, GraphRewriter.Replacement>();
        foreach (Node node in graph.Nodes.Where(node => node.WeightsOf is null && !ends.Contains(node)))
        {
            switch (node.Layer)
            {
                case Convolution layer when node.IsDepthwise():
                    int multiplier = layer.Channels / layer.Groups;
                    replacements[node] = (net, old, inputs) =>
                        net.Layer(
                            layer with
                            {
                                Channels = Saturated((double)inputs[0].Shape.Channels * multiplier),
                                Groups = inputs[0].Shape.Channels
                            }, old.Name);
                    break;
                case Convolution layer:
                    replacements[node] = (net, old, _) => net.Layer(layer with { Channels = Scaled(layer.Channels) }, old.Name);
                    break;
                case Linear layer:
                    replacements[node] = (net, old, _) => net.Layer(layer with { Units = Scaled(layer.Units) }, old.Name);
                    break;
            }
        }

        return GraphRewriter.Rebuild(graph, replacements, "scale_width",
            "Leave it out: the network has only the layer that makes its output.");

        int Scaled(int width) => Saturated(Math.Max(1, Math.Round((double)(width * factor), MidpointRounding.AwayFromZero)));

        // More than fits is still more than the layer takes, which refuses it.
        static int Saturated(double width) => (int)Math.Min(width, int.MaxValue);
    }

    // The layers that decide how many channels the output has: back from the output up to the first convolutions and linear layers.
    private static HashSet<Node> EndsOf(Graph graph)
    {
        var ends = new HashSet<Node>();
        Visit(graph.Output);
        return ends;

        void Visit(Node node)
        {
            if (node.Layer is Linear or Convolution && !node.IsDepthwise()) ends.Add(node.WeightsOf ?? node);
            else foreach (Node input in node.Inputs) Visit(input);
        }
    }
}
