using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>A finished training.</summary>
/// <param name="Network">The trained network.</param>
/// <param name="Normalization">What its images must be shifted and scaled by.</param>
/// <param name="Epochs">What each epoch measured.</param>
/// <param name="Test">The last epoch's network on the test set.</param>
/// <param name="Seconds">Wall time, evaluation included.</param>
/// <param name="ImagesPerSecond">Training images a second over all epochs, evaluation included.</param>
public sealed record TrainingResult(Network Network, Normalization Normalization, IReadOnlyList<EpochMetrics> Epochs, EvaluationResult Test, double Seconds, double ImagesPerSecond);
