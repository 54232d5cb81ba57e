namespace Pare.Runs;

/// <summary>What can be known of the process that holds a folder.</summary>
internal enum HolderStanding
{
    /// <summary>It goes on.</summary>
    Alive,

    /// <summary>It is gone, beyond doubt.</summary>
    Gone,

    /// <summary>It ran on this kernel, where its number cannot be looked up, as in another container.</summary>
    OnThisKernel,

    /// <summary>It ran on another machine, and nothing can be known from here.</summary>
    Elsewhere,
}
