using System.Numerics;

namespace Pare.Training.Optimizers;

/// <summary>
/// Adam: each parameter's step is scaled by the spread of its own gradients. Kingma, Ba 2014, arXiv 1412.6980, in PyTorch's form.
/// </summary>
/// <remarks>
/// With t counted from 1: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= rate (m / (1 - b1^t)) / (sqrt(v) / sqrt(1 - b2^t) +
/// epsilon).
/// Weight decay is added to the gradient: g += decay w. <see cref="AdamW"/> keeps it out.
/// </remarks>
public record Adam : Optimizer
{
    /// <summary>
    /// The share of the mean gradient m that outlives a step, 0 or more and below 1; a schedule's momentum takes its place.
    /// </summary>
    [Range(0, 1, BelowMost = true)]
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>The share of the mean squared gradient v that outlives a step, 0 or more and below 1.</summary>
    [Range(0, 1, BelowMost = true)]
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the divisor, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public float Epsilon { get; init; } = 1e-8f;

    /// <inheritdoc/>
    public override int StateCount => 2;

    /// <summary>Whether weight decay stays out of the gradient, as with <see cref="AdamW"/>.</summary>
    protected virtual bool Decoupled => false;

    /// <inheritdoc/>
    public override void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step) =>
        ParameterLoop.Run(new Rule(this, step), weights, gradients, state);

    private readonly struct Rule : IParameterUpdate
    {
        private readonly Vector<float> _keep1, _take1, _keep2, _take2, _rate, _spread, _epsilon, _decay, _shrink;

        public Rule(Adam adam, in OptimizerStep step)
        {
            double beta1 = step.Momentum ?? adam.Beta1, beta2 = adam.Beta2, count = step.Index + 1.0;
            _keep1 = new((float)beta1);
            _take1 = new((float)(1 - beta1));
            _keep2 = new((float)beta2);
            _take2 = new((float)(1 - beta2));
            _rate = new((float)(step.LearningRate / (1 - Math.Pow(beta1, count))));
            _spread = new((float)(1 / Math.Sqrt(1 - Math.Pow(beta2, count))));
            _epsilon = new(adam.Epsilon);
            _decay = new(adam.Decoupled ? 0 : step.WeightDecay);
            _shrink = new(adam.Decoupled ? (float)(1 - ((double)step.LearningRate * step.WeightDecay)) : 1);
        }

        public static int StateCount => 2;

        public void Apply(Vector<float> gradient, ref Vector<float> weight, ref Vector<float> mean, ref Vector<float> square)
        {
            gradient += _decay * weight;
            mean = (_keep1 * mean) + (_take1 * gradient);
            square = (_keep2 * square) + (_take2 * (gradient * gradient));
            weight = (weight * _shrink) - (_rate * mean / ((Vector.SquareRoot(square) * _spread) + _epsilon));
        }
    }
}
