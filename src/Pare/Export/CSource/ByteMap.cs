using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>
/// What becomes of the bytes of a picture, as C computes it: a sum where the table is one, else a product and a shift, else the table.
/// </summary>
internal static class ByteMap
{
    private const int Bytes = 256, MostShift = 16;

    /// <summary>The expression of the integer for a byte; null where only the table says it.</summary>
    /// <param name="table">The integer for each byte.</param>
    /// <param name="value">The expression of the byte.</param>
    public static string? Expression(ReadOnlySpan<sbyte> table, string value)
    {
        for (int shift = 0; shift <= MostShift; shift++)
        {
            // The slope between the ends is off by less than a step over all bytes.
            long middle = (long)Math.Round(Math.ScaleB(table[^1] - table[0], shift) / (Bytes - 1));
            long around = 1 + ((1L << shift) / (Bytes - 1));
            for (long factor = middle - around; factor <= middle + around; factor++)
            {
                if (Addend(table, factor, shift) is not long addend) continue;
                string product = factor == 1 ? value : $"(int32_t){value} * {CText.Int(factor)}";
                string sum = addend == 0 ? product : $"{product} {(addend < 0 ? "-" : "+")} {CText.Int(Math.Abs(addend))}";
                return shift == 0 ? $"(int8_t)({sum})" : $"(int8_t)(({sum}) >> {shift})";
            }
        }

        return null;
    }

    // What is to be added so that every byte's product, shifted, is its integer, if there is such a number.
    private static long? Addend(ReadOnlySpan<sbyte> table, long factor, int shift)
    {
        long least = int.MinValue, most = int.MaxValue;
        for (int value = 0; value < Bytes; value++)
        {
            long low = ((long)table[value] << shift) - (value * factor);
            (least, most) = (Math.Max(least, low), Math.Min(most, low + (1L << shift) - 1));
        }

        return least <= most ? least + ((most - least) / 2) : null;
    }
}
