namespace Pare.Training;

/// <summary>
/// Something that watches a training, or ends it early: a log, checkpoints, a budget, a live view. It is called on the training's thread,
/// so its time is the training's; whatever it throws ends the training between two steps.
/// </summary>
/// <remarks>
/// All of a training's are called in the order in which they were given. What a training that goes on from a state has behind it is
/// told of by <see cref="TrainingSession.StepsDone"/> and <see cref="TrainingSession.Metrics"/>, and not by calls.
/// </remarks>
public interface ITrainingCallback
{
    /// <summary>Before the first step, or before the first after the state that the training goes on from.</summary>
    /// <param name="session">The training.</param>
    void BeforeRun(TrainingSession session)
    {
    }

    /// <summary>Before an epoch's first step.</summary>
    /// <param name="session">The training.</param>
    void BeforeEpoch(TrainingSession session)
    {
    }

    /// <summary>Before each step.</summary>
    /// <param name="session">The training.</param>
    void BeforeStep(TrainingSession session)
    {
    }

    /// <summary>After each step and its update; where it is an epoch's last, before what follows the epoch.</summary>
    /// <param name="session">The training.</param>
    void AfterStep(TrainingSession session)
    {
    }

    /// <summary>After an epoch's last step, the average of the weights and the validation.</summary>
    /// <param name="session">The training.</param>
    /// <param name="epoch">What it measured.</param>
    void AfterEpoch(TrainingSession session, EpochMetrics epoch)
    {
    }

    /// <summary>
    /// When the training diverged and has gone back to the beginning of the epoch, in place of what follows a step or an epoch.
    /// </summary>
    /// <param name="session">The training.</param>
    /// <param name="restart">What happened, and where it goes on.</param>
    void AfterRestart(TrainingSession session, Restart restart)
    {
    }

    /// <summary>When the trained network is measured.</summary>
    /// <param name="session">The training.</param>
    /// <param name="result">What it came to.</param>
    void AfterRun(TrainingSession session, TrainingResult result)
    {
    }
}
