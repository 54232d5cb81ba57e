using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Gradients;

/// <summary>The gradient that a technique's rule makes of another.</summary>
/// <param name="key">The technique's.</param>
/// <param name="rule">What it does.</param>
/// <param name="inner">Finds the gradient that it begins with.</param>
/// <param name="plan">Holds weights and gradient.</param>
/// <param name="length">Numbers the steps.</param>
internal sealed class RuledGradient(string key, IGradientRule rule, IGradientStep inner, TrainingPlan plan, RunLength length)
    : IGradientStep, IStateful
{
    private readonly GradientPass _pass = new(inner, plan);
    private readonly long _stream = Technique.StreamOf(key);

    public StepResult Run(IBatchSource source, int images, long step)
    {
        _pass.Begin(source, images, length.At(step), length.Seed, _stream);
        StepResult result = rule.Run(_pass);
        return _pass.Taken ? result : throw new InvalidOperationException($"{key} took no gradient: the one of another step is left.");
    }

    public void Exchange(StateExchange state)
    {
        state.Of(key, rule);
        if (inner is IStateful stateful) stateful.Exchange(state);
    }
}
