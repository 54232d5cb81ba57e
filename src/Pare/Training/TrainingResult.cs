using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>A finished training.</summary>
/// <param name="Network">
/// A copy of the trained network, which further training does not change: with a technique that averages weights the average, otherwise the
/// last step's.
/// </param>
/// <param name="Normalization">What its images must be shifted and scaled by.</param>
/// <param name="Epochs">What each epoch measured, of the weights that were trained.</param>
/// <param name="Test">The network on the test set.</param>
/// <param name="Validation">The network on the images that were held out; null without any.</param>
/// <param name="Unaveraged">The last step's weights, where the network is an average; otherwise null.</param>
/// <param name="Seconds">Wall time, evaluation included.</param>
/// <param name="ImagesPerSecond">Training images per second over all epochs; the time of evaluation does not count.</param>
public sealed record TrainingResult(
    Network Network, Normalization Normalization, IReadOnlyList<EpochMetrics> Epochs, EvaluationResult Test, EvaluationResult? Validation,
    MeasuredNetwork? Unaveraged, double Seconds, double ImagesPerSecond)
{
    /// <summary>The names of the classes, in the order of the network's outputs; null where they are not known.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>How often it diverged and went back with half the learning rate, in their order; empty when it did not.</summary>
    public IReadOnlyList<Restart> Restarts { get; init; } = [];

    /// <summary>Why the training ended before its last epoch; null when it did not.</summary>
    public string? Stopped { get; init; }
}
