using System.Numerics.Tensors;
using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>
/// Adaptive sharpness-aware minimization: SAM with a perturbation in proportion to each weight, so that a network whose layers
/// are scaled against each other is as sharp as before. Kwon et al. 2021, arXiv 2102.11600.
/// </summary>
/// <remarks>
/// e = rho T^2 g / (|T g| + 1e-12) with one norm over all parameters. As in the authors' code T = |w| + eta for the weights of
/// convolutions, linear layers and norms, and 1 for biases and the shifts of norms.
/// </remarks>
public sealed record Asam : GradientTechnique
{
    /// <summary>The length of the perturbation measured in T, 0 or more; about ten times SAM's. 0 is the plain optimizer.</summary>
    [Range(0)]
    public float Rho { get; init; } = 0.5f;

    /// <summary>Added to a weight's magnitude, so that a weight near 0 can move, 0 or more.</summary>
    [Range(0)]
    public float Eta { get; init; } = 0.01f;

    /// <summary>Perturbs in every so many steps, 1 or more. The radius is not scaled; multiply it by this number yourself.</summary>
    [Range(1)]
    public int Every { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "asam";

    /// <inheritdoc/>
    public override bool Acts => Rho > 0;

    /// <inheritdoc/>
    public override string? Purpose => "sharpness-aware minimization";

    /// <inheritdoc/>
    public override GradientPlace Place => GradientPlace.Search;

    /// <inheritdoc/>
    public override int WeightCopies => 3;

    /// <summary>T = |w| + eta.</summary>
    /// <param name="weights">The weights of a layer.</param>
    /// <param name="eta">Added to their magnitude.</param>
    /// <param name="scale">T, as long as <paramref name="weights"/>.</param>
    public static void Scale(ReadOnlySpan<float> weights, float eta, Span<float> scale)
    {
        TensorPrimitives.Abs(weights, scale);
        TensorPrimitives.Add(scale, eta, scale);
    }

    /// <summary>w += rho T^2 g / (|T g| + 1e-12), in place.</summary>
    /// <param name="weights">All parameters.</param>
    /// <param name="gradients">As long as <paramref name="weights"/>.</param>
    /// <param name="scale">T, likewise.</param>
    /// <param name="rho">The length of the move.</param>
    /// <param name="scratch">Likewise, overwritten.</param>
    /// <returns>|T g|.</returns>
    public static float Perturb(Span<float> weights, ReadOnlySpan<float> gradients, ReadOnlySpan<float> scale, float rho,
        Span<float> scratch)
    {
        TensorPrimitives.Multiply(gradients, scale, scratch);
        float norm = Norm(scratch);
        TensorPrimitives.Multiply(scratch, scale, scratch);
        TensorPrimitives.MultiplyAdd(scratch, rho / (norm + Sam.Smallest), weights, weights);
        return norm;
    }

    /// <inheritdoc/>
    public override IGradientRule Begin(Network network)
    {
        Parameter[] scaled = [.. network.Parameters.Where(static parameter => parameter.Spec.Name == "weight")];
        float[] scale = new float[network.Weights.Length], scratch = new float[scale.Length];
        Array.Fill(scale, 1f);
        return new PerturbedGradient(network, Every, (weights, gradients) =>
        {
            foreach (Parameter parameter in scaled)
                Scale(network.Values(parameter), Eta, scale.AsSpan(parameter.Offset, parameter.Length));
            Perturb(weights, gradients, scale, Rho, scratch);
        });
    }
}
