using Pare.Data;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>Turns chosen images of a set from bytes into the lanes of a plan, shifted and scaled channel by channel.</summary>
internal sealed class ImageBatch : IBatchSource
{
    private readonly ImageSet _images;

    // [channel][byte]: a table is cheaper than converting, subtracting and dividing each pixel.
    private readonly float[] _values;
    private int[] _order = [];
    private int _start;

    /// <param name="images">The images.</param>
    /// <param name="normalization">y = (byte / 255 - mean) / deviation, one pair a channel.</param>
    public ImageBatch(ImageSet images, Normalization normalization)
    {
        _images = images;
        _values = new float[images.Channels * 256];
        for (int i = 0; i < _values.Length; i++)
            _values[i] = (((i % 256) / 255f) - normalization.Mean[i / 256]) / normalization.StandardDeviation[i / 256];
    }

    /// <summary>Chooses the images of the next batch.</summary>
    /// <param name="order">Indices into the set.</param>
    /// <param name="start">Where in <paramref name="order"/> the batch starts.</param>
    public void Select(int[] order, int start) => (_order, _start) = (order, start);

    /// <inheritdoc/>
    public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
    {
        int lanes = Simd.Lanes, area = _images.Height * _images.Width;
        for (int lane = 0; lane < images; lane++)
        {
            int index = _order[_start + first + lane];
            ReadOnlySpan<byte> image = _images.Image(index);
            for (int c = 0; c < _images.Channels; c++)
            {
                ReadOnlySpan<float> values = _values.AsSpan(c * 256, 256);
                Span<float> plane = pixels.Slice(c * area * lanes, area * lanes);
                ReadOnlySpan<byte> bytes = image.Slice(c * area, area);
                for (int i = 0; i < bytes.Length; i++) plane[(i * lanes) + lane] = values[bytes[i]];
            }

            if (!targets.IsEmpty) targets[(_images.Labels[index] * lanes) + lane] = 1f;
        }
    }
}
