using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pare.Augmentation;

/// <summary>
/// Rotates, shifts, scales and shears an image about its centre, all in one resampling; what comes from outside is black. Simard,
/// Steinkraus, Platt 2003, "Best practices for convolutional neural networks applied to visual document analysis".
/// </summary>
public sealed record Affine : ImageAugmentation
{
    private const int Border = 3;

    /// <summary>The largest rotation in degrees, either way, 0 to 180.</summary>
    [Range(0, 180)]
    public float Rotate { get; init; } = 10;

    /// <summary>The largest shift as a part of the height and of the width, either way, 0 up to 1.</summary>
    [Range(0, 1)]
    public float Shift { get; init; } = 0.1f;

    /// <summary>The smallest factor on the size, above 0.</summary>
    [Range(0.1, 10)]
    public float ScaleMin { get; init; } = 0.9f;

    /// <summary>The largest factor on the size.</summary>
    [Range(0.1, 10)]
    public float ScaleMax { get; init; } = 1.1f;

    /// <summary>The largest angle of shear along the rows in degrees, either way, 0 up to 80.</summary>
    [Range(0, 80)]
    public float Shear { get; init; }

    /// <inheritdoc/>
    public override string Key => "affine";

    /// <inheritdoc/>
    public override bool Acts => Rotate > 0 || Shift > 0 || Shear > 0 || ScaleMin != 1 || ScaleMax != 1;

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Affine;

    /// <summary>
    /// The map from the result's [column, row] to the image's: the inverse of shear, scale and rotation about the centre, then shift.
    /// </summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="rotate">Clockwise, in degrees.</param>
    /// <param name="down">Shift in rows.</param>
    /// <param name="right">Shift in columns.</param>
    /// <param name="scale">Factor on the size, positive.</param>
    /// <param name="shear">Along the rows, in degrees.</param>
    public static Matrix3x2 Map(int height, int width, float rotate, float down, float right, float scale, float shear)
    {
        var centre = new Vector2((width - 1) / 2f, (height - 1) / 2f);
        Matrix3x2 forward = Matrix3x2.CreateTranslation(-centre) * Matrix3x2.CreateSkew(float.DegreesToRadians(shear), 0) *
            Matrix3x2.CreateScale(scale) * Matrix3x2.CreateRotation(float.DegreesToRadians(rotate))
                * Matrix3x2.CreateTranslation(centre + new Vector2(right, down));
        Matrix3x2.Invert(forward, out Matrix3x2 inverse);
        return inverse;
    }

