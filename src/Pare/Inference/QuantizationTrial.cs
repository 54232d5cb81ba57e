using Pare.Quantization;

namespace Pare.Inference;

/// <summary>One way of quantizing a network, measured on validation images.</summary>
/// <param name="Method">How the ranges of its maps were chosen; null for those that its training found.</param>
/// <param name="BiasCorrected">Whether the means of its layers were brought to those in float32.</param>
/// <param name="Accuracy">The share of the images that it gets right, 0 to 1.</param>
/// <param name="Agreement">The share of which it names the class that the network in float32 does, 0 to 1.</param>
/// <param name="Divergence">
/// The Kullback-Leibler divergence of its probabilities from those of the network in float32, the mean over the images: what is lost,
/// with less chance in it than accuracy has.
/// </param>
public sealed record QuantizationTrial(RangeMethod? Method, bool BiasCorrected, double Accuracy, double Agreement, double Divergence)
{
    /// <summary>What it is called, such as <c>entropy, bias corrected</c>.</summary>
    public string Name => NameOf(Method, BiasCorrected);

    internal static string NameOf(RangeMethod? method, bool biasCorrected) =>
        (method?.Name() ?? "training") + (biasCorrected ? ", bias corrected" : "");
}
