using Pare.Data;
using Pare.Execution;

namespace Pare.Training.Losses;

/// <summary>What a loss may need of the run that it is for.</summary>
/// <param name="Team">The threads.</param>
/// <param name="BatchSize">The most images of a step, their views not counted.</param>
/// <param name="Normalization">What the images of a batch are shifted and scaled by.</param>
/// <param name="Classes">The names of the classes in the order of the outputs; null where they are not known.</param>
internal readonly record struct LossContext(ThreadTeam Team, int BatchSize, Normalization Normalization,
    IReadOnlyList<string>? Classes = null)
{
    /// <summary>Outputs of the network, one per class.</summary>
    public int Outputs { get; init; }

    /// <summary>Training images of each class; null where they are not known.</summary>
    public IReadOnlyList<int>? ClassImages { get; init; }

    /// <summary>Numbers the steps; null where there is no run.</summary>
    public RunLength? Length { get; init; }
}
