using Pare.Data;
using Pare.Evaluation;
using Pare.Kernels;

namespace Pare.Inference;

/// <summary>The logits that a network gives for images, as the measure of others that shall say the same.</summary>
/// <param name="images">The images, their classes numbered as the network's outputs.</param>
/// <param name="chosen">Which of them.</param>
/// <param name="expected">The logits, <c>[image][class]</c>.</param>
/// <exception cref="RunException">One of them is not a finite number.</exception>
internal sealed class LogitComparison(ImageSet images, IReadOnlyList<int> chosen, float[] expected)
{
    private readonly int _classes = expected.All(float.IsFinite) ? expected.Length / chosen.Count
        : throw NonFiniteOutput.Error("the validation images");

    /// <summary>The share of the images that the network gets right.</summary>
    public double Accuracy => Enumerable.Range(0, chosen.Count).Count(i => Best(expected, i) == images.Labels[chosen[i]])
        / (double)chosen.Count;

    /// <summary>Holds other logits against them.</summary>
    /// <param name="logits"><c>[image][class]</c>.</param>
    /// <returns>
    /// The share of the images that they get right, that of which they name the same class, and the mean divergence of their probabilities.
    /// </returns>
    public (double Accuracy, double Agreement, double Divergence) Of(float[] logits)
    {
        int right = 0, same = 0;
        double divergence = 0;
        for (int i = 0; i < chosen.Count; i++)
        {
            int best = Best(logits, i);
            if (best == images.Labels[chosen[i]]) right++;
            if (best == Best(expected, i)) same++;
            divergence += Divergence(expected.AsSpan(i * _classes, _classes), logits.AsSpan(i * _classes, _classes));
        }

        return ((double)right / chosen.Count, (double)same / chosen.Count, divergence / chosen.Count);
    }

    private int Best(float[] logits, int image) => Largest.Of(logits.AsSpan(image * _classes, _classes));

    private static double Divergence(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        (double offA, double offB) = (Normalizer(a), Normalizer(b));
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            double p = a[k] - offA;
            sum += Math.Exp(p) * (p - (b[k] - offB));
        }

        return Math.Max(sum, 0);
    }

    private static double Normalizer(ReadOnlySpan<float> logits)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) most = Math.Max(most, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - most);
        return most + Math.Log(sum);
    }
}
