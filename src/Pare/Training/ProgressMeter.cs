namespace Pare.Training;

/// <summary>Keeps time and the running means of an epoch, and reports them a few times a second.</summary>
internal sealed class ProgressMeter(int epochs, int stepsPerEpoch, int batchSize, IProgress<TrainingProgress>? progress, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IStepObserver? _observer = progress as IStepObserver;
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _epochStart;
    private TimeSpan _waited;

    // Of the steps alone: of the epochs before, and of this one once its steps are done.
    private TimeSpan _trained;
    private TimeSpan? _trainedOfEpoch;
    private TimeSpan _lastReport;
    private int _epoch;
    private int _stepsOfEpoch;
    private long _step;
    private double _loss;
    private double _accuracy;

    public double Seconds => Elapsed.TotalSeconds;

    /// <summary>Training images a second of the epochs so far, measuring on other images left out.</summary>
    public double ImagesPerSecond => _step * batchSize / _trained.TotalSeconds;

    private TimeSpan Elapsed => clock.GetElapsedTime(_start);

    private double EpochImagesPerSecond => (double)_stepsOfEpoch * batchSize / (_trainedOfEpoch ?? (Elapsed - _epochStart)).TotalSeconds;

    public void BeginEpoch(int epoch)
    {
        _epoch = epoch;
        _epochStart = Elapsed;
        _stepsOfEpoch = 0;
        _trainedOfEpoch = null;
        (_loss, _accuracy) = (0, 0);
    }

    public void Step(double loss, double accuracy)
    {
        _observer?.AfterStep(_step, loss);
        _step++;
        _stepsOfEpoch++;
        _loss += loss;
        _accuracy += accuracy;
        TimeSpan now = Elapsed;
        if (progress is null || now - _lastReport < Interval) return;
        _lastReport = now;
        Report(null);
    }

    /// <summary>To be called before anything but training takes time.</summary>
    /// <param name="waited">How long the steps of the epoch waited for their images.</param>
    public void EndSteps(TimeSpan waited)
    {
        TimeSpan trained = Elapsed - _epochStart;
        (_waited, _trainedOfEpoch) = (waited, trained);
        _trained += trained;
    }

    public EpochMetrics EndEpoch(float? validationLoss, float? validationAccuracy, float learningRate)
    {
        var metrics =
            new EpochMetrics(_epoch, (float)(_loss / _stepsOfEpoch), (float)(_accuracy / _stepsOfEpoch), validationLoss,
            validationAccuracy, learningRate, Seconds, EpochImagesPerSecond)
            {
                Idle = _waited / _trainedOfEpoch!.Value,
            };
        if (progress is not null) Report(metrics);
        return metrics;
    }

    private void Report(EpochMetrics? end)
    {
        long steps = (long)epochs * stepsPerEpoch;
        TimeSpan elapsed = Elapsed;
        progress!.Report(
            new TrainingProgress(_epoch, epochs, _step, steps, _loss / _stepsOfEpoch, EpochImagesPerSecond, elapsed,
            elapsed * ((double)(steps - _step) / _step), end));
    }
}
