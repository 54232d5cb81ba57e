namespace Pare.Cli;

/// <summary>How fast PyTorch runs a benchmark network, in the better of its memory formats.</summary>
/// <param name="Version">PyTorch's.</param>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="TrainImagesPerSecond">Of training steps.</param>
/// <param name="InferImagesPerSecond">Of inference in batches.</param>
/// <param name="LatencyMilliseconds">Of one image on one thread.</param>
internal sealed record TorchResult(string Version, long Parameters, double TrainImagesPerSecond, double InferImagesPerSecond,
    double LatencyMilliseconds);
