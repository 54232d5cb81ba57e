using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>One lane: what is left where no vector fits.</summary>
internal readonly struct Lanes1 : ILanes<float>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(ref readonly float source, nint offset) => Unsafe.Add(ref Unsafe.AsRef(in source), offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, ref float target, nint offset) => Unsafe.Add(ref target, offset) = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNonTemporal(float value, ref float target, nint offset) => Unsafe.Add(ref target, offset) = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Broadcast(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Divide(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b) => a > b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargerOrNaN(float a, float b) => MathF.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(float a, float b) => a < b ? a : b;

    public static float Exp(float a) => Vector128.Exp(Vector128.CreateScalar(a)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float UnlessAtMost(float a, float b, float value) => a <= b ? 0f : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfAtMost(float a, float b, float yes, float no) => a <= b ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float EqualMask(float a, float b) => BitConverter.Int32BitsToSingle(a == b ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfEqual(float a, float b, float value) => a == b ? value : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float NaNMask(float a) => BitConverter.Int32BitsToSingle(float.IsNaN(a) ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasNaN(float a) => float.IsNaN(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Or(float a, float b) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a) | BitConverter.SingleToInt32Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Xor(float a, float b) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a) ^ BitConverter.SingleToInt32Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float And(float a, float b) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a) & BitConverter.SingleToInt32Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AndNot(float a, float notB) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a) & ~BitConverter.SingleToInt32Bits(notB));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float a) => a;

    public static Vector128<float> SumEach(float a, float b, float c, float d) => Vector128.Create(a, b, c, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WidenLower(float pair) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(pair) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WidenUpper(float pair) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(pair) & 0xFFFF0000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Narrow(float lower, float upper) =>
        BitConverter.UInt32BitsToSingle((Rounded(lower) >> 16) | (Rounded(upper) & 0xFFFF0000));

    private static uint Rounded(float a)
    {
        uint bits = BitConverter.SingleToUInt32Bits(float.IsNaN(a) ? float.NaN : a);
        return float.IsNaN(a) ? bits : bits + 0x7FFF + ((bits >> 16) & 1);
    }
}
