namespace Pare.Graphs.Lowering;

/// <summary>
/// How a picture becomes the values that a network takes: it is decoded, made grey (the luma of ITU-R BT.601) or red, green and blue as the
/// network has one channel or three, turned as EXIF says, resized by <see cref="Resize"/>, and each byte becomes (byte / 255 - mean) /
/// deviation of its channel.
/// </summary>
/// <param name="Mean">One mean a channel.</param>
/// <param name="StandardDeviation">One deviation a channel, above 0.</param>
public sealed record Preprocessing(IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation)
{
    /// <summary>How a picture of another size becomes one of the network's.</summary>
    public ResizeRule Resize { get; init; } = ResizeRule.Cover;

    /// <summary>Bytes / 255 and nothing else.</summary>
    public static Preprocessing Plain(int channels) => new([.. Enumerable.Repeat(0f, channels)], [.. Enumerable.Repeat(1f, channels)]);

    /// <summary>The value of each byte of each channel, <c>[channel][byte]</c>.</summary>
    public float[] Table()
    {
        var values = new float[Mean.Count * 256];
        for (int i = 0; i < values.Length; i++) values[i] = (((i % 256) / 255f) - Mean[i / 256]) / StandardDeviation[i / 256];
        return values;
    }

    /// <exception cref="ArgumentException">It is not for images of so many channels, or a number is out of range.</exception>
    internal void Check(int channels)
    {
        if (Mean.Count != channels || StandardDeviation.Count != channels)
            throw new ArgumentException($"there are {Mean.Count} means and {StandardDeviation.Count} deviations for {channels} channels.");
        if (!Mean.All(float.IsFinite) || !StandardDeviation.All(static deviation => float.IsFinite(deviation) && deviation > 0))
            throw new ArgumentException("a mean is not finite, or a deviation is not above 0.");
        if (!Enum.IsDefined(Resize)) throw new ArgumentException($"there is no way of resizing number {(int)Resize}.");
    }
}
