using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>
/// Trains on images that were changed against the network: one step of the fast gradient sign method from a random start. Wong, Rice,
/// Kolter 2020, arXiv 2001.03994.
/// </summary>
/// <remarks>
/// d from U(-epsilon, epsilon) for each pixel; d = clip(d + alpha sign(dL / dx at x + d), -epsilon, epsilon); the step is taken with x + d,
/// which is cut to 0 to 1 both times. Distances are in pixel units before normalization. Loss and accuracy of a step are those of the
/// changed images. Norms use the batch in both passes and move their running statistics in the second only; dropout is the same in both.
/// </remarks>
public sealed record AdversarialTraining : GradientTechnique
{
    /// <summary>The most that a pixel is changed, where white is 1; 0 up to 1.</summary>
    [Range(0, 1)]
    public float Epsilon { get; init; } = 8 / 255f;

    /// <summary>The step along the sign of the gradient, where white is 1, above 0 up to 2; without it 1.25 epsilon.</summary>
    [Range(0, 2, AboveLeast = true)]
    public float? Alpha { get; init; }

    /// <summary>The share of a batch that is attacked, 0 to 1; the other images stay clean.</summary>
    [Range(0, 1)]
    public float Share { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "adversarial_training";

    /// <inheritdoc/>
    public override bool Acts => Epsilon > 0 && Share > 0;

    /// <inheritdoc/>
    public override GradientPlace Place => GradientPlace.Images;

    internal override bool NeedsImageGradient => true;

    /// <summary>d = clip(d + alpha sign(g), -epsilon, epsilon), in place; where g is 0 or no number nothing moves.</summary>
    /// <param name="change">d.</param>
    /// <param name="gradient">g, of the loss with respect to the changed image.</param>
    /// <param name="epsilon">The most that may be changed.</param>
    /// <param name="alpha">The length of the step.</param>
    public static void Move(Span<float> change, ReadOnlySpan<float> gradient, float epsilon, float alpha)
    {
        for (int i = 0; i < change.Length; i++) change[i] = Moved(change[i], gradient[i], epsilon, alpha);
    }

    /// <inheritdoc/>
    public override IGradientRule Begin(Network network) => new AttackedImages(this);

    internal static float Moved(float change, float gradient, float epsilon, float alpha) =>
        Math.Clamp(change + (gradient > 0 ? alpha : gradient < 0 ? -alpha : 0), -epsilon, epsilon);
}
