using Pare.Execution;

namespace Pare.Training.Losses;

/// <summary>
/// A technique that changes what a step makes smaller. One's own derive from <see cref="TargetTechnique"/> or <see cref="ImageLoss"/>.
/// </summary>
public abstract record LossTechnique : Technique
{
    private protected LossTechnique()
    {
    }

    /// <summary>Floats that the technique keeps, counted before they are taken.</summary>
    /// <param name="batchSize">Images of a step.</param>
    /// <param name="threads">Threads of a step.</param>
    internal virtual long Floats(int batchSize, int threads) => 0;

    /// <summary>
    /// Whether the technique takes the place of the cross entropy: within all others, whose changed targets it gets, in whatever order they
    /// are named.
    /// </summary>
    internal virtual bool IsInnermost => false;

    /// <summary>Puts the technique around a loss.</summary>
    internal abstract ILoss Around(ILoss loss, in LossContext context);
}
