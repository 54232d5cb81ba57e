using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>
/// Shortens a gradient that is too long, keeping its direction. Pascanu, Mikolov, Bengio 2012, arXiv 1211.5063, algorithm 1.
/// </summary>
/// <remarks>
/// g *= max norm / |g| where |g| exceeds it, with one norm over all parameters. It acts on the gradient that the optimizer is given: under
/// SAM on the second.
/// </remarks>
public sealed record GradientClipping : GradientTechnique
{
    /// <summary>The most that a gradient's length may be, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public float MaxNorm { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "gradient_clipping";

    /// <summary>Shortens a gradient in place.</summary>
    /// <param name="gradients">Of all parameters.</param>
    /// <param name="maxNorm">The most that its length may be.</param>
    /// <returns>The length that it had.</returns>
    public static float Clip(Span<float> gradients, float maxNorm)
    {
        float norm = Norm(gradients);
        if (norm > maxNorm) TensorPrimitives.Multiply(gradients, maxNorm / norm, gradients);
        return norm;
    }

    /// <inheritdoc/>
    public override IGradientRule Begin(Network network) => new Clipped(MaxNorm);

    private sealed class Clipped(float maxNorm) : IGradientRule
    {
        public StepResult Run(GradientPass pass)
        {
            StepResult result = pass.Take();
            Clip(pass.Gradients, maxNorm);
            return result;
        }
    }
}
