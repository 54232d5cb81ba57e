using Pare.Execution;

namespace Pare.Training.Gradients;

/// <summary>
/// What a <see cref="GradientTechnique"/> does in a run, called once a step on the training's thread. It should allocate nothing.
/// </summary>
public interface IGradientRule
{
    /// <summary>
    /// Finds the gradient of a step: takes it as often as it likes, at whichever weights, and leaves in <see
    /// cref="GradientPass.Gradients"/> what the optimizer shall be given, and the weights as they were.
    /// </summary>
    /// <param name="pass">Takes the gradient; the same object each time.</param>
    /// <returns>Loss and accuracy of the step, of the pass at the weights as they were.</returns>
    StepResult Run(GradientPass pass);
}
