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

    /// <summary>
    /// The argument or option that is to blame, or that helps, such as <c>Threads</c> or <c>folder</c>; null for none. A program that calls
    /// it otherwise, such as a command line that has flags, can say so.
    /// </summary>
    public string? Setting { get; init; }
}
