namespace Pare.Augmentation;

/// <summary>What an erased rectangle shows.</summary>
public enum ErasingFill
{
    /// <summary>
    /// Each pixel and channel a number of its own, evenly spread, with mean 0 and standard deviation 1 after normalization.
    /// </summary>
    Noise,

    /// <summary>The mean colour of the training images.</summary>
    Mean,
}
