namespace Pare.Training;

/// <summary>Where a training stands; reported a few times a second, and at the end of each epoch with what it measured.</summary>
/// <param name="Epoch">The present epoch, counted from 1.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">All steps of the run.</param>
/// <param name="Loss">Mean loss of the present epoch so far.</param>
/// <param name="ImagesPerSecond">Training images per second of the present epoch.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="Remaining">Until the last step, at the mean speed so far, in pixels where the images grow.</param>
/// <param name="EpochEnd">What the epoch measured, at its end; otherwise null.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, long Step, long Steps, double Loss, double ImagesPerSecond,
    TimeSpan Elapsed, TimeSpan Remaining, EpochMetrics? EpochEnd);
