using System.Numerics;

namespace Pare.Training.Optimizers;

/// <summary>The formula of an optimizer, for as many parameters at once as a vector holds.</summary>
internal interface IParameterUpdate
{
    /// <summary>Values remembered for each parameter, 0 to 2.</summary>
    static abstract int StateCount { get; }

    /// <summary>New weight and new state from the gradient. State beyond <see cref="StateCount"/> is neither read nor kept.</summary>
    void Apply(Vector<float> gradient, ref Vector<float> weight, ref Vector<float> first, ref Vector<float> second);
}
