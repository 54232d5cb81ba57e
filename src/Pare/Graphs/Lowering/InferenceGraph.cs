namespace Pare.Graphs.Lowering;

/// <summary>
/// A trained network as those run or export it who do not train: a few kinds of operation, norms folded, dropout gone. Made by
/// <see cref="Lowerer"/> from a trained network or by <see cref="InferenceGraphBuilder"/> from anything else; never changed afterwards.
/// </summary>
public sealed class InferenceGraph
{
    internal InferenceGraph(IReadOnlyList<InferenceNode> nodes, Preprocessing preprocessing, IReadOnlyList<string> classes)
    {
        (Nodes, Preprocessing, Classes) = (nodes, preprocessing, classes);
        Weights =
            [.. nodes.Select(static node => node.Operation).OfType<LoweredConvolution>().Select(static convolution => convolution.Weights)
            .Distinct()];
    }

    /// <summary>All nodes, each after its inputs. The first is the input, the last the output.</summary>
    internal IReadOnlyList<InferenceNode> Nodes { get; }

    /// <summary>The node that an image enters.</summary>
    internal InferenceNode Input => Nodes[0];

    /// <summary>The node whose channels are the classes' logits.</summary>
    internal InferenceNode Output => Nodes[^1];

    /// <summary>How a picture becomes the input's values.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The names of the classes, in the order of the logits.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether somebody named the classes; otherwise their names are their numbers.</summary>
    public bool NamesClasses { get; internal init; } = true;

    /// <summary>
    /// Whether a map is rounded to what 8-bit integers stand for, as in a network that was read from ONNX in integers.
    /// </summary>
    public bool RoundsToIntegers => Nodes.Any(static node => node.Operation
        is LoweredActivation { Activation.Function: PointFunction.FakeQuantize }
        or LoweredConvolution { Activation.Function: PointFunction.FakeQuantize }
        or LoweredAdd { Activation.Function: PointFunction.FakeQuantize });

    /// <summary>The weights, each once, in the order of their first use.</summary>
    internal IReadOnlyList<WeightArray> Weights { get; }

    /// <summary>Multiply-accumulates of one image.</summary>
    public long Macs => Nodes.Sum(static node => node.Macs);

    /// <summary>Values that it keeps: weights, each once, and what convolutions scale and shift by.</summary>
    public long Parameters => Weights.Sum(static weights => (long)weights.Values.Length)
        + Nodes.Select(static node => node.Operation).OfType<LoweredConvolution>()
            .Sum(static convolution => (convolution.Scale?.Count ?? 0) + (convolution.Shift?.Count ?? 0));

    /// <summary>The nodes that read the output of each node, in their order and each once.</summary>
    internal IReadOnlyList<InferenceNode>[] Readers()
    {
        List<InferenceNode>[] readers = [.. Nodes.Select(static _ => new List<InferenceNode>())];
        foreach (InferenceNode node in Nodes)
        {
            foreach (InferenceNode input in node.Inputs.Distinct()) readers[input.Index].Add(node);
        }

        return readers;
    }

    /// <summary>How many nodes read the output of each node; the graph's output counts one more.</summary>
    internal int[] CountReaders()
    {
        var readers = new int[Nodes.Count];
        foreach (InferenceNode input in Nodes.SelectMany(static node => node.Inputs)) readers[input.Index]++;
        readers[Output.Index]++;
        return readers;
    }
}
