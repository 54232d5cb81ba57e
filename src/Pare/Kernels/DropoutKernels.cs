using System.Numerics.Tensors;

namespace Pare.Kernels;

/// <summary>Dropout with the mask given: y = x keep / (1 - p); the gradient is the same function of dY.</summary>
internal static class DropoutKernels
{
    /// <summary>Drops values and makes up for them.</summary>
    /// <param name="x">Any values.</param>
    /// <param name="keep">1 where a value stays and 0 where it goes; as long as <paramref name="x"/>.</param>
    /// <param name="probability">The probability p of going, 0 to 1.</param>
    /// <param name="y">As long as <paramref name="x"/>, or <paramref name="x"/> itself.</param>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> keep, float probability, Span<float> y)
    {
        TensorPrimitives.Multiply(x, keep, y);
        if (probability < 1f) TensorPrimitives.Multiply(y, 1f / (1f - probability), y);
    }
}
