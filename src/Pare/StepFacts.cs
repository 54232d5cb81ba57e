namespace Pare;

/// <summary>Which step of a run it is.</summary>
/// <param name="Step">Counted from 0 since the start of the run, so that a run that goes on counts on.</param>
/// <param name="Epoch">The epoch that the step belongs to, counted from 1.</param>
/// <param name="Steps">All steps of the run.</param>
public readonly record struct StepFacts(long Step, int Epoch, long Steps);
