namespace Pare.Kernels;

/// <summary>How the feature maps of a training step lie in memory. Arithmetic is in 32 bits whatever they are kept in.</summary>
public enum MapStorage
{
    /// <summary>As they were computed.</summary>
    Float32,

    /// <summary>
    /// The upper half of a <see cref="Float32"/>, rounded to the nearest, to even where two are as near: 8 significant bits and the same
    /// range. NaN and the infinities stay what they are. It halves what a step reads from memory and writes to it.
    /// </summary>
    BFloat16,
}
