using System.Numerics.Tensors;
using Pare.Data;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>The images of another batch, shifted and scaled as another network wants them.</summary>
internal sealed class RenormalizedBatch : IBatchSource
{
    // One per channel: y = scale x + shift.
    private readonly float[] _scale, _shift;

    /// <param name="from">How the batch is normalized.</param>
    /// <param name="to">How it is wanted.</param>
    public RenormalizedBatch(Normalization from, Normalization to)
    {
        _scale = [.. from.StandardDeviation.Zip(to.StandardDeviation, static (given, wanted) => given / wanted)];
        _shift = [.. from.Mean.Select((mean, c) => (mean - to.Mean[c]) / to.StandardDeviation[c])];
    }

    /// <summary>The batch, already normalized.</summary>
    public IBatchSource Source { get; set; } = null!;

    /// <inheritdoc/>
    public int Views => Source.Views;

    /// <inheritdoc/>
    public (int Height, int Width)? Size => Source.Size;

    /// <inheritdoc/>
    public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
    {
        Source.Fill(first, images, pixels, targets);
        int size = pixels.Length / _scale.Length;
        for (int c = 0; c < _scale.Length; c++)
        {
            Span<float> plane = pixels.Slice(c * size, size);
            TensorPrimitives.Multiply(plane, _scale[c], plane);
            TensorPrimitives.Add(plane, _shift[c], plane);
        }
    }
}
