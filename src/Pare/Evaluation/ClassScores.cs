namespace Pare.Evaluation;

/// <summary>How well a network does on one class, from the confusion matrix.</summary>
/// <param name="Images">The test images of the class.</param>
/// <param name="Precision">The share of those taken for the class that are of it, 0 to 1; null where none was taken for it.</param>
/// <param name="Recall">The share of the class that was recognized, 0 to 1; null where it has no images.</param>
/// <param name="F1">
/// The harmonic mean of both, 0 where nothing was recognized; null where the class has no images and none was taken for it.
/// </param>
internal sealed record ClassScores(int Images, double? Precision, double? Recall, double? F1)
{
    /// <summary>The scores of all classes, in the order of their index.</summary>
    public static IReadOnlyList<ClassScores> Of(EvaluationResult result)
    {
        int[,] confusion = result.Confusion;
        int[] classes = [.. Enumerable.Range(0, confusion.GetLength(0))];
        return [.. classes.Select(label =>
            Of(confusion[label, label], classes.Sum(other => confusion[label, other]), classes.Sum(other => confusion[other, label])))];
    }

    private static ClassScores Of(int right, int images, int predicted) => new(
        images, predicted == 0 ? null : (double)right / predicted, images == 0 ? null : (double)right / images,
        images + predicted == 0 ? null : 2.0 * right / ((double)images + predicted));
}
