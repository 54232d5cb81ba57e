using Pare.Training.Optimizers;

namespace OwnTechnique;

/// <summary>
/// Moves each weight by the rate, in the direction of a mix of momentum and gradient. Chen et al. 2023, arXiv 2302.06675.
/// </summary>
public sealed record Lion : Optimizer
{
    /// <summary>The share of the momentum in the direction, 0 or more and below 1.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>The share of the momentum that outlives a step, 0 or more and below 1.</summary>
    public float Beta2 { get; init; } = 0.99f;

    /// <inheritdoc/>
    public override int StateCount => 1;

    /// <inheritdoc/>
    public override void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            float direction = (Beta1 * state[i]) + ((1 - Beta1) * gradients[i]);
            float sign = direction > 0 ? 1 : direction < 0 ? -1 : 0 * direction;
            weights[i] -= step.LearningRate * (sign + (step.WeightDecay * weights[i]));
            state[i] = (Beta2 * state[i]) + ((1 - Beta2) * gradients[i]);
        }
    }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        if (!(Beta1 is >= 0 and < 1)) throw new ArgumentException($"beta1 is {Beta1}; it must be 0 or more and below 1.");
        if (!(Beta2 is >= 0 and < 1)) throw new ArgumentException($"beta2 is {Beta2}; it must be 0 or more and below 1.");
    }
}
