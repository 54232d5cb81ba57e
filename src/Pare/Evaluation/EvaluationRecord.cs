using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Evaluation;

/// <summary>
/// What a trained network does on the test set in full: where it errs, how far its confidence goes, how long one image takes.
/// </summary>
public sealed record EvaluationRecord
{
    private const int WorstCount = 24, LatencyRuns = 51;

    /// <summary>The name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>The names of the classes, in the order of their index.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Loss and confusion.</summary>
    public required EvaluationResult Result { get; init; }

    /// <summary>Confidence against accuracy.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>The images with the highest loss, the worst first; at most 24.</summary>
    public required IReadOnlyList<WorstImage> Worst { get; init; }

    /// <summary>Median milliseconds of one image alone, on one thread; null when not measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Mean accuracy on corrupted copies of the test images, 0 to 1; null when not measured.</summary>
    public float? CorruptedAccuracy { get; init; }

    /// <summary>The most frequent mistakes, the most frequent first.</summary>
    public IReadOnlyList<ConfusedPair> ConfusedPairs =>
    [
        .. from label in Enumerable.Range(0, Classes.Count)
           from predicted in Enumerable.Range(0, Classes.Count)
           where label != predicted && Result.Confusion[label, predicted] > 0
           orderby Result.Confusion[label, predicted] descending, label, predicted
           select new ConfusedPair(label, predicted, Result.Confusion[label, predicted]),
    ];

    /// <summary>Measures a network on the test images.</summary>
    /// <param name="network">The network; its input must be of the images' shape.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="data">Whose test images are used.</param>
    /// <param name="threads">Threads to use; null for one per processor.</param>
    public static EvaluationRecord Measure(Network network, Normalization normalization, Dataset data, int? threads = null)
    {
        ImageSet images = data.Test;
        int[] indices = [.. Enumerable.Range(0, images.Count)];
        using var team = new ThreadTeam(Parallels.Threads(threads));
        using var single = new ThreadTeam(1);
        Predictions predictions = Evaluator.Predict(new InferencePlan(network, team), normalization, images, indices);
        bool[] correct = [.. indices.Select(i => predictions.Classes[i] == images.Labels[i])];
        return new EvaluationRecord
        {
            Data = data.Name,
            Classes = images.Classes,
            Result = predictions.Result(),
            Calibration = Calibration.Of(predictions.Confidences, correct),
            Worst =
            [
                .. indices.OrderByDescending(i => predictions.Losses[i]).Take(WorstCount).Select(i => new WorstImage(
                    i, images.Labels[i], predictions.Classes[i], predictions.Confidences[i], predictions.Losses[i],
                    Png.Encode(images.Image(i), images.Channels, images.Width))
                {
                    Path = images.HasPaths ? images.Names[i] : null,
                }),
            ],
            LatencyMilliseconds = images.Count == 0 ? null : Latency(new InferencePlan(network, single), normalization, images),
        };
    }

    /// <summary>Median milliseconds of the first image alone, on one thread.</summary>
    /// <param name="network">The network; its input must be of the images' shape.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="images">At least one image.</param>
    internal static double Latency(Network network, Normalization normalization, ImageSet images)
    {
        using var single = new ThreadTeam(1);
        return Latency(new InferencePlan(network, single), normalization, images);
    }

    // The network has just run over the whole test set: nothing is left to be compiled.
    private static double Latency(InferencePlan plan, Normalization normalization, ImageSet images)
    {
        var batch = new ImageBatch(images, normalization);
        int[] one = [0];
        batch.Select(one, 0);
        var sink = new Predictions(images, one);
        plan.Run(batch, 1, sink);
        return 1e3 * Timing.Median(LatencyRuns, () => plan.Run(batch, 1, sink));
    }
}
