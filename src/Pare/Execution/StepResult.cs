namespace Pare.Execution;

/// <summary>What one forward and backward pass over a batch gave.</summary>
/// <param name="Loss">Mean loss of the batch: the cross entropy, with what techniques make of it.</param>
/// <param name="Accuracy">Mean target weight of the class with the largest logit: for hard labels the share that is right.</param>
public readonly record struct StepResult(double Loss, double Accuracy);
