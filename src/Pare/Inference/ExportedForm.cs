namespace Pare.Inference;

/// <summary>One form of a network held against the trainer on the same images.</summary>
/// <param name="Name">What it is, such as <c>ONNX</c>.</param>
/// <param name="Path">Its file; null for what is computed in this process.</param>
/// <param name="Bytes">Bytes of the file; 0 without one, and of C, whose text says nothing about what a machine needs.</param>
/// <param name="Accuracy">The share of the images that it gets right, 0 to 1; null for images without labels.</param>
/// <param name="Agreement">The share of the images of which it names the same class as the trainer, 0 to 1.</param>
/// <param name="LargestDifference">The largest difference of a logit, as a share of the trainer's largest for that image.</param>
/// <param name="LatencyMilliseconds">Of one image on one thread, the median; null where it was not measured.</param>
public sealed record ExportedForm(
    string Name, string? Path, long Bytes, float? Accuracy, double Agreement, double LargestDifference, double? LatencyMilliseconds)
{
    /// <summary>
    /// Of a file in integers the share of the images of which it names the class that the network in integers does, 0 to 1; null elsewhere.
    /// </summary>
    public double? IntegerAgreement { get; init; }

    /// <summary>Of a file in integers the largest difference from the network in integers, alike; null elsewhere.</summary>
    public double? IntegerDifference { get; init; }
}
