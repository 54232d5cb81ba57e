using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>
/// A network in which what an activation is applied to is a map of its own, where its integers have a range of its own for it or a bias.
/// </summary>
internal sealed class ObservableGraph
{
    private ObservableGraph(InferenceGraph graph, IReadOnlyDictionary<string, (int Node, bool IsSum)> places) =>
        (Graph, Places) = (graph, places);

    /// <summary>The network.</summary>
    public InferenceGraph Graph { get; }

    /// <summary>
    /// By the name of a node of <see cref="Graph"/> the index of the node that it is of, and whether it is what that one's activation takes
    /// rather than its map.
    /// </summary>
    public IReadOnlyDictionary<string, (int Node, bool IsSum)> Places { get; }

    /// <summary>Makes it.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="operation">What a node computes in it; null for what it does in the network.</param>
    public static ObservableGraph Of(InferenceGraph graph, Func<InferenceNode, InferenceOperation>? operation = null)
    {
        var builder = new InferenceGraphBuilder(graph.Input.Shape);
        var made = new InferenceNode[graph.Nodes.Count];
        var places = new Dictionary<string, (int Node, bool IsSum)>(StringComparer.Ordinal);
        made[0] = builder.Input;
        HashSet<string> names = [.. graph.Nodes.Select(static node => node.Name), builder.Input.Name];
        foreach (InferenceNode node in graph.Nodes.Skip(1))
        {
            InferenceNode[] inputs = [.. node.Inputs.Select(input => made[input.Index])];
            string name = node.Name == builder.Input.Name ? Unused(node.Name) : node.Name;
            InferenceOperation computed = operation?.Invoke(node) ?? node.Operation;
            (InferenceOperation Plain, PointActivation Activation) parts = computed switch
            {
                LoweredAdd add => (add with { Activation = default }, add.Activation),
                LoweredConvolution layer => (layer with { Activation = default }, layer.Activation),
                _ => (computed, default),
            };
            places[name] = (node.Index, false);
            if (parts.Activation.IsIdentity) made[node.Index] = builder.Add(name, computed, inputs);
            else
            {
                InferenceNode sum = builder.Add(Unused(node.Name), parts.Plain, inputs);
                places[sum.Name] = (node.Index, true);
                made[node.Index] = builder.Add(name, new LoweredActivation(parts.Activation), sum);
            }
        }

        return new ObservableGraph(builder.Build(made[^1], graph.Preprocessing, graph.Classes), places);

        string Unused(string name)
        {
            do name += " sum";
            while (!names.Add(name));
            return name;
        }
    }
}