    /// <summary>Resamples an image in place, bilinearly, with zeros around it.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="map">From [column, row] of the result to [column, row] of the image.</param>
    /// <param name="spare">Working memory for channels x (height + 3) x (width + 3) values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Warp(Span<float> image, int height, int width, Matrix3x2 map, Span<float> spare)
    {
        int area = height * width, channels = image.Length / area, stride = width
            + Border, plane = (height + Border) * stride, lanes = Vector<float>.Count;
        Span<float> padded = spare[..(channels * plane)], narrow = stackalloc float[lanes];
        Pad(image, height, width, padded);
        int* offsets = stackalloc int[lanes];
        fixed (float* source = padded, target = image, few = narrow)
        {
            // Coordinates beyond one pixel outside are moved to there: all four neighbours are then in the border of zeros.
            Vector<float> low = -Vector<float>.One, lastColumn = new(width), lastRow = new(height);
            Vector<int> rowLength = new(stride);
            for (int row = 0; row < height; row++)
            {
                Vector<float> columnOfRow = new((row * map.M21) + map.M31), rowOfRow = new((row * map.M22) + map.M32);
                for (int next = 0; next < width; next += lanes)
                {
                    // The last vector of a row computes some pixels of the one before again.
                    int column = Math.Max(0, Math.Min(next, width - lanes));
                    Vector<float> x = new Vector<float>(column) + Vector<float>.Indices;
                    Vector<float> columns = Vector.MinNative(Vector.MaxNative((x * map.M11) + columnOfRow, low), lastColumn);
                    Vector<float> rows = Vector.MinNative(Vector.MaxNative((x * map.M12) + rowOfRow, low), lastRow);
                    Vector<float> firstColumns = Vector.Floor(columns), firstRows = Vector.Floor(rows);
                    Vector<float> across = columns - firstColumns, down = rows - firstRows;
                    ((Vector.ConvertToInt32Native(firstRows) * rowLength) + Vector.ConvertToInt32Native(firstColumns)).Store(offsets);

                    float* corner = source + stride + 1, to = target + (row * width) + column;
                    for (int c = 0; c < channels; c++, to += area, corner += plane)
                    {
                        (Vector<float> first, Vector<float> right) = Neighbours(corner, offsets);
                        (Vector<float> second, Vector<float> belowRight) = Neighbours(corner + stride, offsets);
                        Vector<float> above = first + (across * (right - first));
                        Vector<float> below = second + (across * (belowRight - second));
                        Vector<float> values = above + (down * (below - above));
                        if (width >= lanes)
                        {
                            values.Store(to);
                            continue;
                        }

                        values.Store(few);
                        narrow[..width].CopyTo(new Span<float>(to, width));
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override int SpareSize(RunFacts run) => run.Channels * (run.Height + Border) * (run.Width + Border);

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        RunFacts run = facts.Run;
        float rotate = random.NextBetween(-Rotate, Rotate), down = random.NextBetween(-Shift, Shift),
            right = random.NextBetween(-Shift, Shift);
        float scale = random.NextBetween(ScaleMin, ScaleMax), shear = random.NextBetween(-Shear, Shear);
        Warp(image, run.Height, run.Width, Map(run.Height, run.Width, rotate, down * run.Height, right * run.Width, scale, shear), spare);
    }

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (ScaleMin > ScaleMax)
            throw new ArgumentException(
                Invariant($"scale_min is {ScaleMin} and scale_max is {ScaleMax}; scale_min must not be the larger."));
    }

    // One row and column of zeros before each plane, two behind.
    private static void Pad(ReadOnlySpan<float> image, int height, int width, Span<float> padded)
    {
        int stride = width + Border, area = height * width, plane = (height + Border) * stride;
        padded.Clear();
        for (int start = 0, to = stride + 1; start < image.Length; start += area, to += plane)
        {
            for (int row = 0; row < height; row++) image.Slice(start + (row * width), width).CopyTo(padded[(to + (row * stride))..]);
        }
    }

    // Of each lane the value at its offset and the one to the right of it, which one load of 64 bits brings: a gather of the processor
    // takes as long for each value.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe (Vector<float> Left, Vector<float> Right) Neighbours(float* source, int* offsets)
    {
        if (Avx.IsSupported && Vector<float>.Count == Vector256<float>.Count)
        {
            Vector256<float> outer = Vector256.Create(Two(source, offsets), Two(source, offsets + 4));
            Vector256<float> inner = Vector256.Create(Two(source, offsets + 2), Two(source, offsets + 6));
            return (Avx.Shuffle(outer, inner, 0b10_00_10_00).AsVector(), Avx.Shuffle(outer, inner, 0b11_01_11_01).AsVector());
        }

        if (Vector<float>.Count == Vector128<float>.Count)
        {
            Vector128<float> a = Two(source, offsets), b = Two(source, offsets + 2);
            if (Sse.IsSupported) return (Sse.Shuffle(a, b, 0b10_00_10_00).AsVector(), Sse.Shuffle(a, b, 0b11_01_11_01).AsVector());
            if (AdvSimd.Arm64.IsSupported) return (AdvSimd.Arm64.UnzipEven(a, b).AsVector(), AdvSimd.Arm64.UnzipOdd(a, b).AsVector());
        }

        Vector<float> left = default, right = default;
        for (int i = 0; i < Vector<float>.Count; i++)
            (left, right) = (left.WithElement(i, source[offsets[i]]), right.WithElement(i, source[offsets[i] + 1]));
        return (left, right);
    }

    // Two values at an offset, then two at the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector128<float> Two(float* source, int* offsets) =>
        Vector128.Create(Unsafe.ReadUnaligned<double>(source + offsets[0]), Unsafe.ReadUnaligned<double>(source + offsets[1])).AsSingle();
}
