namespace Pare.Training;

/// <summary>
/// What a <see cref="WeightTechnique"/> does in a run. It is called on the training's thread, and should allocate nothing.
/// </summary>
public interface IWeightRule
{
    /// <summary>Told after each step of the optimizer.</summary>
    /// <param name="step">The step.</param>
    void AfterStep(StepFacts step)
    {
    }

    /// <summary>Told after each epoch's last step, before the network is measured.</summary>
    /// <param name="epoch">Counted from 1.</param>
    void AfterEpoch(int epoch)
    {
    }
}
