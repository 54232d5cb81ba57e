namespace Pare.Reporting;

/// <summary>One line of a chart, or points that belong together.</summary>
/// <param name="Name">What the legend calls it; empty for none.</param>
/// <param name="Points">In the order in which they are joined; a value that is not finite leaves a gap.</param>
internal sealed record LineSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Its colour, by its number from 0; null for its place among the series.</summary>
    public int? Color { get; init; }

    /// <summary>Whether it is drawn thin and pale, behind what matters more.</summary>
    public bool Faint { get; init; }

    /// <summary>Whether the line is dashed.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether the points are joined by a line.</summary>
    public bool Joined { get; init; } = true;

    /// <summary>Whether each point has a dot.</summary>
    public bool Dotted { get; init; }

    /// <summary>Whether the dots are rings instead of discs, as for results of others.</summary>
    public bool Hollow { get; init; }

    /// <summary>A text beside each dot; empty for none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
