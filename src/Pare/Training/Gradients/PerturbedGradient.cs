using Pare.Execution;
using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>
/// The gradient at perturbed weights: finds the gradient, moves the weights uphill by it, finds the gradient there on the same batch with
/// the same dropout, and puts the weights back from a copy, because subtracting the perturbation would leave its rounding behind.
/// </summary>
/// <param name="network">Holds the weights.</param>
/// <param name="every">Steps from one perturbation to the next; the others take the plain gradient.</param>
/// <param name="perturb">Moves the weights, given first, by their gradient.</param>
internal sealed class PerturbedGradient(Network network, int every, Action<float[], float[]> perturb) : IGradientRule
{
    private readonly float[] _weights = new float[network.Weights.Length];

    public StepResult Run(GradientPass pass)
    {
        StepResult result = pass.Take();
        if (pass.Step.Step % every != 0) return result;
        network.Weights.CopyTo(_weights, 0);
        try
        {
            perturb(network.Weights, pass.Gradients);
            pass.Take(movesStatistics: false);
        }
        finally
        {
            // Whoever stops a training is left with its weights, and not with those that the second pass looked at.
            _weights.CopyTo(network.Weights, 0);
        }

        return result;
    }
}
