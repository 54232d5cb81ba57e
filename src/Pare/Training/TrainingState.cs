namespace Pare.Training;

/// <summary>
/// All that the rest of a training depends on, between two of its steps, as plain data: a session that begins with it ends with the
/// bytes of the one that it was taken from. What follows from seed, step, epoch and image (order of the images, augmentation, dropout,
/// learning rate) is not in it; options, network and images must be the same.
/// </summary>
public sealed record TrainingState
{
    /// <summary>The version that this library writes, and the highest that it reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of this form.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>All steps of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>All epochs of the run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Images of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The run's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Says which structure the weights belong to: a digest of layers, shapes and names.</summary>
    public required string Graph { get; init; }

    /// <summary>A digest of the images: which are trained on, their labels, means and deviations. Null where it is not compared.</summary>
    public string? Images { get; init; }

    /// <summary>A digest of the techniques' keys and of the schedule's rates. Null where it is not compared.</summary>
    public string? Settings { get; init; }

    /// <summary>
    /// What the finished epochs measured. One fewer than the steps make says that an epoch's steps are done and what follows them is not.
    /// </summary>
    public required IReadOnlyList<EpochMetrics> Metrics { get; init; }

    /// <summary>Sum of the losses of the steps since the last finished epoch.</summary>
    public double LossSum { get; init; }

    /// <summary>Sum of their accuracies, each 0 to 1.</summary>
    public double AccuracySum { get; init; }

    /// <summary>Wall time of the training so far, what lay between interruption and resumption left out.</summary>
    public double Seconds { get; init; }

    /// <summary>Wall time of the steps alone, those of the present epoch included.</summary>
    public double StepSeconds { get; init; }

    /// <summary>Wall time of the steps since the last finished epoch.</summary>
    public double EpochSeconds { get; init; }

    /// <summary>How long the steps since the last finished epoch waited for their images.</summary>
    public double EpochWaitedSeconds { get; init; }

    /// <summary>How often the training diverged and went back, each time with half the learning rate; in their order.</summary>
    public IReadOnlyList<Restart> Restarts { get; init; } = [];

    /// <summary>
    /// Values by name: <c>weights</c>, <c>statistics</c> (running means and variances), <c>optimizer.decaying</c>, <c>average.weights</c>,
    /// and what techniques keep from step to step. Where a training that diverges is to go back, the same with <c>epoch_start.</c>
    /// before it is of the beginning of the epoch.
    /// </summary>
    public required IReadOnlyDictionary<string, float[]> Arrays { get; init; }

    /// <summary>Whole numbers by name, which techniques keep from step to step, such as <c>average.count</c>.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();
}
