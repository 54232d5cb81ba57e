namespace Pare.Evaluation;

/// <summary>A temperature, and what it does to the images that it was fitted to.</summary>
/// <param name="Temperature">Logits are divided by it; above 1 makes a network less sure, below 1 surer.</param>
/// <param name="Before">Negative log likelihood at temperature 1.</param>
/// <param name="After">The same at <paramref name="Temperature"/>: never more.</param>
/// <param name="Images">How many images.</param>
/// <param name="Steps">Steps of Newton's method.</param>
/// <param name="Kept">Why it was left at 1, in the middle of a sentence; null where it was fitted.</param>
public sealed record TemperatureFit(double Temperature, double Before, double After, int Images, int Steps, string? Kept);
