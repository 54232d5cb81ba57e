using Pare.Data;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>A batch of augmented, normalized images; what is left is to move them into lanes, as often as a step wants.</summary>
internal sealed class PreparedBatch : IBatchSource
{
    private readonly ImageSet _set;

    // Values of an image of full size, which is what each has room for.
    private readonly int _room;
    private readonly float[] _augmented, _mixed;

    /// <param name="set">The images.</param>
    /// <param name="count">Images of the batch.</param>
    /// <param name="mixes">Whether images may be mixed.</param>
    /// <param name="views">The most views of an image.</param>
    public PreparedBatch(ImageSet set, int count, bool mixes, int views = 1)
    {
        _set = set;
        _room = set.Channels * set.Height * set.Width;
        _augmented = new float[(long)count * views * _room];
        _mixed = mixes ? new float[_augmented.Length] : [];
        Order = new int[count];
        Partners = mixes ? new int[count] : [];
    }

    /// <summary>Images of the batch, their views not counted.</summary>
    public int Count => Order.Length;

    /// <summary>Which images of the set, in the order of the batch.</summary>
    public int[] Order { get; }

    /// <summary>For each image the number, in the batch, of the one that is mixed into it.</summary>
    public int[] Partners { get; }

    /// <summary>The step that the batch is for, from 0 on.</summary>
    public long Step { get; set; }

    /// <summary>The epoch of that step, from 1 on.</summary>
    public int Epoch { get; set; }

    /// <summary>What mixes the images; null when nothing does.</summary>
    public BatchMixing? Mixing { get; set; }

    /// <summary>How.</summary>
    public BatchMix Mix { get; set; }

    /// <inheritdoc/>
    public int Views { get; set; } = 1;

    /// <inheritdoc/>
    public (int Height, int Width)? Size { get; set; }

    private int ImageSize => Size is { } size ? _set.Channels * size.Height * size.Width : _room;

    /// <summary>
    /// One image of full size, which becomes <see cref="Augmented"/>; its second view lies <see cref="Count"/> images on.
    /// </summary>
    public Span<float> Whole(int image) => _augmented.AsSpan(image * _room, _room);

    /// <summary>One image before it is mixed.</summary>
    public Span<float> Augmented(int image) => _augmented.AsSpan(image * _room, ImageSize);

    /// <summary>One image after.</summary>
    public Span<float> Mixed(int image) => _mixed.AsSpan(image * _room, ImageSize);

    /// <inheritdoc/>
    public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
    {
        PlanarImages.ToLanes((Mixing is null ? _augmented : _mixed).AsSpan(first * _room), _room, ImageSize, images, pixels);
        if (targets.IsEmpty) return;
        for (int lane = 0; lane < images; lane++)
        {
            targets[(Label(first + lane) * Simd.Lanes) + lane] = Mix.Share;
            if (Mixing is not null) targets[(Label(Partners[(first + lane) % Count]) * Simd.Lanes) + lane] += 1 - Mix.Share;
        }
    }

    private int Label(int image) => _set.Labels[Order[image % Count]];
}
