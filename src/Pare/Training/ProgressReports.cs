namespace Pare.Training;

/// <summary>Tells a listener where a training stands, a few times a second and at each epoch's end.</summary>
/// <param name="progress">The listener.</param>
/// <param name="clock">Tells when it was told last.</param>
internal sealed class ProgressReports(IProgress<TrainingProgress> progress, TimeProvider clock) : ITrainingCallback
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private long _last = clock.GetTimestamp();

    public void AfterStep(TrainingSession session)
    {
        if (clock.GetElapsedTime(_last) < Interval) return;
        _last = clock.GetTimestamp();
        progress.Report(session.Progress());
    }

    public void AfterEpoch(TrainingSession session, EpochMetrics epoch) => progress.Report(session.Progress(epoch));
}
