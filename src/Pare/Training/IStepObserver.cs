namespace Pare.Training;

/// <summary>A listener to a training that wants every step, not some a second.</summary>
internal interface IStepObserver : IProgress<TrainingProgress>
{
    /// <summary>Called after each step, on the thread of the training.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="loss">Mean loss of its batch, before its update.</param>
    void AfterStep(long step, double loss);
}
