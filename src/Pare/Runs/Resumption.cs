using Pare.Kernels;

namespace Pare.Runs;

/// <summary>That a run went on after an interruption, and on what.</summary>
public sealed record Resumption
{
    /// <summary>When, in universal time.</summary>
    public required DateTimeOffset Started { get; init => field = value.ToUniversalTime(); }

    /// <summary>Epochs that the checkpoint had finished.</summary>
    public required int Epoch { get; init; }

    /// <summary>Steps that were done.</summary>
    public required long Step { get; init; }

    /// <summary>Threads that computed from there on.</summary>
    public required int Threads { get; init; }

    /// <summary>The widest vector instructions in use from there on.</summary>
    public string InstructionSet { get; init; } = Simd.InstructionSet;

    /// <summary>What the processor calls itself.</summary>
    public string Processor { get; init; } = Kernels.Processor.Name;

    /// <summary>The version of the library, with its commit.</summary>
    public string PareVersion { get; init; } = RunEnvironment.Version;
}
