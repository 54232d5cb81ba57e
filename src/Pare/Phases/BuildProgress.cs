using Pare.Recipes;
using Pare.Runs;
using Pare.Training;

namespace Pare.Phases;

/// <summary>Where a build stands: a training begins, goes on, or a phase is done.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="SeedNumber">Which of its trainings, from 1.</param>
/// <param name="Training">Where the training stands; null when it begins, and when the phase is done.</param>
/// <param name="Outcome">What the phase came to, when it is done; otherwise null.</param>
public sealed record BuildProgress(Phase Phase, int SeedNumber, TrainingProgress? Training, PhaseOutcome? Outcome);
