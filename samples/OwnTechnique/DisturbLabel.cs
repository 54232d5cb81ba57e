using Pare;
using Pare.Training;
using Pare.Training.Losses;

namespace OwnTechnique;

/// <summary>Exchanges the class of a few images for another at random, so that a network does not memorize wrong labels.</summary>
/// <remarks>Xie et al. 2016, arXiv 1605.00055: DisturbLabel.</remarks>
public sealed record DisturbLabel : TargetTechnique
{
    /// <summary>How likely an image gets a class drawn from all.</summary>
    public float Probability { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override string Key => "disturb_label";

    /// <inheritdoc/>
    public override void Apply(in LossFacts facts, Span<float> targets)
    {
        SeededRandom random = facts.Random;
        if (random.NextSingle() >= Probability) return;
        targets.Clear();
        targets[random.NextInt(targets.Length)] = 1;
    }
}
