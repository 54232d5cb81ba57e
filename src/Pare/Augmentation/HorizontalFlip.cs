namespace Pare.Augmentation;

/// <summary>
/// Mirrors an image left to right. Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional neural networks",
/// section 4.1.
/// </summary>
public sealed record HorizontalFlip : ImageAugmentation
{
    /// <summary>How likely an image is mirrored, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Key => "horizontal_flip";

    /// <inheritdoc/>
    public override bool Acts => Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Flip;

    /// <summary>Mirrors an image in place.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="width">Columns of the image.</param>
    public static void Flip(Span<float> image, int width)
    {
        for (int start = 0; start < image.Length; start += width) image.Slice(start, width).Reverse();
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        if (random.NextSingle() < Probability) Flip(image, facts.Run.Width);
    }
}
