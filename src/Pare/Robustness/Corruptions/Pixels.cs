using System.Numerics;

namespace Pare.Robustness.Corruptions;

/// <summary>Pictures as numbers from 0 to 1, and the memory that corrupting them takes.</summary>
internal static class Pixels
{
    private const int Slots = 8;

    private static readonly float[] s_values = [.. Enumerable.Range(0, 256).Select(static value => value / 255f)];

    [ThreadStatic]
    private static float[]?[]? s_spare;

    /// <summary>Memory of the thread, which holds anything; the next call for the slot gives the same.</summary>
    /// <param name="slot">Which of 8.</param>
    /// <param name="length">How many values.</param>
    public static Span<float> Spare(int slot, int length)
    {
        float[]?[] spare = s_spare ??= new float[Slots][];
        if (spare[slot] is null || spare[slot]!.Length < length) spare[slot] = new float[length];
        return spare[slot].AsSpan(0, length);
    }

    /// <summary>An image as numbers, in slot 0.</summary>
    public static Span<float> Of(ReadOnlySpan<byte> image)
    {
        Span<float> values = Spare(0, image.Length);
        ReadOnlySpan<float> ofBytes = s_values.AsSpan(0, 256);
        for (int i = 0; i < image.Length; i++) values[i] = ofBytes[image[i]];
        return values;
    }

    /// <summary>Numbers as bytes: clipped to 0 to 1, times 255, rounded to the nearest.</summary>
    public static void Store(ReadOnlySpan<float> values, Span<byte> to)
    {
        values = values[..to.Length];
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= to.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            Vector.Narrow(Vector.Narrow(Scaled(values[i..]), Scaled(values[(i + lanes)..])),
                Vector.Narrow(Scaled(values[(i + (2 * lanes))..]), Scaled(values[(i + (3 * lanes))..]))).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] = (byte)((Math.Clamp(values[i], 0f, 1f) * 255f) + 0.5f);
    }

    private static Vector<uint> Scaled(ReadOnlySpan<float> values) => Vector.ConvertToUInt32(
        (Vector.Min(Vector.Max(new Vector<float>(values), Vector<float>.Zero), Vector<float>.One) * 255f) + new Vector<float>(0.5f));
}
