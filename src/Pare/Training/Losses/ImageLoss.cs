using Pare.Execution;

namespace Pare.Training.Losses;

/// <summary>
/// A loss of one image as a pure function of what the network says about it: a term beside the cross entropy, or another loss in its place.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/> and <see cref="Add"/>. Several threads call it at once and in no
/// order, so it remembers nothing: what it says follows from its settings, its arguments and <see cref="LossFacts"/> alone. A step makes
/// the mean over its images smaller. Validation and test are measured by the cross entropy, as always.
/// </remarks>
public abstract record ImageLoss : LossTechnique
{
    /// <summary>For losses of one's own.</summary>
    protected ImageLoss()
    {
    }

    /// <summary>
    /// Whether it takes the place of the cross entropy, and of the losses that were named before it. A loss that does not is added to them.
    /// </summary>
    public virtual bool Replaces => false;

    /// <summary>The loss of one image, and its gradient. It should allocate nothing.</summary>
    /// <param name="facts">Step, epoch, draws.</param>
    /// <param name="logits">One per class, before the softmax.</param>
    /// <param name="targets">One weight a class, as other techniques have left them; they sum to 1.</param>
    /// <param name="dLogits">
    /// Where the gradient of the image's loss with respect to each logit is written; 0 before. It is divided by the images of the batch
    /// later.
    /// </param>
    /// <returns>The image's loss.</returns>
    public abstract double Add(in LossFacts facts, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dLogits);

    internal sealed override ILoss Around(ILoss loss, in LossContext context) => new OwnLoss(this, loss, context);
}
