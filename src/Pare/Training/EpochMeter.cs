using Pare.Execution;

namespace Pare.Training;

/// <summary>Keeps the running means of an epoch, and the time: of all, and of the steps alone.</summary>
/// <param name="batchSize">Images of a step.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class EpochMeter(int batchSize, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();

    // What a training had behind it when it went on.
    private double _before;
    private long _stepStart;
    private double _loss, _accuracy, _epochSeconds, _waited, _stepSeconds;
    private int _stepsOfEpoch;

    /// <summary>Wall time of the training.</summary>
    public double Seconds => _before + clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Mean loss of the epoch's steps so far.</summary>
    public double Loss => _loss / Math.Max(1, _stepsOfEpoch);

    /// <summary>Training images per second of the epoch so far.</summary>
    public double EpochImagesPerSecond => Rate(_stepsOfEpoch, _epochSeconds);

    /// <summary>Training images per second of all steps, measuring on other images left out.</summary>
    /// <param name="steps">Steps done.</param>
    public double ImagesPerSecond(long steps) => Rate(steps, _stepSeconds);

    public void BeginStep() => _stepStart = clock.GetTimestamp();

    /// <param name="result">Of the step.</param>
    /// <param name="waited">How long it waited for its images.</param>
    public void EndStep(in StepResult result, TimeSpan waited)
    {
        double seconds = clock.GetElapsedTime(_stepStart).TotalSeconds;
        _stepsOfEpoch++;
        _loss += result.Loss;
        _accuracy += result.Accuracy;
        _epochSeconds += seconds;
        _stepSeconds += seconds;
        _waited += waited.TotalSeconds;
    }

    public EpochMetrics EndEpoch(int epoch, float? validationLoss, float? validationAccuracy, float learningRate)
    {
        float accuracy = (float)(_accuracy / Math.Max(1, _stepsOfEpoch));
        var metrics = new EpochMetrics(epoch, (float)Loss, accuracy, validationLoss, validationAccuracy, learningRate, Seconds,
            EpochImagesPerSecond)
        {
            Idle = _waited / _epochSeconds,
        };
        Clear();
        return metrics;
    }

    /// <summary>Forgets the epoch's steps: they are taken again. The time that they took has passed all the same.</summary>
    public void RestartEpoch()
    {
        _stepSeconds -= _epochSeconds;
        Clear();
    }

    /// <summary>Puts sums and times into a state.</summary>
    public TrainingState Into(TrainingState state) => state with
    {
        LossSum = _loss,
        AccuracySum = _accuracy,
        Seconds = Seconds,
        StepSeconds = _stepSeconds,
        EpochSeconds = _epochSeconds,
        EpochWaitedSeconds = _waited,
    };

    /// <summary>Goes on from a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stepsOfEpoch">Its steps since the last finished epoch.</param>
    public void GoOn(TrainingState state, int stepsOfEpoch)
    {
        (_before, _stepsOfEpoch, _loss, _accuracy) = (state.Seconds, stepsOfEpoch, state.LossSum, state.AccuracySum);
        (_stepSeconds, _epochSeconds, _waited) = (state.StepSeconds, state.EpochSeconds, state.EpochWaitedSeconds);
    }

    private void Clear() => (_stepsOfEpoch, _loss, _accuracy, _epochSeconds, _waited) = (0, 0, 0, 0, 0);

    private double Rate(long steps, double seconds) => steps == 0 ? 0 : steps * batchSize / seconds;
}
