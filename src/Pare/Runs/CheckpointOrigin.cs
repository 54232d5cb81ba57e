using Pare.Kernels;

namespace Pare.Runs;

/// <summary>
/// What a checkpoint belongs to: all that must be the same for a training to end with the bytes of one never interrupted.
/// </summary>
internal sealed record CheckpointOrigin
{
    /// <summary>The resolved recipe, as YAML.</summary>
    public required string Recipe { get; init; }

    /// <summary>Where the images came from.</summary>
    public required string Data { get; init; }

    /// <summary>What the images are.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>The instructions that computed it: they decide which images share a sum, and how it is rounded.</summary>
    public string InstructionSet { get; init; } = Simd.InstructionSet;

    /// <summary>The version of the library that wrote it, with its commit.</summary>
    public string PareVersion { get; init; } = RunEnvironment.Version;

    /// <summary>The run's first weights, where they are those of a model.</summary>
    public string? InitialWeights { get; init; }

    /// <summary>A digest of the run's teacher; null where none teaches, and in checkpoints of earlier versions.</summary>
    public string? Teacher { get; init; }

    /// <summary>This, once nothing in it is missing.</summary>
    /// <exception cref="FormatException">Something is.</exception>
    public CheckpointOrigin Checked()
    {
        Checks.Text(Recipe, "recipe");
        Checks.Text(Data, "data");
        Checks.Text(InstructionSet, "instruction_set");
        Checks.Text(PareVersion, "pare_version");
        return this;
    }
}
