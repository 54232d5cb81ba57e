using System.Diagnostics.CodeAnalysis;
using Pare.Graphs;

namespace Pare.Training.Optimizers;

/// <summary>
/// A rule that turns gradients into new weights. It is only settings; what it remembers between steps is handed in, so that
/// one rule serves every parameter and any cut of the parameters among threads gives the same bits.
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public abstract record Optimizer
{
    /// <summary>Weight decay, 0 or more; how it acts depends on the rule.</summary>
    [Range(0)]
    public float WeightDecay { get; init; }

    /// <summary>
    /// Whether biases and the scales and shifts of norms decay too. Off by default, unlike PyTorch: shrinking them costs small networks
    /// accuracy.
    /// </summary>
    public bool DecayNormsAndBiases { get; init; }

    /// <summary>Values remembered for each parameter: 0 for plain SGD, 1 with momentum, 2 for Adam.</summary>
    public abstract int StateCount { get; }

    /// <summary>The weight decay of a parameter of that role, for <see cref="OptimizerStep.WeightDecay"/>.</summary>
    public float DecayOf(ParameterRole role) => role switch
    {
        ParameterRole.Weight => WeightDecay,
        ParameterRole.NormOrBias when DecayNormsAndBiases => WeightDecay,
        _ => 0,
    };

    /// <summary>Moves a span of parameters by one step. It allocates nothing.</summary>
    /// <param name="weights">The parameters, changed in place.</param>
    /// <param name="gradients">The gradient of the loss with respect to each; as long as <paramref name="weights"/>.</param>
    /// <param name="state">
    /// <see cref="StateCount"/> spans laid one after another, each as long as <paramref name="weights"/>; all 0 before the first step.
    /// </param>
    /// <param name="step">The step.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public abstract void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step);

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or two contradict each other.</exception>
    public void Validate()
    {
        SettingRanges.Check(GetType(), this);
        ValidateSettings();
    }

    /// <summary>Checks what no range of a single setting says.</summary>
    /// <exception cref="ArgumentException">Two settings contradict each other.</exception>
    protected virtual void ValidateSettings()
    {
    }
}
