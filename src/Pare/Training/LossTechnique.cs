using Pare.Execution;

namespace Pare.Training;

/// <summary>A technique that changes what a step makes smaller.</summary>
public abstract record LossTechnique : Technique
{
    private protected LossTechnique()
    {
    }

    /// <summary>Puts the technique around a loss.</summary>
    internal abstract ILoss Around(ILoss loss, in LossContext context);
}
