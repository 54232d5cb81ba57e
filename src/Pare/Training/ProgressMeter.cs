using System.Diagnostics;

namespace Pare.Training;

/// <summary>Keeps time and the running means of an epoch, and reports them a few times a second.</summary>
internal sealed class ProgressMeter(int epochs, int stepsPerEpoch, int batchSize, IProgress<TrainingProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IStepObserver? _observer = progress as IStepObserver;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _epochStart;
    private TimeSpan _lastReport;
    private int _epoch;
    private int _stepsOfEpoch;
    private long _step;
    private double _loss;
    private double _accuracy;

    public double Seconds => _clock.Elapsed.TotalSeconds;

    public double ImagesPerSecond => _step * batchSize / Seconds;

    private double EpochImagesPerSecond => (double)_stepsOfEpoch * batchSize / (_clock.Elapsed - _epochStart).TotalSeconds;

    public void BeginEpoch(int epoch)
    {
        _epoch = epoch;
        _epochStart = _clock.Elapsed;
        _stepsOfEpoch = 0;
        (_loss, _accuracy) = (0, 0);
    }

    public void Step(double loss, double accuracy)
    {
        _observer?.AfterStep(_step, loss);
        _step++;
        _stepsOfEpoch++;
        _loss += loss;
        _accuracy += accuracy;
        TimeSpan now = _clock.Elapsed;
        if (progress is null || now - _lastReport < Interval) return;
        _lastReport = now;
        Report(null);
    }

    public EpochMetrics EndEpoch(float? validationLoss, float? validationAccuracy, float learningRate, TimeSpan waited)
    {
        var metrics = new EpochMetrics(_epoch, (float)(_loss / _stepsOfEpoch), (float)(_accuracy / _stepsOfEpoch), validationLoss, validationAccuracy, learningRate, Seconds, EpochImagesPerSecond)
        {
            Idle = waited / (_clock.Elapsed - _epochStart),
        };
        if (progress is not null) Report(metrics);
        return metrics;
    }

    private void Report(EpochMetrics? end)
    {
        long steps = (long)epochs * stepsPerEpoch;
        TimeSpan elapsed = _clock.Elapsed;
        progress!.Report(new TrainingProgress(_epoch, epochs, _step, steps, _loss / _stepsOfEpoch, EpochImagesPerSecond, elapsed, elapsed * ((double)(steps - _step) / _step), end));
    }
}
