namespace Pare.Training;

/// <summary>What one epoch measured: of the weights that are trained, never of an average of weights.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="TrainLoss">
/// Mean over the steps of what they make smaller, each before its update: class weights, smoothed and mixed targets and a teacher included.
/// </param>
/// <param name="TrainAccuracy">Mean accuracy of the steps, 0 to 1.</param>
/// <param name="ValidationLoss">The plain cross entropy on the validation split after the epoch; null without one.</param>
/// <param name="ValidationAccuracy">Accuracy on the validation split after the epoch, 0 to 1; null without one.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="Seconds">Wall time since the start of the training.</param>
/// <param name="ImagesPerSecond">Training images per second of this epoch; the time of validation does not count.</param>
public sealed record EpochMetrics(int Epoch, float TrainLoss, float TrainAccuracy, float? ValidationLoss, float? ValidationAccuracy,
    float LearningRate, double Seconds, double ImagesPerSecond)
{
    /// <summary>
    /// The part of the time of the epoch's steps in which they waited for its images, 0 to 1; images that go straight from bytes into the
    /// step cost it no wait.
    /// </summary>
    public double Idle { get; init; }
}
