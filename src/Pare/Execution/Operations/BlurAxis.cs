namespace Pare.Execution.Operations;

/// <summary>
/// Blurring along one side of a map, forward or backward, as stretches of pixels that are summed in the same way: what the border mirrors
/// is a tap like any other, so that nothing is padded. Two of them, one for the rows and one for the columns, are a filter.
/// </summary>
internal static class BlurAxis
{
    /// <summary>Outputs from the input: output i is the sum over taps u of filter[u] x[mirror(i stride + u - before)].</summary>
    /// <param name="filter">The taps.</param>
    /// <param name="stride">Pixels between outputs.</param>
    /// <param name="size">Pixels of the input.</param>
    /// <param name="outputs">Pixels of the output.</param>
    public static Stretch[] Forward(float[] filter, int stride, int size, int outputs) =>
        Stretches([.. Enumerable.Range(0, outputs).Select(i => Taps(filter, stride, size, i))], period: 1, shift: stride);

    /// <summary>The input's gradient from that of the outputs: the same sums, the other way round.</summary>
    /// <param name="filter">The taps.</param>
    /// <param name="stride">Pixels between outputs.</param>
    /// <param name="size">Pixels of the input.</param>
    /// <param name="outputs">Pixels of the output.</param>
    public static Stretch[] Backward(float[] filter, int stride, int size, int outputs)
    {
        var taps = new List<(int Pixel, float Weight)>[size];
        for (int pixel = 0; pixel < size; pixel++) taps[pixel] = [];
        for (int i = 0; i < outputs; i++)
        {
            foreach ((int pixel, float weight) in Taps(filter, stride, size, i))
            {
                // A pixel that the border shows again gets both shares at once.
                int known = taps[pixel].FindIndex(tap => tap.Pixel == i);
                if (known < 0) taps[pixel].Add((i, weight));
                else taps[pixel][known] = (i, taps[pixel][known].Weight + weight);
            }
        }

        return Stretches([.. taps.Select(static list => list.ToArray())], period: Math.Min(stride, size), shift: 1);
    }

    private static (int Pixel, float Weight)[] Taps(float[] filter, int stride, int size, int output) =>
        [.. filter.Select((weight, u) => (Mirror((output * stride) + u - ((filter.Length - 1) / 2), size), weight))];

    private static int Mirror(int pixel, int size) => pixel < 0 ? -pixel : pixel < size ? pixel : (2 * (size - 1)) - pixel;

    // Of every period-th pixel those that follow each other and have the same weights, shift pixels on from one to the next.
    private static Stretch[] Stretches((int Pixel, float Weight)[][] taps, int period, int shift)
    {
        var stretches = new List<Stretch>();
        for (int phase = 0; phase < period; phase++)
        {
            for (int first = phase, count; first < taps.Length; first += count * period)
            {
                (int Pixel, float Weight)[] pattern = taps[first];
                count = 1;
                while (first + (count * period) is int next && next < taps.Length
                    && taps[next].SequenceEqual(pattern.Select(tap => (tap.Pixel + (count * shift), tap.Weight)))) count++;
                stretches.Add(new Stretch(first, count, period, shift, pattern));
            }
        }

        return [.. stretches];
    }

    /// <summary>Pixels that are summed in the same way.</summary>
    /// <param name="First">The first of them.</param>
    /// <param name="Count">How many there are.</param>
    /// <param name="Step">Pixels from one to the next.</param>
    /// <param name="Shift">Pixels from what one reads to what the next reads.</param>
    /// <param name="Taps">The pixels that the first reads, each with its weight.</param>
    internal sealed record Stretch(int First, int Count, int Step, int Shift, (int Pixel, float Weight)[] Taps);
}
