using System.Runtime.InteropServices;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>
/// Changes each image by one operation, each of fourteen equally likely, at a strength of 0 to 30, each equally likely. Mueller, Hutter
/// 2021, arXiv 2103.10158.
/// </summary>
/// <remarks>
/// The operations and the "wide" ranges of the paper, as torchvision's <c>TrivialAugmentWide</c> has them: identity, auto contrast,
/// equalize, rotate to 135 degrees, solarize, colour, contrast, brightness and sharpness by factors of 0.01 to 1.99, posterize down to 2
/// bits, shear to 0.99, and translation, which goes to a third of the image's side instead of 32 pixels.
/// </remarks>
public sealed record TrivialAugment : ImageAugmentation
{
    /// <summary>The strongest strength; the weakest is 0.</summary>
    internal const int MostStrength = 30;

    /// <summary>How likely an image gets an operation, 0 to 1; identity is one of them.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "trivial_augment";

    /// <inheritdoc/>
    public override bool Acts => Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Trivial;

    /// <summary>Changes an image of bytes by one operation, in place.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="strength">0 to 30.</param>
    /// <param name="negative">Which way, where there are two.</param>
    /// <param name="run">The shape.</param>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="spare">Working memory of the image's length.</param>
    internal static void Change(ImageOperation operation, int strength, bool negative, RunFacts run, Span<byte> image, Span<byte> spare)
    {
        float part = (float)strength / MostStrength, sign = negative ? -1 : 1, factor = 1 + (sign * 0.99f * part);
        double shear = sign * 0.99 * strength / MostStrength;
        switch (operation)
        {
            case ImageOperation.AutoContrast:
                ImageOperations.AutoContrast(image, run.Height * run.Width);
                break;
            case ImageOperation.Equalize:
                ImageOperations.Equalize(image, run.Height * run.Width);
                break;
            case ImageOperation.Solarize:
                // The threshold falls from 255 to 0 in steps of 8.5; what is at least as light is inverted.
                ImageOperations.Solarize(image, (int)Math.Ceiling(255 - (8.5 * strength)));
                break;
            case ImageOperation.Posterize:
                ImageOperations.Posterize(image, 8 - (int)Math.Round(strength / 5.0));
                break;
            case ImageOperation.Color:
                ImageOperations.Color(image, run.Channels, factor);
                break;
            case ImageOperation.Contrast:
                ImageOperations.Contrast(image, run.Channels, factor);
                break;
            case ImageOperation.Brightness:
                ImageOperations.Brightness(image, factor);
                break;
            case ImageOperation.Sharpness:
                ImageOperations.Sharpness(image, run.Height, run.Width, factor, spare);
                break;
            case ImageOperation.Rotate:
                Warp(PixelMap.Turn(run.Height, run.Width, sign * 4.5 * strength), run, image, spare);
                break;
            case ImageOperation.ShearX:
                Warp(PixelMap.ShearAlongRows(shear), run, image, spare);
                break;
            case ImageOperation.ShearY:
                Warp(PixelMap.ShearAlongColumns(shear), run, image, spare);
                break;
            case ImageOperation.TranslateX:
                Warp(PixelMap.Shift((int)sign * Shift(run.Width, strength), 0), run, image, spare);
                break;
            case ImageOperation.TranslateY:
                Warp(PixelMap.Shift(0, (int)sign * Shift(run.Height, strength)), run, image, spare);
                break;
        }
    }

    /// <inheritdoc/>
    public override int SpareSize(RunFacts run) => ((run.Channels * run.Height * run.Width) + 1) / 2;

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        if (random.NextSingle() >= Probability) return;
        var operation = (ImageOperation)random.NextInt((int)ImageOperation.TranslateY + 1);
        int strength = random.NextInt(MostStrength + 1);
        bool negative = random.NextInt(2) == 0;
        if (operation == ImageOperation.Identity) return;
        Span<byte> bytes = MemoryMarshal.AsBytes(spare), picture = bytes[..image.Length];
        ImageOperations.ToBytes(image, picture);
        Change(operation, strength, negative, facts.Run, picture, bytes.Slice(image.Length, image.Length));
        PlanarImages.ToFloats(picture, image);
    }

    // Up to a third of the side, in whole pixels.
    private static int Shift(int side, int strength) => side * strength / (3 * MostStrength);

    private static void Warp(in PixelMap map, RunFacts run, Span<byte> image, Span<byte> spare) =>
        ImageOperations.Warp(image, run.Height, run.Width, map, smooth: false, spare);
}
