using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>One place in a <see cref="QuantizedGraph"/>: the node of the lowered network with the same index, in integers.</summary>
internal sealed class QuantizedNode
{
    internal QuantizedNode(InferenceNode source, QuantizedOperation operation, IReadOnlyList<QuantizedNode> inputs,
        QuantizationParameters parameters, QuantizationParameters? sums) =>
        (Source, Operation, Inputs, Parameters, SumParameters) = (source, operation, inputs, parameters, sums);

    /// <summary>The node in float32.</summary>
    public InferenceNode Source { get; }

    /// <summary>Its place in <see cref="QuantizedGraph.Nodes"/>.</summary>
    public int Index => Source.Index;

    /// <summary>Unique in the graph, such as <c>conv2</c>.</summary>
    public string Name => Source.Name;

    /// <summary>The shape of its map.</summary>
    public Shape Shape => Source.Shape;

    /// <summary>What it computes.</summary>
    public QuantizedOperation Operation { get; }

    /// <summary>The nodes whose maps it takes.</summary>
    public IReadOnlyList<QuantizedNode> Inputs { get; }

    /// <summary>What the integers of its map stand for; of no meaning where <see cref="IsSums"/>.</summary>
    public QuantizationParameters Parameters { get; }

    /// <summary>
    /// What the integers that its table takes stand for; null without a sum before one (<see cref="Quantizer.HasTable"/>).
    /// </summary>
    public QuantizationParameters? SumParameters { get; }

    /// <summary>
    /// Whether its map is 32-bit sums rather than 8-bit integers: the graph's output, where it is a convolution or a mean.
    /// </summary>
    public bool IsSums => Operation is QuantizedConvolution { Requantizations: null } or QuantizedMean { Requantization: null };

    /// <summary>The same node with another operation of its kind, reading other nodes.</summary>
    internal QuantizedNode With(QuantizedOperation operation, IReadOnlyList<QuantizedNode> inputs) =>
        new(Source, operation, inputs, Parameters, SumParameters);

    /// <summary>The logit of a channel; for the graph's output.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="value">Its integer, or its sum where <see cref="IsSums"/>.</param>
    /// <returns>A product in single precision of the value, rounded to it, and the unit or scale.</returns>
    public float Logit(int channel, int value) => Operation switch
    {
        QuantizedConvolution { Requantizations: null } convolution => value * convolution.Units[channel],
        QuantizedMean { Requantization: null } mean => value * mean.Unit,
        _ => (value - Parameters.ZeroPoint) * Parameters.Scale,
    };
}
