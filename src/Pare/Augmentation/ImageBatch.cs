using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
        // Images of a streamed set are read once, to beside each other.
        int size = _images.ImageBytes;
        Span<byte> read = _images.Spare(images);
        Span<int> places = stackalloc int[images];
        for (int lane = 0; lane < images; lane++)
        {
            int index = _order[_start + first + lane];
            places[lane] = (_images.IsStreamed ? lane : index) * size;
            if (_images.IsStreamed) _images.Image(index, read[places[lane]..]);
            else Prefetcher.Fetch(_images.Pixels.Slice(places[lane], size));
        }

        ReadOnlySpan<byte> all = _images.IsStreamed ? read : _images.Pixels;
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
                    Spread(all.Slice(places[lane] + (c * area) + start, count), values, run[lane..]);
                }
            }
        }

        if (targets.IsEmpty) return;
        for (int lane = 0; lane < images; lane++) targets[(_images.Labels[_order[_start + first + lane]] * lanes) + lane] = 1f;
    }

    // A method of its own, so that all that the loop needs stays in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Spread(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> values, Span<float> lane)
    {
        int lanes = Simd.Lanes;
        ref float table = ref MemoryMarshal.GetReference(values[..256]);
        for (int i = 0, at = 0; i < bytes.Length; i++, at += lanes) lane[at] = Unsafe.Add(ref table, bytes[i]);
    }
}
