namespace Pare.Export.Onnx;

/// <summary>How a network is written as ONNX.</summary>
public sealed record OnnxOptions
{
    /// <summary>Whether a caller may give any number of images at once; otherwise one.</summary>
    public bool DynamicBatch { get; init; }

    /// <summary>
    /// Whether the file takes pixels as they are, <c>uint8 [batch, height, width, channel]</c>, and shifts and scales them itself;
    /// otherwise <c>float32 [batch, channel, height, width]</c>, shifted and scaled by the caller as the metadata say.
    /// </summary>
    public bool WithPreprocessing { get; init; }

    /// <summary>Where the network comes from; what is known of it is written as <c>metadata_props</c>.</summary>
    public ModelOrigin Origin { get; init; } = new();

    /// <summary>How sure the network is said to be; written as <c>metadata_props</c>, since the outputs are logits.</summary>
    public ConfidenceRule Confidence { get; init; } = ConfidenceRule.None;

    /// <summary>What else the file is to say of itself; written as <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
