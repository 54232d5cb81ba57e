using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// Writes checkpoints of a training: after so much time, and at the end of an epoch when that costs no more than a hundredth of the time
/// since the last. Time is that of a clock which nobody sets.
/// </summary>
/// <param name="files">Where.</param>
/// <param name="origin">What the training belongs to.</param>
/// <param name="interval">The longest time without one.</param>
/// <param name="watch">Called once a second and before each, to see to the folder.</param>
/// <param name="clock">The clock.</param>
internal sealed class CheckpointWriter(CheckpointFiles files, CheckpointOrigin origin, TimeSpan interval, Action<TrainingSession> watch,
    TimeProvider clock) : ITrainingCallback
{
    private const int LeastShare = 100;
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromSeconds(1);

    private long _written, _watched;

    // A guess, until one was written.
    private TimeSpan _cost = TimeSpan.FromMilliseconds(10);

    public void BeforeRun(TrainingSession session) => _written = _watched = clock.GetTimestamp();

    public void AfterStep(TrainingSession session)
    {
        long now = clock.GetTimestamp();
        if (clock.GetElapsedTime(_written, now) >= interval) Write(session);
        else if (clock.GetElapsedTime(_watched, now) >= s_watchInterval) Watch(session);
    }

    public void AfterEpoch(TrainingSession session, EpochMetrics epoch)
    {
        if (clock.GetElapsedTime(_written) >= LeastShare * _cost) Write(session);
    }

    /// <summary>Writes one now.</summary>
    /// <exception cref="RunException">The disk is full or gone, or the folder was taken by another program.</exception>
    public void Write(TrainingSession session)
    {
        Watch(session);
        long start = clock.GetTimestamp();
        files.Write(new Checkpoint(session.Capture(), origin));
        _written = clock.GetTimestamp();
        _cost = clock.GetElapsedTime(start, _written);
    }

    private void Watch(TrainingSession session)
    {
        watch(session);
        _watched = clock.GetTimestamp();
    }
}
