using Pare;
using Pare.Training;
using Pare.Training.Losses;

namespace OwnTechnique;

/// <summary>
/// Counts images less the surer the network is of their class: -sum of q (1 - p)^gamma log p over the classes, with p = softmax of the
/// logits. Lin et al. 2017, arXiv 1708.02002, without its balancing of classes; with gamma 0 it is the cross entropy.
/// </summary>
public sealed record FocalLoss : ImageLoss
{
    /// <summary>How much less, 0 or more.</summary>
    public double Gamma { get; init; } = 2;

    /// <inheritdoc/>
    public override string Key => "focal_loss";

    /// <inheritdoc/>
    public override bool Replaces => true;

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (!(Gamma >= 0 && double.IsFinite(Gamma))) throw new ArgumentException($"gamma is {Gamma}; it must be 0 or more.");
    }

    /// <inheritdoc/>
    public override double Add(in LossFacts facts, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dLogits)
    {
        double largest = double.NegativeInfinity, sum = 0, loss = 0, weighted = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - largest);

        // With f the term of a class and its derivative f' by log p: L = sum of q f, dL/dz = q f' - p sum of q f'.
        for (int k = 0; k < logits.Length; k++)
        {
            (double value, double slope) = Term(logits[k] - largest - Math.Log(sum));
            loss += targets[k] * value;
            weighted += targets[k] * slope;
        }

        for (int k = 0; k < logits.Length; k++)
        {
            double log = logits[k] - largest - Math.Log(sum);
            dLogits[k] = (float)((targets[k] * Term(log).Slope) - (Math.Exp(log) * weighted));
        }

        return loss;
    }

    // -(1 - p)^gamma log p, and its derivative with respect to log p.
    private (double Value, double Slope) Term(double log)
    {
        double p = Math.Exp(log), rest = Math.Max(1 - p, 1e-12), factor = Math.Pow(rest, Gamma);
        return (-factor * log, factor * ((Gamma * p * log / rest) - 1));
    }
}
