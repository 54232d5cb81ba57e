using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pare.Kernels;

/// <summary>Moves images between bytes, planes of floats and lanes.</summary>
internal static class PlanarImages
{
    // The lanes of so many pixels stay in the first-level cache until all images have written theirs.
    private const int PixelsAtOnce = 128;

    /// <summary>floats[i] = bytes[i] / 255.</summary>
    public static void ToFloats(ReadOnlySpan<byte> bytes, Span<float> floats)
    {
        int i = 0, width = Vector<float>.Count;
        var scale = new Vector<float>(255f);
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            Span<float> target = floats.Slice(i, Vector<byte>.Count);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(a)) / scale).CopyTo(target);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(b)) / scale).CopyTo(target[width..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(c)) / scale).CopyTo(target[(2 * width)..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(d)) / scale).CopyTo(target[(3 * width)..]);
        }

        for (; i < bytes.Length; i++) floats[i] = bytes[i] / 255f;
    }

    /// <summary>Writes images into lanes; lanes beyond them are left alone.</summary>
    /// <param name="images"><c>[image][pixel]</c>.</param>
    /// <param name="stride">From the first pixel of an image to that of the next.</param>
    /// <param name="size">Pixels of an image, channels included; at most the stride.</param>
    /// <param name="count">Images, at most the lanes.</param>
    /// <param name="target"><c>[pixel][lane]</c>.</param>
    public static void ToLanes(ReadOnlySpan<float> images, int stride, int size, int count, Span<float> target)
    {
        int lanes = Simd.Lanes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, stride);
        ReadOnlySpan<float> all = images[..(count * stride)];
        ref float source = ref MemoryMarshal.GetReference(all), to = ref MemoryMarshal.GetReference(target[..(size * lanes)]);
        for (int start = 0; start < size; start += PixelsAtOnce)
        {
            int end = Math.Min(size, start + PixelsAtOnce), lane = 0;
            for (; lane <= count - 4; lane += 4)
            {
                ref float a = ref Unsafe.Add(ref source, lane * stride);
                int i = start;
                for (; i <= end - 4; i += 4)
                {
                    Transpose(
                        Vector128.LoadUnsafe(ref a, (nuint)i), Vector128.LoadUnsafe(ref a, (nuint)(stride + i)),
                        Vector128.LoadUnsafe(ref a, (nuint)((2 * stride) + i)),
                        Vector128.LoadUnsafe(ref a, (nuint)((3 * stride) + i)), ref Unsafe.Add(ref to, (i * lanes) + lane), (nuint)lanes);
                }

                for (; i < end; i++)
                {
                    for (int j = 0; j < 4; j++) Unsafe.Add(ref to, (i * lanes) + lane + j) = Unsafe.Add(ref a, (j * stride) + i);
                }
            }

            for (; lane < count; lane++)
            {
                for (int i = start; i < end; i++) Unsafe.Add(ref to, (i * lanes) + lane) = Unsafe.Add(ref source, (lane * stride) + i);
            }
        }
    }

    // Rows a to d of a 4 x 4 matrix to columns, each a stride behind the one before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, ref float target,
        nuint stride)
    {
        Vector128<float> acLow = Low(a, c), acHigh = High(a, c), bdLow = Low(b, d), bdHigh = High(b, d);
        Low(acLow, bdLow).StoreUnsafe(ref target);
        High(acLow, bdLow).StoreUnsafe(ref target, stride);
        Low(acHigh, bdHigh).StoreUnsafe(ref target, 2 * stride);
        High(acHigh, bdHigh).StoreUnsafe(ref target, 3 * stride);
    }

    // a0 b0 a1 b1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
            : Vector128.Create(a[0], b[0], a[1], b[1]);

    // a2 b2 a3 b3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
            : Vector128.Create(a[2], b[2], a[3], b[3]);
}
