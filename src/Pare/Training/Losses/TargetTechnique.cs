using Pare.Execution;

namespace Pare.Training.Losses;

/// <summary>
/// A technique that changes what a network shall say about an image, such as label smoothing. The accuracy of the training counts the
/// targets as they were; validation and test know nothing of it.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/> and <see cref="Apply"/>. Several threads call it at once and in
/// no order, so it remembers nothing: what it does follows from its settings, the targets and <see cref="LossFacts"/> alone. Where several
/// are on, the last named acts first.
/// </remarks>
public abstract record TargetTechnique : LossTechnique
{
    /// <summary>For techniques of one's own.</summary>
    protected TargetTechnique()
    {
    }

    /// <summary>Changes the targets of one image in place. It should allocate nothing.</summary>
    /// <param name="facts">Step, epoch, draws.</param>
    /// <param name="targets">
    /// One weight a class in the order of the outputs, 0 or more, summing to 1: of a mixed image both classes have one.
    /// </param>
    public abstract void Apply(in LossFacts facts, Span<float> targets);

    internal sealed override ILoss Around(ILoss loss, in LossContext context) => new OwnTargets(this, loss, context);
}
