using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Optimizers;

/// <summary>
/// The gradient at perturbed weights: finds the gradient, moves the weights uphill by it, finds the gradient there on the same batch with
/// the same dropout, and puts the weights back from a copy, because subtracting the perturbation would leave its rounding behind.
/// </summary>
/// <param name="gradient">Finds a gradient.</param>
/// <param name="plan">Holds weights and gradient.</param>
/// <param name="every">Steps from one perturbation to the next; the others take the plain gradient.</param>
/// <param name="perturb">Moves the weights, given first, by their gradient.</param>
internal sealed class PerturbedGradient(IGradientStep gradient, TrainingPlan plan, int every, Action<float[],
    float[]> perturb) : IGradientStep
{
    private readonly float[] _weights = new float[plan.Network.Weights.Length];

    public StepResult Run(IBatchSource source, int images, long step)
    {
        StepResult result = gradient.Run(source, images, step);
        if (step % every != 0) return result;
        float[] weights = plan.Network.Weights;
        weights.CopyTo(_weights, 0);
        try
        {
            perturb(weights, plan.Gradients);
            plan.UpdateRunningStatistics(false);
            gradient.Run(source, images, step);
        }
        finally
        {
            // Whoever stops a training is left with its weights, and not with those that the second pass looked at.
            plan.UpdateRunningStatistics(true);
            _weights.CopyTo(weights, 0);
        }

        return result;
    }
}
