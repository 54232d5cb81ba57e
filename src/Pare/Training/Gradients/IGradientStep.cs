using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Gradients;

/// <summary>How a step comes by its gradient, which lies in the plan afterwards. It allocates nothing.</summary>
internal interface IGradientStep
{
    /// <summary>Finds the gradient of one batch at the present weights, which it leaves as they are.</summary>
    /// <param name="source">The batch; it gives the same images however often it is asked.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="step">Counted from 0.</param>
    /// <returns>Loss and accuracy at the present weights.</returns>
    StepResult Run(IBatchSource source, int images, long step);
}
