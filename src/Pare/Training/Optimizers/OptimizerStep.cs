namespace Pare.Training.Optimizers;

/// <summary>What one step of a run hands to its optimizer.</summary>
/// <param name="Index">The step, counted from 0 since the start of the run.</param>
/// <param name="LearningRate">The rate of this step.</param>
/// <param name="Momentum">The momentum that the schedule asks for, or null for the optimizer's own.</param>
/// <param name="WeightDecay">The decay of the parameters at hand, see <see cref="Optimizer.DecayOf"/>.</param>
public readonly record struct OptimizerStep(long Index, float LearningRate, float? Momentum, float WeightDecay)
{
    /// <summary>The epoch of the step, counted from 1.</summary>
    public int Epoch { get; init; } = 1;
}
