using System.Runtime.Intrinsics;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// The cosine transform of 8x8 blocks in whole numbers: twelve products a row (Loeffler, Ligtenberg, Moschytz 1989, "Practical fast 1-D DCT
/// algorithms with 11 multiplications"), constants with 13 bits after the point, 2 bits more than whole numbers kept between rows and
/// columns, every shift rounded. Encoders and decoders of the Independent JPEG Group's line round at the same places, so that a coefficient
/// between two steps goes the same way as there.
/// </summary>
internal static class CosineTransform
{
    private const int Side = 8, Bits = 13, Between = 2;

    /// <summary>A block's coefficients, eight times what the orthogonal transform gives.</summary>
    /// <param name="block">Row by row, values from -128 to 127; overwritten.</param>
    public static void Forward(Span<int> block)
    {
        // A vector holds one place of all eight rows, then one of all eight columns.
        Transpose(block);
        Forward(block, Bits - Between, isFirst: true);
        Transpose(block);
        Forward(block, Bits + Between, isFirst: false);
    }

    /// <summary>The block of the coefficients, at their orthogonal size.</summary>
    /// <param name="block">Row by row; overwritten with values around 0.</param>
    public static void Backward(Span<int> block)
    {
        Backward(block, Bits - Between);
        Transpose(block);
        Backward(block, Bits + Between + 3);
        Transpose(block);
    }

    private static void Forward(Span<int> block, int shift, bool isFirst)
    {
        Vector256<int> a0 = Row(block, 0), a1 = Row(block, 1), a2 = Row(block, 2), a3 = Row(block, 3), a4 = Row(block, 4),
            a5 = Row(block, 5), a6 = Row(block, 6), a7 = Row(block, 7);
        Vector256<int> outer = a0 + a7, second = a1 + a6, third = a2 + a5, inner = a3 + a4;
        Vector256<int> sum = outer + inner, difference = outer - inner, middle = second + third, apart = second - third;
        Store(block, 0, isFirst ? (sum + middle) << Between : Rounded(sum + middle, Between));
        Store(block, 4, isFirst ? (sum - middle) << Between : Rounded(sum - middle, Between));
        Vector256<int> common = (apart + difference) * Constant(0.541196100);
        Store(block, 2, Rounded(common + (difference * Constant(0.765366865)), shift));
        Store(block, 6, Rounded(common - (apart * Constant(1.847759065)), shift));
        (Vector256<int> o7, Vector256<int> o5, Vector256<int> o3, Vector256<int> o1) = Odd(a3 - a4, a2 - a5, a1 - a6, a0 - a7);
        Store(block, 7, Rounded(o7, shift));
        Store(block, 5, Rounded(o5, shift));
        Store(block, 3, Rounded(o3, shift));
        Store(block, 1, Rounded(o1, shift));
    }

    private static void Backward(Span<int> block, int shift)
    {
        Vector256<int> second = Row(block, 2), sixth = Row(block, 6), common = (second + sixth) * Constant(0.541196100);
        Vector256<int> low = common - (sixth * Constant(1.847759065)), high = common + (second * Constant(0.765366865));
        Vector256<int> sum = (Row(block, 0) + Row(block, 4)) << Bits, difference = (Row(block, 0) - Row(block, 4)) << Bits;
        (Vector256<int> o3, Vector256<int> o2, Vector256<int> o1, Vector256<int> o0) =
            Odd(Row(block, 7), Row(block, 5), Row(block, 3), Row(block, 1));
        Pair(block, 0, sum + high, o0, shift);
        Pair(block, 1, difference + low, o1, shift);
        Pair(block, 2, difference - low, o2, shift);
        Pair(block, 3, sum - high, o3, shift);
    }

    private static void Pair(Span<int> block, int place, Vector256<int> even, Vector256<int> odd, int shift)
    {
        Store(block, place, Rounded(even + odd, shift));
        Store(block, Side - 1 - place, Rounded(even - odd, shift));
    }

    // The part of the odd frequencies, which is the same in both directions.
    private static (Vector256<int>, Vector256<int>, Vector256<int>, Vector256<int>) Odd(Vector256<int> a, Vector256<int> b,
        Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> all = (a + b + c + d) * Constant(1.175875602);
        Vector256<int> ad = (a + d) * Constant(-0.899976223), bc = (b + c) * Constant(-2.562915447);
        Vector256<int> ac = ((a + c) * Constant(-1.961570560)) + all, bd = ((b + d) * Constant(-0.390180644)) + all;
        return ((a * Constant(0.298631336)) + ad + ac, (b * Constant(2.053119869)) + bc + bd, (c * Constant(3.072711026)) + bc + ac,
            (d * Constant(1.501321110)) + ad + bd);
    }

    private static Vector256<int> Constant(double value) => Vector256.Create((int)Math.Round(value * (1 << Bits)));

    private static Vector256<int> Rounded(Vector256<int> value, int shift) => (value + Vector256.Create(1 << (shift - 1))) >> shift;

    private static Vector256<int> Row(Span<int> block, int row) => Vector256.Create<int>(block.Slice(row * Side, Side));

    private static void Store(Span<int> block, int row, Vector256<int> values) => values.CopyTo(block.Slice(row * Side, Side));

    private static void Transpose(Span<int> block)
    {
        for (int row = 0; row < Side; row++)
            for (int column = 0; column < row; column++)
                (block[(row * Side) + column], block[(column * Side) + row]) = (block[(column * Side) + row], block[(row * Side) + column]);
    }
}
