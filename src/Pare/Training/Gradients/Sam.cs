using System.Numerics.Tensors;
using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>
/// Sharpness-aware minimization: the gradient is taken where the loss is worst nearby, which leads to flat minima. Works with any
/// optimizer.
/// Foret et al. 2020, arXiv 2010.01412.
/// </summary>
/// <remarks>
/// e = rho g / (|g| + 1e-12) with one norm over all parameters; the optimizer steps from w with the gradient at w + e. Weight decay acts in
/// the optimizer, at w, and not in e. Running statistics move in the first pass only; loss and accuracy are the first pass's.
/// </remarks>
public sealed record Sam : GradientTechnique
{
    internal const float Smallest = 1e-12f;

    /// <summary>The length of the perturbation, 0 or more; 0 is the plain optimizer.</summary>
    [Range(0)]
    public float Rho { get; init; } = 0.05f;

    /// <summary>
    /// Perturbs in every so many steps, 1 or more: the others cost one pass instead of two. The radius is not scaled; multiply it by this
    /// number yourself.
    /// </summary>
    [Range(1)]
    public int Every { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "sam";

    /// <inheritdoc/>
    public override bool Acts => Rho > 0;

    /// <inheritdoc/>
    public override string? Purpose => "sharpness-aware minimization";

    /// <inheritdoc/>
    public override GradientPlace Place => GradientPlace.Search;

    /// <inheritdoc/>
    public override int WeightCopies => 1;

    /// <summary>w += rho g / (|g| + 1e-12), in place; a gradient of 0 moves nothing.</summary>
    /// <param name="weights">All parameters.</param>
    /// <param name="gradients">As long as <paramref name="weights"/>.</param>
    /// <param name="rho">The length of the move.</param>
    /// <returns>|g|.</returns>
    public static float Perturb(Span<float> weights, ReadOnlySpan<float> gradients, float rho)
    {
        float norm = Norm(gradients);
        TensorPrimitives.MultiplyAdd(gradients, rho / (norm + Smallest), weights, weights);
        return norm;
    }

    /// <inheritdoc/>
    public override IGradientRule Begin(Network network) =>
        new PerturbedGradient(network, Every, (weights, gradients) => Perturb(weights, gradients, Rho));
}
