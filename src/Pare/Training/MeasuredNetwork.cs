using Pare.Evaluation;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>A network at the end of a training.</summary>
/// <param name="Network">A copy of the network, which nothing changes later.</param>
/// <param name="Test">On the test set.</param>
/// <param name="Validation">On the images that were held out; null without any.</param>
public sealed record MeasuredNetwork(Network Network, EvaluationResult Test, EvaluationResult? Validation);
