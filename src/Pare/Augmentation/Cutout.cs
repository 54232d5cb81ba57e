namespace Pare.Augmentation;

/// <summary>Hides squares of an image behind the mean colour. DeVries, Taylor 2017, arXiv 1708.04552.</summary>
/// <remarks>
/// Centres are uniform over all pixels and squares are clipped at the border, so that near it less is hidden: on average less than length
/// squared.
/// </remarks>
public sealed record Cutout : ImageAugmentation
{
    /// <summary>Side of a square in pixels, from 0 up to the image's smaller side.</summary>
    [Range(0)]
    public int Length { get; init; } = 8;

    /// <summary>Squares per image, 1 or more; they may overlap.</summary>
    [Range(1)]
    public int Holes { get; init; } = 1;

    /// <summary>How likely an image gets them, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "cutout";

    /// <inheritdoc/>
    public override bool Acts => Length > 0 && Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Cutout;

    /// <summary>
    /// Sets a square to 0 in every channel: rows from centre - length / 2 (a whole number) on, columns likewise, as far as they lie in the
    /// image.
    /// </summary>
    /// <param name="image"><c>[channel][row][column]</c>, normalized, so that 0 is the mean.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="centreRow">Row of the centre, 0 up to height - 1.</param>
    /// <param name="centreColumn">Column of the centre, 0 up to width - 1.</param>
    /// <param name="length">Side of the square.</param>
    public static void Cut(Span<float> image, int height, int width, int centreRow, int centreColumn, int length)
    {
        var box = PixelBox.Around(centreRow, centreColumn, length, length, height, width);
        for (int start = 0; start < image.Length; start += height * width)
        {
            for (int row = box.Top; row < box.Top + box.Rows; row++) image.Slice(start + (row * width) + box.Left, box.Columns).Clear();
        }
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        RunFacts run = facts.Run;
        if (random.NextSingle() >= Probability) return;
        for (int i = 0; i < Holes; i++) Cut(image, run.Height, run.Width, random.NextInt(run.Height), random.NextInt(run.Width), Length);
    }

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        int size = Math.Min(run.Height, run.Width);
        if (Length > size)
            throw new ArgumentException($"length is {Length}; for images of {run.Height}x{run.Width} it must be 0 to {size}.");
    }
}
