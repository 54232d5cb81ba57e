namespace Pare.Robustness;

/// <summary>How well confidence tells the test images from one set of strangers. Hendrycks and Gimpel 2017, arXiv 1610.02136.</summary>
/// <param name="Name">What the strangers are.</param>
/// <param name="Images">How many.</param>
/// <param name="Area">The probability that a test image is surer than a stranger, 0 to 1: 1 is perfect, 0.5 is chance.</param>
/// <param name="PassingAt95">The share of strangers that are as sure as 95 % of the test images, 0 to 1.</param>
/// <param name="Confidence">The mean confidence of the strangers, 0 to 1.</param>
public sealed record StrangerResult(string Name, int Images, double Area, double PassingAt95, double Confidence);
