namespace Pare.Training;

/// <summary>What a training does when a loss, a gradient or a weight leaves the finite numbers.</summary>
public enum DivergenceResponse
{
    /// <summary>It ends with an error that names step and layer.</summary>
    Fail,

    /// <summary>It goes back to the beginning of the epoch and on with half the learning rate, at most three times; then it ends.</summary>
    HalveRate,
}
