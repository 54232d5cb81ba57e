namespace Pare.Augmentation;

/// <summary>Pastes a rectangle of one image into another and mixes the targets by area. Yun et al. 2019, arXiv 1905.04899.</summary>
/// <remarks>
/// lambda from Beta(alpha, alpha), one per batch; the rectangle has sides height sqrt(1 - lambda) and width sqrt(1 - lambda), its centre is
/// uniform over all pixels, and it is clipped at the border. The share is then 1 - (clipped area) / (height width).
/// </remarks>
public sealed record CutMix : BatchMixing
{
    /// <summary>Both shapes of the Beta distribution, above 0; 1 makes all areas equally likely.</summary>
    public float Alpha { get; init; } = 1;

    /// <summary>How likely a batch is mixed, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Key => "cutmix";

    /// <inheritdoc/>
    public override bool Acts => Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.CutMix;

    /// <summary>Copies an image and, within the box, its partner.</summary>
    /// <param name="own"><c>[channel][row][column]</c>.</param>
    /// <param name="partner">Another image of the same shape.</param>
    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Columns of the images.</param>
    /// <param name="box">What is taken from the partner.</param>
    /// <param name="mixed">The result; overlaps neither.</param>
    public static void Paste(ReadOnlySpan<float> own, ReadOnlySpan<float> partner, int height, int width, PixelBox box, Span<float> mixed)
    {
        own.CopyTo(mixed);
        for (int start = 0; start < own.Length; start += height * width)
        {
            for (int row = box.Top; row < box.Top + box.Rows; row++)
            {
                int at = start + (row * width) + box.Left;
                partner.Slice(at, box.Columns).CopyTo(mixed[at..]);
            }
        }
    }

    /// <summary>The box of one batch.</summary>
    /// <param name="lambda">The share of the own image before clipping, 0 to 1.</param>
    /// <param name="centreRow">Row of the box's centre.</param>
    /// <param name="centreColumn">Column of the box's centre.</param>
    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Columns of the images.</param>
    public static PixelBox Box(double lambda, int centreRow, int centreColumn, int height, int width)
    {
        double side = Math.Sqrt(1 - lambda);
        return PixelBox.Around(centreRow, centreColumn, (int)(height * side), (int)(width * side), height, width);
    }

    /// <inheritdoc/>
    public override BatchMix Draw(ref SeededRandom random, RunFacts run, StepFacts step)
    {
        if (random.NextSingle() >= Probability) return new BatchMix(1, default);
        PixelBox box = Box(random.NextBeta(Alpha, Alpha), random.NextInt(run.Height), random.NextInt(run.Width), run.Height, run.Width);
        return new BatchMix(1 - ((float)box.Area / (run.Height * run.Width)), box);
    }

    /// <inheritdoc/>
    public override void Mix(BatchMix mix, RunFacts run, ReadOnlySpan<float> own, ReadOnlySpan<float> partner, Span<float> mixed) =>
        Paste(own, partner, run.Height, run.Width, mix.Box, mixed);

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (!(Alpha > 0 && float.IsFinite(Alpha)))
            throw new ArgumentException(Invariant($"alpha is {Alpha}; it must be above 0. To leave CutMix off, write cutmix: false."));
    }
}
