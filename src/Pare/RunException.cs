namespace Pare;

/// <summary>A run started well and could not go on: the loss left the finite numbers, the disk is full.</summary>
public sealed class RunException : PareException
{
    /// <summary>Creates the error from its three lines.</summary>
    public RunException(string what, string where, string remedy, Exception? inner = null)
        : base(what, where, remedy, inner)
    {
    }

    /// <summary>Whether the training diverged: going on from its last checkpoint in the same way would diverge again.</summary>
    public bool IsDivergence => NonFinite is not null;

    /// <summary>What left the finite numbers first, such as a layer's output; null where something else went wrong.</summary>
    internal string? NonFinite { get; init; }
}
