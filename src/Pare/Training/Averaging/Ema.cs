using Pare.Graphs;

namespace Pare.Training.Averaging;

/// <summary>
/// Exponential moving average of the weights, after each step. Polyak, Juditsky 1992, SIAM Journal on Control and Optimization 30(4).
/// </summary>
/// <remarks>average = d average + (1 - d) weights; the first step copies. The running statistics of norms are averaged alike.</remarks>
public sealed record Ema : AveragingTechnique
{
    // An average that is half of it or more what the training began with says little of where it ended.
    private const double MostOfFirst = 0.5;

    /// <summary>The share d of the average that outlives a step, 0 or more and below 1.</summary>
    [Range(0, 1, BelowMost = true)]
    public double Decay { get; init; } = 0.999;

    /// <summary>
    /// Steps after which a weight counts half, above 0; takes the place of the decay: d = 2^(-1 / half-life). Null to use the decay.
    /// </summary>
    [Range(0, AboveLeast = true)]
    public double? HalfLife { get; init; }

    /// <summary>
    /// Whether step t decays by (1 + t) / (10 + t) while that is less than d, so that a short run does not remember its start.
    /// </summary>
    public bool Warmup { get; init; } = true;

    /// <summary>Whether the running statistics are measured anew with the averaged weights after the training.</summary>
    public bool Recalibrate { get; init; }

    /// <inheritdoc/>
    public override string Key => "ema";

    /// <summary>The decay of a step: the share of the average that outlives it.</summary>
    /// <param name="step">Counted from 0; the first has none.</param>
    public double DecayAt(long step)
    {
        double decay = HalfLife is { } half ? Math.Pow(2, -1 / half) : Decay;
        if (step == 0) return 0;
        return Warmup ? Math.Min(decay, (1.0 + step) / (10.0 + step)) : decay;
    }

    internal override string? TooShort(RunLength run)
    {
        double first = Warmup ? 0 : Math.Pow(DecayAt(1), run.Steps - 1);
        string setting = HalfLife is { } half ? Invariant($"half_life is {half}") : Invariant($"decay is {Decay}");
        return first <= MostOfFirst ? null
            : Invariant($"{setting}: at the run's end the average is still to {100 * first:F0} % the weights of its first step");
    }

    /// <inheritdoc/>
    public override BatchWeighting? Recalibration => Recalibrate ? BatchWeighting.Size : null;

    /// <inheritdoc/>
    public override WeightAverage Begin(Network network, int epochs) => new Average(this, network);

    private sealed class Average(Ema ema, Network network) : WeightAverage(network.Copy())
    {
        public override void AfterStep(StepFacts step)
        {
            double share = 1 - ema.DecayAt(step.Step);
            Move(Network.Weights, network.Weights, share);
            Move(Network.Statistics, network.Statistics, share);
        }
    }
}
