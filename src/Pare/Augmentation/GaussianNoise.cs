using System.Numerics.Tensors;

namespace Pare.Augmentation;

/// <summary>
/// Adds noise of the normal distribution to every value of an image. Rusak et al. 2020, arXiv 2001.06057.
/// </summary>
/// <remarks>x' = x + sigma n, cut to 0 to 1, in pixel units before normalization; n is drawn for each pixel and channel.</remarks>
public sealed record GaussianNoise : ImageAugmentation
{
    /// <summary>The standard deviation of the noise in pixel units, where white is 1; 0 up to 1.</summary>
    [Range(0, 1)]
    public float Sigma { get; init; } = 0.1f;

    /// <summary>How likely an image gets noise, 0 to 1; the others stay clean.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Key => "gaussian_noise";

    /// <inheritdoc/>
    public override bool Acts => Sigma > 0 && Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Noise;

    /// <summary>x' = x + sigma n, cut to 0 to 1, in place.</summary>
    /// <param name="image">Values of 0 to 1.</param>
    /// <param name="noise">n, one for each value.</param>
    /// <param name="sigma">The factor on the noise.</param>
    public static void Add(Span<float> image, ReadOnlySpan<float> noise, float sigma)
    {
        TensorPrimitives.MultiplyAdd(noise, sigma, image, image);
        TensorPrimitives.Clamp(image, 0f, 1f, image);
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        if (random.NextSingle() >= Probability) return;
        Span<float> noise = spare[..image.Length];
        random.NextNormals(noise);
        Add(image, noise, Sigma);
    }
}
