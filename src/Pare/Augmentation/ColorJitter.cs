using System.Numerics.Tensors;

namespace Pare.Augmentation;

/// <summary>
/// Changes brightness, contrast and saturation, each by a factor of its own and in random order. Howard 2013, arXiv 1312.5402; the
/// formulas are torchvision's.
/// </summary>
public sealed record ColorJitter : ImageAugmentation
{
    /// <summary>Brightness is multiplied by 1 - this up to 1 + this (from 0 on); 0 leaves it.</summary>
    [Range(0, 10)]
    public float Brightness { get; init; } = 0.2f;

    /// <summary>The same for the contrast.</summary>
    [Range(0, 10)]
    public float Contrast { get; init; } = 0.2f;

    /// <summary>The same for the saturation; a grey image has none.</summary>
    [Range(0, 10)]
    public float Saturation { get; init; } = 0.2f;

    /// <inheritdoc/>
    public override string Key => "color_jitter";

    /// <inheritdoc/>
    public override bool Acts => Brightness > 0 || Contrast > 0 || Saturation > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Color;

    /// <summary>x' = factor x, cut to 0 to 1.</summary>
    /// <param name="image"><c>[channel][row][column]</c>, 0 to 1.</param>
    /// <param name="factor">0 for black, 1 for no change.</param>
    public static void Brighten(Span<float> image, float factor)
    {
        TensorPrimitives.Multiply(image, factor, image);
        TensorPrimitives.Clamp(image, 0f, 1f, image);
    }

    /// <summary>x' = factor x + (1 - factor) mean, cut to 0 to 1, with the mean of the image in grey.</summary>
    /// <param name="image"><c>[channel][row][column]</c>, 0 to 1, with 1 or 3 channels.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="factor">0 for one shade of grey, 1 for no change.</param>
    public static void ChangeContrast(Span<float> image, int channels, float factor)
    {
        int area = image.Length / channels;
        float mean = 0;
        for (int c = 0; c < channels; c++)
            mean += GreyWeight(c, channels) * TensorPrimitives.Sum<float>(image.Slice(c * area, area)) / area;
        TensorPrimitives.Multiply(image, factor, image);
        TensorPrimitives.Add(image, (1 - factor) * mean, image);
        TensorPrimitives.Clamp(image, 0f, 1f, image);
    }

    /// <summary>x' = factor x + (1 - factor) grey, cut to 0 to 1, pixel by pixel.</summary>
    /// <param name="image"><c>[channel][row][column]</c>, 0 to 1, with 1 or 3 channels.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="factor">0 for grey, 1 for no change.</param>
    /// <param name="spare">Working memory for one channel.</param>
    public static void Saturate(Span<float> image, int channels, float factor, Span<float> spare)
    {
        int area = image.Length / channels;
        Span<float> grey = spare[..area];
        TensorPrimitives.Multiply(image[..area], (1 - factor) * GreyWeight(0, channels), grey);
        for (int c = 1; c < channels; c++)
            TensorPrimitives.MultiplyAdd(image.Slice(c * area, area), (1 - factor) * GreyWeight(c, channels), grey, grey);
        for (int c = 0; c < channels; c++)
            TensorPrimitives.MultiplyAdd(image.Slice(c * area, area), factor, grey, image.Slice(c * area, area));
        TensorPrimitives.Clamp(image, 0f, 1f, image);
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        RunFacts run = facts.Run;
        Span<int> order = [0, 1, 2];
        random.Shuffle(order);
        foreach (int change in order)
        {
            if (change == 0 && Brightness > 0) Brighten(image, Factor(ref random, Brightness));
            else if (change == 1 && Contrast > 0) ChangeContrast(image, run.Channels, Factor(ref random, Contrast));
            else if (change == 2 && Saturation > 0 && run.Channels == 3)
                Saturate(image, run.Channels, Factor(ref random, Saturation), spare);
        }
    }

    private static float Factor(ref SeededRandom random, float amount) => random.NextBetween(Math.Max(0, 1 - amount), 1 + amount);

    // ITU-R BT.601, with torchvision's digits.
    private static float GreyWeight(int channel, int channels) =>
        channels == 1 ? 1 : channel switch { 0 => 0.2989f, 1 => 0.587f, _ => 0.114f };
}
