using Pare.Graphs;
using Pare.Training.Schedules;

namespace Pare.Training.Averaging;

/// <summary>
/// Stochastic weight averaging: the mean of the weights at the ends of the last epochs. Izmailov et al. 2018, arXiv 1803.05407.
/// </summary>
/// <remarks>
/// average += (weights - average) / (n + 1) with n averaged before; the first copies. The running statistics of norms do not belong to
/// averaged weights, so they are measured anew after the training (<see cref="StatisticsRecalibration"/>).
/// </remarks>
public sealed record Swa : AveragingTechnique
{
    /// <summary>The share of the epochs that passes before averaging begins, 0 or more and below 1; rounded down to whole epochs.</summary>
    [Range(0, 1, BelowMost = true)]
    public double Start { get; init; } = 0.75;

    /// <summary>Epochs from one averaged set of weights to the next, 1 or more.</summary>
    [Range(1)]
    public int Every { get; init; } = 1;

    /// <summary>A constant learning rate while averaging, above 0; null keeps the schedule.</summary>
    [Range(0, AboveLeast = true)]
    public double? Rate { get; init; }

    /// <summary>Epochs in which the learning rate goes from the schedule's to <see cref="Rate"/>, 0 or more.</summary>
    [Range(0)]
    public int AnnealEpochs { get; init; } = 1;

    /// <summary>The curve on which it goes there.</summary>
    public Anneal Anneal { get; init; } = Anneal.Cosine;

    /// <summary>How batches count when the running statistics are measured anew.</summary>
    public BatchWeighting BatchWeighting { get; init; } = BatchWeighting.Size;

    /// <inheritdoc/>
    public override string Key => "swa";

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        int first = EpochsBefore(run.Epochs) + Every;
        if (first > run.Epochs)
            throw new ArgumentException(
                $"every is {Every}: the first weights would be averaged after epoch {first}, and the run has {run.Epochs}.");
    }

    internal override string? TooShort(RunLength run)
    {
        int epochs = (int)(run.Steps / run.StepsPerEpoch), left = epochs - EpochsBefore(epochs);
        return Rate is null || AnnealEpochs <= left ? null
            : $"anneal_epochs is {AnnealEpochs}, and averaging has {left} of {epochs}: the run ends before its rate is reached";
    }

    /// <inheritdoc/>
    public override BatchWeighting? Recalibration => BatchWeighting;

    /// <inheritdoc/>
    public override WeightAverage Begin(Network network, int epochs) => new Average(this, network, EpochsBefore(epochs));

    /// <inheritdoc/>
    public override Schedule Around(Schedule schedule, int epochs) => Rate is { } rate
        ? new SwaSchedule
        {
            Before = schedule,
            Rate = rate,
            Start = (double)EpochsBefore(epochs) / epochs,
            AnnealFraction = (double)AnnealEpochs / epochs,
            Anneal = Anneal
        }
        : schedule;

    // A hair above, for 0.29 of 100 is 28.999999999999996.
    private int EpochsBefore(int epochs) => (int)((Start * epochs) + 1e-9);

    private sealed class Average(Swa swa, Network network, int epochsBefore) : WeightAverage(network.Copy())
    {
        private long _averaged;

        public override bool Began => _averaged > 0;

        public override void AfterEpoch(int epoch)
        {
            int since = epoch - epochsBefore;
            if (since <= 0 || since % swa.Every != 0) return;
            _averaged++;
            Move(Network.Weights, network.Weights, 1.0 / _averaged);
        }

        // The running statistics are measured anew, whatever they were.
        public override void Exchange(StateExchange state)
        {
            state.Array("weights", Network.Weights);
            state.Counter("count", ref _averaged);
        }
    }
}
