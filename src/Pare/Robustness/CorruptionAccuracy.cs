namespace Pare.Robustness;

/// <summary>The accuracy on one kind of corruption.</summary>
/// <param name="Kind">Its name, such as <c>gaussian_noise</c>.</param>
/// <param name="Family">What it belongs to, such as <c>noise</c>.</param>
/// <param name="Mean">The mean over the severities, 0 to 1.</param>
/// <param name="Accuracies">One a severity, 0 to 1; a single one where the kind knows no severities.</param>
public sealed record CorruptionAccuracy(string Kind, string Family, double Mean, IReadOnlyList<double> Accuracies);
