using Pare.Training;

namespace Pare.Ablation;

/// <summary>How far an ablation is.</summary>
/// <param name="Row">The row that is being trained.</param>
/// <param name="Seed">The seed of its run.</param>
/// <param name="Done">Runs that are finished.</param>
/// <param name="Runs">All runs.</param>
/// <param name="Training">How far this run is; null as it ends.</param>
/// <param name="Finished">The row's result when this was its last run, otherwise null.</param>
public sealed record AblationProgress(AblationRow Row, int Seed, int Done, int Runs, TrainingProgress? Training,
    AblationRowResult? Finished);
