namespace Pare.Robustness;

/// <summary>How steeply the loss rises around the weights: the mean cross entropy on some images, with norms as in evaluation.</summary>
/// <param name="Images">How many images.</param>
/// <param name="OfTraining">Whether they are images that the network was trained on; otherwise test images.</param>
/// <param name="Loss">The loss at the weights.</param>
/// <param name="GradientNorm">The length of its gradient.</param>
/// <param name="Rho">The length of the step of <paramref name="Sharpness"/>.</param>
/// <param name="Sharpness">
/// How much the loss rises by a step of that length along its gradient, as SAM's ascent takes it. Foret et al. 2021, arXiv 2010.01412.
/// </param>
/// <param name="LargestEigenvalue">The largest eigenvalue of the Hessian.</param>
/// <param name="Iterations">Products of the Hessian with a vector that it took.</param>
/// <param name="EigenvalueError">
/// The length of H v - lambda v at its end, the larger one of those with H v over the whole step and over a tenth of it: so close there
/// is an eigenvalue, as far as H v is exact; where it is small beside lambda, the iteration has arrived.
/// </param>
/// <param name="Directions">How many random directions.</param>
/// <param name="Curve">The loss along them, over their points.</param>
public sealed record FlatnessRecord(int Images, bool OfTraining, double Loss, double GradientNorm, double Rho, double Sharpness,
    double LargestEigenvalue, int Iterations, double EigenvalueError, int Directions, IReadOnlyList<FlatnessPoint> Curve)
{
    /// <summary>The residual of an eigenvalue, as a share of it, with which the iteration ends.</summary>
    public const double Settled = 0.01;

    /// <summary>
    /// Whether the iteration has come so close; otherwise <see cref="LargestEigenvalue"/> is what came closest: an estimate.
    /// </summary>
    public bool HasArrived => EigenvalueError <= Settled * Math.Abs(LargestEigenvalue);
}
