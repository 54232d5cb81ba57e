using Pare.Execution;

namespace Pare.Training.Optimizers;

/// <summary>A technique between the loss and the optimizer, whichever it is: it decides which gradient the optimizer is given.</summary>
public abstract record GradientTechnique : Technique
{
    /// <summary>Where several are on, those of a low order come first: 0 chooses where the gradient is taken, 1 changes what came out.</summary>
    internal abstract int Order { get; }

    /// <summary>Puts the technique around what finds the gradient.</summary>
    internal abstract IGradientStep Around(IGradientStep gradient, TrainingPlan plan);
}
