using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Gradients;

/// <summary>The gradient of the loss at the present weights.</summary>
internal sealed class PlainGradient(TrainingPlan plan) : IGradientStep
{
    public StepResult Run(IBatchSource source, int images, long step) => plan.Step(source, images, step);
}
