using System.Numerics.Tensors;

namespace Pare.Augmentation;

/// <summary>
/// Trains on smaller images first, whose steps take less time, and on images of the full size at the end. Howard 2018 (fast.ai, DAWNBench);
/// Tan, Le 2021, arXiv 2104.00298, section 4; that images may be smaller in training than in use: Touvron et al. 2019, arXiv 1906.06423.
/// </summary>
/// <remarks>
/// Validation, testing and every use have images of the full size. The network must take images of any size, as those do that end in
/// global average pooling.
/// </remarks>
public sealed record ProgressiveResizing : DataTechnique
{
    // A network is compiled for each.
    private const int MostSizes = 16;

    // A fraction such as 0.7 is no binary number: of 20 pixels it is a little less than 14.
    private const double Rounding = 1e-6;

    // For so many pixels of the longer side the sides are multiples of 4 unless said otherwise.
    private const int PixelsPerIncrement = 64, Increment = 4;

    /// <summary>With images of full size for the last fifth of the run.</summary>
    public ProgressiveResizing() => Until = 0.8f;

    /// <summary>The sides of the first images, as a share of the full ones; above 0, up to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float InitialScale { get; init; } = 0.75f;

    /// <summary>The part of the run's steps before which they do not grow, 0 up to <see cref="DataTechnique.Until"/>.</summary>
    [Range(0, 1)]
    public float DelayFraction { get; init; } = 0.5f;

    /// <summary>How an image comes to the size.</summary>
    public ResizeMode Mode { get; init; } = ResizeMode.Crop;

    /// <summary>
    /// Smaller sides are multiples of so many pixels, 1 or more; null: of 4 for each 64 pixels of the longer side, or part of them.
    /// </summary>
    [Range(1)]
    public int? SizeIncrement { get; init; }

    /// <inheritdoc/>
    public override string Key => "progressive_resizing";

    /// <inheritdoc/>
    public override bool Acts => InitialScale < 1;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Resize;

    /// <summary>
    /// Rows and columns of the images of a step: each side is scale times the full one, rounded down to a multiple of
    /// <see cref="SizeIncrement"/> and at least that, but no more than the full one, where the scale is <see cref="InitialScale"/> up to
    /// <see cref="DelayFraction"/> of the run, rises linearly to 1 at <see cref="DataTechnique.Until"/>, and stays there.
    /// </summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="steps">All steps of the run.</param>
    /// <param name="height">Rows of a full image.</param>
    /// <param name="width">Columns of a full image.</param>
    public (int Height, int Width) SizeAt(long step, long steps, int height, int width)
    {
        if (!Acts || IsFull(step, steps)) return (height, width);
        double done = (double)step / steps, grown = done <= DelayFraction ? 0 : (done - DelayFraction) / (Until - DelayFraction);
        double scale = InitialScale + ((1 - InitialScale) * Math.Min(1, grown));
        int increment = IncrementOf(height, width);
        return (Side(height), Side(width));

        int Side(int full) => scale >= 1 ? full
            : Math.Min(full, Math.Max(increment, (int)((scale * full / increment) + Rounding) * increment));
    }

    internal override string? TooShort(RunLength run) => Until < 1 && !IsFull(run.Steps - 1, run.Steps)
        ? Invariant($"until is {Until}, and the run has {run.Steps} steps: none of them has images of full size") : null;

    /// <summary>Brings an image to a smaller size, in place: the small one lies at the start of the values of the large one.</summary>
    /// <param name="random">Draws the place of a window.</param>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="from">Rows and columns of the image.</param>
    /// <param name="to">Rows and columns that it is to have, no more than it has.</param>
    /// <param name="spare">Working memory, a row of the image.</param>
    internal void Reduce(ref SeededRandom random, Span<float> image, int channels, (int Height, int Width) from,
        (int Height, int Width) to, Span<float> spare)
    {
        if (Mode == ResizeMode.Resize)
        {
            Average(image, channels, from, to, spare[..from.Width]);
            return;
        }

        int top = random.NextInt(from.Height - to.Height + 1), left = random.NextInt(from.Width - to.Width + 1);
        for (int row = 0; row < channels * to.Height; row++)
        {
            int source = (row / to.Height * from.Height) + top + (row % to.Height);
            image.Slice((source * from.Width) + left, to.Width).CopyTo(image[(row * to.Width)..]);
        }
    }

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (DelayFraction > Until)
            throw new ArgumentException(Invariant($"delay_fraction is {DelayFraction}; it must be from 0 to until, {Until}."));
        if (!Acts) return;
        int sizes = SmallerOf(run, this);
        if (sizes == 0)
            throw new ArgumentException(Invariant($"initial_scale is {InitialScale}, and images of {run.Height}x{run.Width} have no ")
                + $"smaller size whose sides are multiples of {IncrementOf(run.Height, run.Width)}, the size_increment.");
        if (sizes <= MostSizes) return;
        int fits = IncrementOf(run.Height, run.Width);
        while (SmallerOf(run, this with { SizeIncrement = fits }) > MostSizes) fits++;
        throw new ArgumentException($"size_increment is {IncrementOf(run.Height, run.Width)}, which makes {sizes} smaller sizes of " +
            $"{run.Height}x{run.Width}; there may be {MostSizes}: {fits} makes no more.");
    }

    private static int SmallerOf(RunFacts run, ProgressiveResizing technique) =>
        StepSizes.Of([technique], run, StepSizes.Many).Smaller.Count;

    // Each pixel is the mean over the rectangle that it covers, with the shares of the pixels at its border: first over rows, then over
    // columns. A row of the result ends before the rows begin that the next one is made from.
    private static void Average(Span<float> image, int channels, (int Height, int Width) from, (int Height, int Width) to,
        Span<float> mean)
    {
        double down = (double)from.Height / to.Height, across = (double)from.Width / to.Width;
        for (int r = 0; r < channels * to.Height; r++)
        {
            int first = r / to.Height * from.Height, y = r % to.Height;
            (double top, double bottom) = (y * down, Math.Min(from.Height, (y + 1) * down));
            mean.Clear();
            for (int i = (int)top; i < bottom; i++)
            {
                float share = (float)((Math.Min(i + 1, bottom) - Math.Max(i, top)) / down);
                TensorPrimitives.MultiplyAdd(image.Slice((first + i) * from.Width, from.Width), share, mean, mean);
            }

            Span<float> row = image.Slice(r * to.Width, to.Width);
            for (int x = 0; x < to.Width; x++)
            {
                (double left, double right) = (x * across, Math.Min(from.Width, (x + 1) * across));
                double sum = 0;
                for (int j = (int)left; j < right; j++) sum += (Math.Min(j + 1, right) - Math.Max(j, left)) * mean[j];
                row[x] = (float)(sum / across);
            }
        }
    }

    private bool IsFull(long step, long steps) => step >= EndsAt(steps);

    private int IncrementOf(int height, int width) =>
        SizeIncrement ?? Increment * ((Math.Max(height, width) + PixelsPerIncrement - 1) / PixelsPerIncrement);
}
