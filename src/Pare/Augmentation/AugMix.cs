using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>
/// Blends an image with chains of operations on it, and asks the network to say the same about the image and two such blends. Hendrycks
/// et al. 2019, arXiv 1912.02781.
/// </summary>
/// <remarks>
/// x' = (1 - m) x + m (w1 c1(x) + w2 c2(x) + ...) with m from Beta(alpha, alpha), w from the Dirichlet distribution and chains c of random
/// operations. With a consistency above 0 a batch holds every image three times, as it is and in two blends, and the Jensen-Shannon
/// divergence between what the network says about the three is added to the loss of the first. A step then costs three times as much.
/// </remarks>
public sealed record AugMix : ImageAugmentation
{
    private const double LeastLevel = 0.1, MostLevel = 10;

    // In the order of their draws: what changes values, then what moves pixels. What the corruptions of the paper's test set do is not
    // among them: colour, contrast, brightness and sharpness.
    private static readonly ImageOperation[] Operations =
    [
        ImageOperation.AutoContrast, ImageOperation.Equalize, ImageOperation.Posterize, ImageOperation.Solarize, ImageOperation.Rotate,
        ImageOperation.ShearX, ImageOperation.ShearY, ImageOperation.TranslateX, ImageOperation.TranslateY,
    ];

    private static readonly int OfValues = Array.IndexOf(Operations, ImageOperation.Rotate);

    /// <summary>How strong an operation may be, 0.1 to 10: each draws its own level from 0.1 up to this.</summary>
    [Range(LeastLevel, MostLevel)]
    public float Severity { get; init; } = 3;

    /// <summary>Chains an image, 1 to 10.</summary>
    [Range(1, 10)]
    public int Width { get; init; } = 3;

    /// <summary>The most operations of a chain, 1 to 10; each chain has one up to so many, each equally likely.</summary>
    [Range(1, 10)]
    public int Depth { get; init; } = 3;

    /// <summary>
    /// The shape of the distributions of the weights, above 0: near 0 one chain or the image takes all, 1 makes all blends equally likely.
    /// </summary>
    [Range(0, AboveLeast = true)]
    public float Alpha { get; init; } = 1;

    /// <summary>
    /// The weight of the Jensen-Shannon divergence in the loss, 0 up to 1000. With 0 there is none: every image is blended, and a step
    /// costs what it cost.
    /// </summary>
    [Range(0, 1000)]
    public float Consistency { get; init; } = 12;

    /// <summary>
    /// Whether operations may move pixels (rotate, shear, translate), beside those that change values; false where a network is to be
    /// judged by turned and moved images that it has never seen.
    /// </summary>
    public bool Geometry { get; init; } = true;

    /// <inheritdoc/>
    public override string Key => "augmix";

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.AugMix;

    internal override int Views => Consistency > 0 ? 3 : 1;

    /// <summary>Changes an image of bytes by one operation, in place.</summary>
    /// <param name="operation">One of the technique's.</param>
    /// <param name="level">0 to 10; those of whole pixels, degrees and bits are cut to whole numbers.</param>
    /// <param name="negative">Which way, where there are two.</param>
    /// <param name="run">The shape.</param>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="spare">Working memory of the image's length.</param>
    internal static void Change(ImageOperation operation, double level, bool negative, RunFacts run, Span<byte> image, Span<byte> spare)
    {
        double part = level / MostLevel, sign = negative ? -1 : 1;
        switch (operation)
        {
            case ImageOperation.AutoContrast:
                ImageOperations.AutoContrast(image, run.Height * run.Width);
                break;
            case ImageOperation.Equalize:
                ImageOperations.Equalize(image, run.Height * run.Width);
                break;
            case ImageOperation.Posterize:
                ImageOperations.Posterize(image, 4 - (int)(part * 4));
                break;
            case ImageOperation.Solarize:
                ImageOperations.Solarize(image, 256 - (int)(part * 256));
                break;
            case ImageOperation.Rotate:
                Warp(PixelMap.Turn(run.Height, run.Width, sign * (int)(part * 30)), run, image, spare);
                break;
            case ImageOperation.ShearX:
                Warp(PixelMap.ShearAlongRows(sign * part * 0.3), run, image, spare);
                break;
            case ImageOperation.ShearY:
                Warp(PixelMap.ShearAlongColumns(sign * part * 0.3), run, image, spare);
                break;
            case ImageOperation.TranslateX:
                Warp(PixelMap.Shift((int)sign * (int)(part * run.Width / 3), 0), run, image, spare);
                break;
            case ImageOperation.TranslateY:
                Warp(PixelMap.Shift(0, (int)sign * (int)(part * run.Height / 3)), run, image, spare);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "AugMix has no such operation.");
        }
    }

    /// <inheritdoc/>
    public override int SpareSize(RunFacts run)
    {
        int size = run.Channels * run.Height * run.Width;
        return (2 * size) + ((size + 1) / 2);
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        int size = image.Length;
        Span<double> weights = stackalloc double[Width];
        random.NextDirichlet(Alpha, weights);
        double blended = random.NextBeta(Alpha, Alpha);

        Span<float> mixed = spare[..size], values = spare.Slice(size, size);
        Span<byte> bytes = MemoryMarshal.AsBytes(spare[(2 * size)..]), chain = bytes[..size], rest = bytes.Slice(size, size);
        TensorPrimitives.Multiply(image, (float)(1 - blended), mixed);
        foreach (double weight in weights)
        {
            ImageOperations.ToBytes(image, chain);
            for (int left = 1 + random.NextInt(Depth); left > 0; left--)
            {
                ImageOperation operation = Operations[random.NextInt(Geometry ? Operations.Length : OfValues)];
                double level = LeastLevel + ((Severity - LeastLevel) * random.NextDouble());
                Change(operation, level, random.NextInt(2) == 0, facts.Run, chain, rest);
            }

            PlanarImages.ToFloats(chain, values);
            TensorPrimitives.MultiplyAdd(values, (float)(blended * weight), mixed, mixed);
        }

        mixed.CopyTo(image);
    }

    private static void Warp(in PixelMap map, RunFacts run, Span<byte> image, Span<byte> spare) =>
        ImageOperations.Warp(image, run.Height, run.Width, map, smooth: true, spare);
}
