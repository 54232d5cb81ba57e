namespace Pare.Kernels.Reference;

/// <summary>Rounding to bfloat16, one value at a time, by distances and not by bits: what the fast one must equal.</summary>
internal static class ReferenceBFloat16
{
    /// <summary>The nearest bfloat16, the even one of two; beyond the largest by half a step or more the infinity; NaN for NaN.</summary>
    public static float Round(float x)
    {
        if (!float.IsFinite(x)) return x;
        float below = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(Math.Abs(x)) & 0xFFFF0000);
        uint next = BitConverter.SingleToUInt32Bits(below) + 0x10000;

        // In double precision the step beyond the largest is a number, too.
        double above = below + Step(below), middle = (below + above) / 2, size = Math.Abs((double)x);
        bool up = size > middle || (size == middle && (next & 0x10000) == 0);
        return MathF.CopySign(up ? BitConverter.UInt32BitsToSingle(next) : below, x);
    }

    // From a bfloat16 to the next: 2^-7 of its power of two, and of the least normal one below that.
    private static double Step(float value) => Math.ScaleB(1.0, Math.Max(value == 0 ? -126 : Math.ILogB(value), -126) - 7);
}
