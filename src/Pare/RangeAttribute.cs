namespace Pare;

/// <summary>
/// The least and the most that a numeric setting may be: declared once, held by the library, the recipe reader and the schema.
/// </summary>
/// <param name="least">The least.</param>
/// <param name="most">The most.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RangeAttribute(double least, double most) : Attribute
{
    public double Least => least;

    public double Most => most;

    /// <summary>Whether the least itself is out of range.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>Whether a value lies in the range; NaN does not.</summary>
    public bool Holds(double value) => (AboveLeast ? value > least : value >= least) && value <= most;

    /// <summary>Such as <c>from 1 to 4096</c>, or <c>above 0 and up to 1</c>.</summary>
    public override string ToString() =>
        AboveLeast ? Invariant($"above {least} and up to {most}")
            : Invariant($"from {least} to {most}");
}
