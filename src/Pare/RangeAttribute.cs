namespace Pare;

/// <summary>
/// The least and the most that a numeric setting may be: declared once, held by the library, the recipe reader and the schema.
/// </summary>
/// <param name="least">The least.</param>
/// <param name="most">The most; infinity for no limit but that it is finite.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RangeAttribute(double least, double most = double.PositiveInfinity) : Attribute
{
    public double Least => least;

    public double Most => most;

    /// <summary>Whether the least itself is out of range.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>Whether the most itself is out of range.</summary>
    public bool BelowMost { get; init; }

    /// <summary>Whether a value lies in the range; what is not finite does not.</summary>
    public bool Holds(double value) =>
        double.IsFinite(value) && (AboveLeast ? value > least : value >= least) && (BelowMost ? value < most : value <= most);

    /// <summary>Such as <c>from 1 to 4096</c>, <c>from 1 up</c>, or <c>above 0 and below 1</c>.</summary>
    public override string ToString() => (AboveLeast, double.IsFinite(most)) switch
    {
        (true, true) => Invariant($"above {least} and {(BelowMost ? "below" : "up to")} {most}"),
        (true, false) => Invariant($"above {least}"),
        (false, true) => Invariant($"from {least} to {(BelowMost ? "below " : "")}{most}"),
        _ => Invariant($"from {least} up"),
    };
}
