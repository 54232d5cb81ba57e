using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Lowering;
using Pare.Graphs.Surgery;

namespace Pare.Quantization;

/// <summary>Puts into a network, to be trained, what its form in 8-bit integers will round. Jacob et al. 2017, arXiv 1712.05877.</summary>
internal static class QuantizationSurgery
{
    private const string Surgery = "quantization";

    /// <summary>
    /// Behind each layer whose map will be in integers of its own steps comes a <see cref="FakeQuantize"/>, named <c>layer.range</c>:
    /// behind the norm and the activation of a convolution, and before an activation that will be a table. The weights of convolutions and
    /// linear layers are rounded, a step an output channel; a norm that is folded into them later changes the steps and not the integers.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <param name="momentum">As <see cref="FakeQuantize.Momentum"/>.</param>
    /// <exception cref="RecipeException">
    /// The network is no classifier, has nothing to round or is rounded already, or a layer has no form in integers.
    /// </exception>
    public static Graph Quantize(this Graph graph, float? momentum = null)
    {
        if (graph.Nodes.FirstOrDefault(static node => node.Layer is FakeQuantize) is { } already)
            throw new RecipeException("The network is rounded already.", $"layer '{already.Name}'", "Ask for it once.");
        InferenceGraph lowered = Lower(graph, out IReadOnlyList<Node[]> layers);
        FakeQuantize layer = momentum is { } share ? new FakeQuantize { Momentum = share } : new FakeQuantize();
        HashSet<Node> ranges = [], weights = [];
        foreach (InferenceNode node in lowered.Nodes.Skip(1))
        {
            Node[] parts = layers[node.Index];
            if (Quantizer.HasRange(lowered, node)) ranges.Add(parts[^1]);
            if (Quantizer.HasTable(node)) ranges.Add(parts[^2]);
            if (parts[0].Layer is Convolution or Linear) weights.Add(parts[0].WeightsOf ?? parts[0]);
        }

        var replacements = new Dictionary<Node, GraphRewriter.Replacement>();
        foreach (Node node in graph.Nodes.Where(node => ranges.Contains(node) || weights.Contains(node)))
        {
            replacements[node] = (net, old, inputs) =>
            {
                if (weights.Contains(old)) net.Join(Rounding(old.Layer), old.Name, inputs);
                else GraphRewriter.Copy(net, old, inputs);
                if (ranges.Contains(old)) net.Layer(layer, $"{old.Name}.range");
            };
        }

        return GraphRewriter.Rebuild(graph, replacements, Surgery, "Leave it out: the network has no weights.");
    }

    /// <summary>
    /// The network without its <see cref="FakeQuantize"/> layers, its weights as it computes with them: what it is in float32.
    /// </summary>
    /// <param name="network">The network; it stays as it is.</param>
    /// <returns>The same network where it has none.</returns>
    public static Network WithoutRounding(this Network network)
    {
        Dictionary<Node, GraphRewriter.Replacement> replacements = network.Graph.Nodes.Where(static node => node.Layer is FakeQuantize)
            .ToDictionary(static node => node, static _ => (GraphRewriter.Replacement)GraphRewriter.Skip);
        if (replacements.Count == 0) return network;
        var real = new Network(GraphRewriter.Rebuild(network.Graph, replacements, Surgery, "Leave it out."), seed: 0);
        foreach (Parameter parameter in real.Parameters) network.Values(network[parameter.Name]).CopyTo(real.Values(parameter));
        return real;
    }

    private static Layer Rounding(Layer layer) => layer switch
    {
        Convolution convolution => convolution with { RoundsWeights = true },
        Linear linear => linear with { RoundsWeights = true },
        _ => layer,
    };

    // Weights of any value lead to the same nodes.
    private static InferenceGraph Lower(Graph graph, out IReadOnlyList<Node[]> layers)
    {
        try
        {
            return Lowerer.Lower(Network.OfZeros(graph), out layers);
        }
        catch (ArgumentException error)
        {
            throw new RecipeException(error.Message, Surgery, "Round a classifier.", error);
        }
    }
}
