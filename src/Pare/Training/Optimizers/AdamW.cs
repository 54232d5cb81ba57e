namespace Pare.Training.Optimizers;

/// <summary>
/// Adam whose weight decay stays out of the gradient: w *= 1 - rate decay, then Adam's step. Loshchilov, Hutter 2017, arXiv 1711.05101.
/// </summary>
/// <remarks>The paper multiplies the decay by the schedule's factor only; as in PyTorch, it is multiplied by the whole rate here.</remarks>
public sealed record AdamW : Adam
{
    /// <summary>Starts from the usual decay of 0.01.</summary>
    public AdamW() => WeightDecay = 0.01f;

    /// <inheritdoc/>
    protected override bool Decoupled => true;
}
