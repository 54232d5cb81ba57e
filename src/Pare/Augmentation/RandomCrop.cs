namespace Pare.Augmentation;

/// <summary>
/// Surrounds an image with pixels and cuts a window of the old size at a random place, so that what it shows moves by up to so many
/// pixels. He et al. 2015, arXiv 1512.03385, section 4.2 (4 pixels on CIFAR-10).
/// </summary>
public sealed record RandomCrop : ImageAugmentation
{
    /// <summary>Pixels added on each side, 0 or more and fewer than the image has.</summary>
    [Range(0)]
    public int Padding { get; init; } = 4;

    /// <summary>What they are.</summary>
    public CropFill Fill { get; init; } = CropFill.Zero;

    /// <inheritdoc/>
    public override string Key => "random_crop";

    /// <inheritdoc/>
    public override bool Acts => Padding > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Crop;

    /// <summary>Moves an image: the result's pixel [row, column] is the image's [row + down, column + right].</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="down">By how many rows the window lies lower than the image; fewer than it has, either way.</param>
    /// <param name="right">By how many columns it lies further right.</param>
    /// <param name="fill">What stands where the window leaves the image.</param>
    /// <param name="result">Of the image's length; does not overlap it.</param>
    public static void Crop(ReadOnlySpan<float> image, int height, int width, int down, int right, CropFill fill, Span<float> result)
    {
        if (fill == CropFill.Zero)
        {
            image.CopyTo(result);
            Shift(result, height, width, down, right);
            return;
        }

        int from = Math.Max(0, -right), to = width - Math.Max(0, right);
        for (int start = 0; start < image.Length; start += height * width)
        {
            for (int row = 0; row < height; row++)
            {
                Span<float> target = result.Slice(start + (row * width), width);
                ReadOnlySpan<float> source = image.Slice(start + (Reflect(row + down, height) * width), width);
                source[(from + right)..(to + right)].CopyTo(target[from..]);
                for (int i = 0; i < from; i++) target[i] = source[Reflect(i + right, width)];
                for (int i = to; i < width; i++) target[i] = source[Reflect(i + right, width)];
            }
        }
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        RunFacts run = facts.Run;
        int down = random.NextInt((2 * Padding) + 1) - Padding, right = random.NextInt((2 * Padding) + 1) - Padding;
        if (down == 0 && right == 0) return;
        if (Fill == CropFill.Zero)
        {
            Shift(image, run.Height, run.Width, down, right);
            return;
        }

        image.CopyTo(spare);
        Crop(spare[..image.Length], run.Height, run.Width, down, right, Fill, image);
    }

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        int size = Math.Min(run.Height, run.Width);
        if (Padding >= size)
            throw new ArgumentException($"padding is {Padding}; for images of {run.Height}x{run.Width} it must be 0 to {size - 1}.");
    }

    // With zeros, and in place: a plane moves as one run of pixels, and what has come in from the row before or behind is cleared.
    private static void Shift(Span<float> image, int height, int width, int down, int right)
    {
        int area = height * width, by = (down * width) + right;
        int firstRow = Math.Max(0, -down), endRow = height - Math.Max(0, down);
        int lost = right > 0 ? width - right : 0, columns = Math.Abs(right);
        for (int start = 0; start < image.Length; start += area)
        {
            Span<float> plane = image.Slice(start, area);
            if (by > 0) plane[by..].CopyTo(plane);
            else plane[..(area + by)].CopyTo(plane[-by..]);
            plane[..(firstRow * width)].Clear();
            plane[(endRow * width)..].Clear();
            for (int row = firstRow; row < endRow; row++) plane.Slice((row * width) + lost, columns).Clear();
        }
    }

    private static int Reflect(int index, int length) => index < 0 ? -index : index >= length ? (2 * (length - 1)) - index : index;
}
