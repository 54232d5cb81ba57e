using Pare.Data;

namespace Pare.Evaluation;

/// <summary>How well a network does on a set of images.</summary>
/// <param name="Loss">Mean cross entropy, never smoothed or weighted.</param>
/// <param name="Confusion">Counts, <c>[true class, predicted class]</c>.</param>
public sealed record EvaluationResult(float Loss, int[,] Confusion)
{
    /// <summary>What <see cref="BalancedAccuracy"/> is, for a reader of figures.</summary>
    public const string BalancedMeaning = "the mean of the accuracies of the classes, however many images each has";

    /// <summary>The class named for each image, in their order; empty where that was not kept, as in <c>evaluation.json</c>.</summary>
    public IReadOnlyList<int> Predicted { get; init; } = [];

    /// <summary>The softmax probability of that class, an image each, at temperature 1; empty where that was not kept.</summary>
    public IReadOnlyList<double> Confidences { get; init; } = [];

    /// <summary>The number of images.</summary>
    public int Count => Confusion.Cast<int>().Sum();

    /// <summary>Top-1 accuracy, 0 to 1.</summary>
    public float Accuracy => (float)Enumerable.Range(0, Confusion.GetLength(0)).Sum(k => Confusion[k, k]) / Count;

    /// <summary>
    /// The mean of the classes' accuracies, 0 to 1: each class counts the same, however many images it has; one without images does not
    /// count.
    /// </summary>
    public float BalancedAccuracy => (float)Present.Select(label => (double)Confusion[label, label] / ImagesOf(label))
        .DefaultIfEmpty(double.NaN).Average();

    /// <summary>
    /// Whether a class has at least four times as many images as another, those without images left aside: the balanced accuracy then says
    /// something else than the accuracy.
    /// </summary>
    public bool IsUneven => ClassCount.AreUneven([.. Present.Select(ImagesOf)]);

    /// <summary><see cref="BalancedAccuracy"/> where it says something else; null where the classes are not uneven.</summary>
    internal float? UnevenBalancedAccuracy => IsUneven ? BalancedAccuracy : null;

    private IEnumerable<int> Present => Enumerable.Range(0, Confusion.GetLength(0)).Where(label => ImagesOf(label) > 0);

    /// <summary>The number of images of one class.</summary>
    public int ImagesOf(int label) => Enumerable.Range(0, Confusion.GetLength(1)).Sum(k => Confusion[label, k]);

    /// <summary>Top-1 accuracy on the images of one class, 0 to 1; null when there are none.</summary>
    public float? AccuracyOf(int label)
    {
        int total = ImagesOf(label);
        return total == 0 ? null : (float)Confusion[label, label] / total;
    }

    /// <summary>Such as <c>84.19 % of 430 images, loss 0.4588</c>.</summary>
    public override string ToString() => Invariant($"{Rounding.InPercent(Accuracy)} % of {Count:N0} images, loss {Loss:F4}");
}
