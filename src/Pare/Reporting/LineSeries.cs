namespace Pare.Reporting;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">From left to right; a value that is not finite leaves a gap.</param>
public sealed record LineSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Whether it is drawn thin and pale, behind what matters more.</summary>
    public bool Faint { get; init; }
}
