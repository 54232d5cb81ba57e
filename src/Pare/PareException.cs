namespace Pare;

/// <summary>An error that a user can mend. It carries three lines: what happened, where, and what to do.</summary>
public abstract class PareException : Exception
{
    private protected PareException(string what, string where, string remedy, Exception? inner)
        : base(what, inner)
    {
        Where = where;
        Remedy = remedy;
    }

    /// <summary>The place: a file, a line and key of a recipe, a layer.</summary>
    public string Where { get; }

    /// <summary>What the user can do about it.</summary>
    public string Remedy { get; }
}
