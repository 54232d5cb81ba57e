using Pare.Execution;
using Pare.Kernels;
using Pare.Training.Gradients;

namespace Pare.Tests.Support;

/// <summary>The plain gradient, which keeps the loss and the gradient of every pass.</summary>
internal sealed class RecordedGradient(TrainingPlan plan) : IGradientStep
{
    public List<(float Loss, float[] Gradient)> Passes { get; } = [];

    public StepResult Run(IBatchSource source, int images, long step)
    {
        StepResult result = plan.Step(source, images, step);
        Passes.Add(((float)result.Loss, [.. plan.Gradients]));
        return result;
    }
}
