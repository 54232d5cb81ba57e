namespace Pare.Training;

/// <summary>One step of a learning rate range test.</summary>
/// <param name="Rate">The learning rate of the step.</param>
/// <param name="Loss">The loss of its batch, before its update.</param>
/// <param name="Smoothed">The losses so far, smoothed.</param>
public sealed record RatePoint(double Rate, double Loss, double Smoothed);
