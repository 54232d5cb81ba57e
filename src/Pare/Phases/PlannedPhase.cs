using Pare.Recipes;

namespace Pare.Phases;

/// <summary>A phase before it is trained.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Parameters">Trained parameters of its network.</param>
/// <param name="Macs">Multiply-accumulates of one image's forward pass.</param>
/// <param name="Runs">Trainings that are still to do; 0 when it is done or left out.</param>
/// <param name="Done">Trainings that are done and found in the folder.</param>
/// <param name="RunTime">What one training should take, from a few steps on random images; zero when none is to do.</param>
public sealed record PlannedPhase(Phase Phase, long Parameters, long Macs, int Runs, int Done, TimeSpan RunTime)
{
    /// <summary>What its network will be held to, each in a few words.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];
}
