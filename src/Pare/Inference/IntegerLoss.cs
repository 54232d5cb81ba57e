using Pare.Evaluation;

namespace Pare.Inference;

/// <summary>What a network in 8-bit integers loses of the one in float32, on the same labelled images.</summary>
/// <param name="Images">The images.</param>
/// <param name="Worse">Images that only the network in float32 gets right.</param>
/// <param name="Better">Images that only the integers get right.</param>
public sealed record IntegerLoss(int Images, int Worse, int Better)
{
    /// <summary>Images that are lost, on balance; below 0 where there are more right than before.</summary>
    public int Lost => Worse - Better;

    /// <summary>Points of top-1 that are lost.</summary>
    public double Points => 100.0 * Lost / Images;

    /// <summary>
    /// Points that chance explains: the standard error of the difference of two networks on the same images (<see cref="McNemar"/>).
    /// </summary>
    public double StandardError => 100 * new McNemar(Images, Worse, Better).StandardError;

    /// <summary>Whether more is lost than allowed.</summary>
    /// <param name="points">Points of top-1 that may be lost.</param>
    public bool IsAbove(double points) => Rounding.IsBelow(points, Points);

    /// <summary>Whether more is lost than allowed, by more than one standard error.</summary>
    /// <param name="points">Points of top-1 that may be lost.</param>
    public bool IsMissed(double points) => IsAbove(points) && Points - points > StandardError;
}
