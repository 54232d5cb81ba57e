using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>Random operands, and the taps of a square filter over padded planes of <c>[channel][row][column][lane]</c>.</summary>
internal static class KernelData
{
    private static readonly SeededRandom Random = new(1);

    /// <summary>All lanes hold an image.</summary>
    public static float[] FullMask { get; } = [.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(uint.MaxValue), Simd.Lanes)];

    public static float[] Values(int count)
    {
        // Pinned, because the kernels' vectors are fastest where the operands do not move across cache lines between runs.
        float[] values = GC.AllocateArray<float>(count, pinned: true);
        foreach (ref float value in values.AsSpan()) value = Random.NextNormal();
        return values;
    }

    /// <summary>Offsets of all taps, input channel by input channel.</summary>
    public static int[] Taps(int channels, int kernel, int sourceWidth, int sourcePlane) =>
        [.. from c in Enumerable.Range(0, channels)
            from u in Enumerable.Range(0, kernel)
            from v in Enumerable.Range(0, kernel)
            select (c * sourcePlane) + (((u * sourceWidth) + v) * Simd.Lanes)];
}
