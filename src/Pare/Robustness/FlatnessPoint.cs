namespace Pare.Robustness;

/// <summary>The loss at one distance along random directions in which each filter is as long as the network's.</summary>
/// <param name="Distance">How far: 1 moves each filter by its own length.</param>
/// <param name="Loss">The mean over the directions.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Most">The largest of them.</param>
public sealed record FlatnessPoint(double Distance, double Loss, double Least, double Most);
