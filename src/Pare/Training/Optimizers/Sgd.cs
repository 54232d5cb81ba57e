using System.Numerics;

namespace Pare.Training.Optimizers;

/// <summary>
/// Stochastic gradient descent with momentum. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML
/// 2013, in PyTorch's form.
/// </summary>
/// <remarks>
/// g += decay w; v = momentum v + (1 - dampening) g, at the first step v = g; u = v, or g + momentum v with Nesterov; w -= rate u.
/// The rate stands outside the velocity v, so a change of rate does not rescale it.
/// </remarks>
public sealed record Sgd : Optimizer
{
    /// <summary>
    /// The share of the velocity that outlives a step, 0 or more and below 1; with 0 there is no velocity, whatever a schedule asks for.
    /// </summary>
    [Range(0, 1, BelowMost = true)]
    public float Momentum { get; init; } = 0.9f;

    /// <summary>Whether the step looks ahead along the velocity.</summary>
    public bool Nesterov { get; init; }

    /// <summary>The share of the gradient that is kept out of the velocity, 0 up to 1.</summary>
    [Range(0, 1)]
    public float Dampening { get; init; }

    /// <inheritdoc/>
    public override int StateCount => Momentum > 0 ? 1 : 0;

    /// <inheritdoc/>
    public override void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step)
    {
        if (StateCount == 0)
        {
            ParameterLoop.Run(new Plain(step), weights, gradients, state);
            return;
        }

        float momentum = step.Momentum ?? Momentum;
        var update = step.Index == 0 ? new WithVelocity(step, 0, 1, momentum, Nesterov)
            : new WithVelocity(step, momentum, 1 - Dampening, momentum, Nesterov);
        ParameterLoop.Run(update, weights, gradients, state);
    }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        if (Nesterov && (Momentum == 0 || Dampening != 0))
            throw new ArgumentException("nesterov needs a momentum above 0 and no dampening.");
    }

    private readonly struct Plain(in OptimizerStep step) : IParameterUpdate
    {
        private readonly Vector<float> _rate = new(step.LearningRate), _decay = new(step.WeightDecay);

        public static int StateCount => 0;

        public void Apply(Vector<float> gradient, ref Vector<float> weight, ref Vector<float> first, ref Vector<float> second) =>
            weight -= _rate * (gradient + (_decay * weight));
    }

    private readonly struct WithVelocity(in OptimizerStep step, float keep, float take, float momentum, bool nesterov) : IParameterUpdate
    {
        private readonly Vector<float> _rate = new(step.LearningRate), _decay = new(step.WeightDecay);
        private readonly Vector<float> _keep = new(keep), _take = new(take), _momentum = new(momentum);
        private readonly bool _nesterov = nesterov;

        public static int StateCount => 1;

        public void Apply(Vector<float> gradient, ref Vector<float> weight, ref Vector<float> velocity, ref Vector<float> second)
        {
            gradient += _decay * weight;
            velocity = (_keep * velocity) + (_take * gradient);
            weight -= _rate * (_nesterov ? gradient + (_momentum * velocity) : velocity);
        }
    }
}
