using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Robustness;

/// <summary>What tells a network from any other: a digest of what its nodes compute and of all its values.</summary>
internal static class NetworkFingerprint
{
    /// <summary>Of a network as it was trained.</summary>
    public static string Of(Network network, Normalization normalization) => Digest(hash =>
    {
        foreach (Node node in network.Graph.Nodes)
            Add(hash, $"{node.Name}\0{node.Layer}\0{string.Join(',', node.Inputs.Select(static input => input.Name))}\0" +
                $"{node.WeightsOf?.Name}\0{node.Shape}");
        Add<float>(hash, normalization.Mean);
        Add<float>(hash, normalization.StandardDeviation);
        Add<float>(hash, network.Weights);
        Add<float>(hash, network.Statistics);
    });

    /// <summary>Of a lowered network.</summary>
    public static string Of(InferenceGraph graph) => Digest(hash => Add(hash, graph));

    /// <summary>Of a network in integers.</summary>
    public static string Of(QuantizedGraph graph) => Digest(hash =>
    {
        Add(hash, graph.Source);
        foreach (QuantizedNode node in graph.Nodes)
        {
            Add(hash, $"{node.Parameters}\0{node.SumParameters}");
            if (node.Operation is not QuantizedConvolution convolution) continue;
            Add(hash, convolution.Weights.Values);
            Add<int>(hash, [.. convolution.Bias]);
        }
    });

    private static void Add(IncrementalHash hash, InferenceGraph graph)
    {
        Add<float>(hash, [.. graph.Preprocessing.Mean]);
        Add<float>(hash, [.. graph.Preprocessing.StandardDeviation]);
        foreach (InferenceNode node in graph.Nodes)
        {
            Add(hash, $"{node.Name}\0{node.Operation}\0{string.Join(',', node.Inputs.Select(static input => input.Index))}\0{node.Shape}");
            if (node.Operation is not LoweredConvolution convolution) continue;
            Add(hash, convolution.Weights.Values);
            Add<float>(hash, [.. convolution.Scale ?? []]);
            Add<float>(hash, [.. convolution.Shift ?? []]);
        }
    }

    private static string Digest(Action<IncrementalHash> add)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        add(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static void Add(IncrementalHash hash, string text) => Add<byte>(hash, Encoding.UTF8.GetBytes(text));

    // Each with its length, so that no value can pass from one array to the next.
    private static void Add<T>(IncrementalHash hash, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        hash.AppendData(BitConverter.GetBytes(values.Length));
        hash.AppendData(MemoryMarshal.AsBytes(values));
    }
}
