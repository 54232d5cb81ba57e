namespace Pare.Training.Schedules;

/// <summary>What a schedule asks of one step.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Momentum">The momentum (Adam: beta1), or null to leave the optimizer's own.</param>
public readonly record struct Rates(float LearningRate, float? Momentum = null);
