using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Execution.Lowered;
using Pare.Graphs;
using Pare.Graphs.Lowering;

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
            LatencyMilliseconds = Latency(network),
        };
    }

    /// <summary>
    /// Median milliseconds of an image alone, on one thread, as a model answers. A network with layers of one's own is no model, nor is one
    /// whose maps are too large: it is measured as in training, where one image takes the time of a tile.
    /// </summary>
    /// <param name="network">The network.</param>
    internal static double Latency(Network network)
    {
        if (ExecutorOf(network) is { } executor) return 1e3 * executor.MedianSeconds(LatencyRuns);
        Shape input = network.Graph.Input.Shape;
        using var single = new ThreadTeam(1);
        var images = new ImageSet(input.Channels, input.Height, input.Width, new byte[input.Count], [0], ["0"]);
        var batch = new ImageBatch(images, Normalization.Of(images));
        int[] one = [0];
        batch.Select(one, 0);
        var (plan, sink) = (new InferencePlan(network, single), new Predictions(images, one));
        return 1e3 * Timing.MedianWarm(LatencyRuns, () => plan.Run(batch, 1, sink));
    }

    private static Executor? ExecutorOf(Network network)
    {
        if (network.Graph.Nodes.Any(static node => node.Layer is ImageLayer)) return null;
        try
        {
            return new Executor(Lowerer.Lower(network, Preprocessing.Plain(network.Graph.Input.Shape.Channels)));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
