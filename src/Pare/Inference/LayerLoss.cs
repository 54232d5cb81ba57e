namespace Pare.Inference;

/// <summary>What one layer in 8-bit integers costs, the others in float32.</summary>
/// <param name="Layer">The layer, <c>input</c> for the image's bytes.</param>
/// <param name="Kind">What it computes, such as <c>convolution</c>.</param>
/// <param name="Accuracy">The share of the validation images that the network then gets right, 0 to 1.</param>
/// <param name="Agreement">The share of which it names the class that it does in float32, 0 to 1.</param>
/// <param name="Divergence">The mean Kullback-Leibler divergence of its probabilities from those in float32.</param>
public sealed record LayerLoss(string Layer, string Kind, double Accuracy, double Agreement, double Divergence);
