using Pare.Data;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>Turns chosen images of a set from bytes into the lanes of a plan, shifted and scaled channel by channel.</summary>
internal sealed class ImageBatch : IBatchSource
{
    // Lanes are written one after the other, so the pixels of a run must stay in the first-level cache until all are done.
    private const int PixelsAtOnce = 128;

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
        // Shuffled images lie anywhere in memory, and the runs below jump from one to the next, which no processor foresees.
        // Those of a streamed set are read once, to beside each other.
        bool streamed = _images.IsStreamed;
        Span<byte> read = _images.Spare(images);
        for (int lane = 0; lane < images; lane++)
        {
            int index = _order[_start + first + lane];
            if (streamed) _images.Image(index, read[(lane * _images.ImageBytes)..]);
            else Prefetcher.Fetch(_images.Image(index, []));
        }

        int lanes = Simd.Lanes, area = _images.Height * _images.Width;
        for (int c = 0; c < _images.Channels; c++)
        {
            ReadOnlySpan<float> values = _values.AsSpan(c * 256, 256);
            for (int start = 0; start < area; start += PixelsAtOnce)
            {
                int count = Math.Min(PixelsAtOnce, area - start);
                Span<float> run = pixels.Slice(((c * area) + start) * lanes, count * lanes);
                for (int lane = 0; lane < images; lane++)
                {
                    ReadOnlySpan<byte> image = streamed ? read.Slice(lane * _images.ImageBytes, _images.ImageBytes)
                        : _images.Image(_order[_start + first + lane], []);
                    ReadOnlySpan<byte> bytes = image.Slice((c * area) + start, count);
                    for (int i = 0, at = lane; i < bytes.Length; i++, at += lanes) run[at] = values[bytes[i]];
                }
            }
        }

        if (targets.IsEmpty) return;
        for (int lane = 0; lane < images; lane++) targets[(_images.Labels[_order[_start + first + lane]] * lanes) + lane] = 1f;
    }
}
