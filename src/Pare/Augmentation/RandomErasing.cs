namespace Pare.Augmentation;

/// <summary>Overwrites a rectangle of random area and shape. Zhong et al. 2017, arXiv 1708.04896.</summary>
public sealed record RandomErasing : ImageAugmentation
{
    private const int Attempts = 10;

    // Even spread over an interval of this width has standard deviation 1.
    private const float NoiseWidth = 3.4641016f;

    /// <summary>How likely an image loses a rectangle, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.5f;

    /// <summary>The smallest area, as a part of the image, above 0.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float AreaMin { get; init; } = 0.02f;

    /// <summary>The largest area, as a part of the image, up to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float AreaMax { get; init; } = 0.4f;

    /// <summary>The smallest height / width, above 0 up to 1; the largest is its inverse.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float AspectMin { get; init; } = 0.3f;

    /// <summary>What the rectangle shows.</summary>
    public ErasingFill Fill { get; init; } = ErasingFill.Noise;

    /// <inheritdoc/>
    public override string Key => "random_erasing";

    /// <inheritdoc/>
    public override bool Acts => Probability > 0;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Erase;

    /// <summary>The sides of a rectangle.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="area">Its area as a part of the image.</param>
    /// <param name="aspect">Its height / width.</param>
    public static (int Rows, int Columns) Sides(int height, int width, float area, float aspect)
    {
        float pixels = area * height * width;
        return ((int)MathF.Round(MathF.Sqrt(pixels * aspect)), (int)MathF.Round(MathF.Sqrt(pixels / aspect)));
    }

    /// <summary>Overwrites a rectangle in every channel.</summary>
    /// <param name="image"><c>[channel][row][column]</c>, normalized.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="box">The rectangle.</param>
    /// <param name="values">What to write, <c>[channel][row of the box][column of the box]</c>.</param>
    public static void Erase(Span<float> image, int height, int width, PixelBox box, ReadOnlySpan<float> values)
    {
        for (int start = 0; start < image.Length; start += height * width)
        {
            for (int row = box.Top; row < box.Top + box.Rows; row++)
            {
                values[..box.Columns].CopyTo(image[(start + (row * width) + box.Left)..]);
                values = values[box.Columns..];
            }
        }
    }

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        RunFacts run = facts.Run;
        if (random.NextSingle() >= Probability) return;
        for (int i = 0; i < Attempts; i++)
        {
            (int rows, int columns) =
                Sides(run.Height, run.Width, random.NextBetween(AreaMin, AreaMax), random.NextBetween(AspectMin, 1 / AspectMin));
            if (rows < 1 || columns < 1 || rows > run.Height || columns > run.Width) continue;
            var box = new PixelBox(random.NextInt(run.Height - rows + 1), random.NextInt(run.Width - columns + 1), rows, columns);
            Span<float> values = spare[..(run.Channels * box.Area)];
            if (Fill == ErasingFill.Mean) values.Clear();
            else foreach (ref float value in values) value = (random.NextSingle() - 0.5f) * NoiseWidth;
            Erase(image, run.Height, run.Width, box, values);
            return;
        }
    }

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (AreaMin > AreaMax)
            throw new ArgumentException(
                Invariant($"area_min is {AreaMin} and area_max is {AreaMax}; area_min must not be the larger."));
    }
}
