using Pare.Execution;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>
/// Maps in 16 bits are what rounding their values one by one gives, and loops over them what loops over the rounded ones give.
/// </summary>
public class MapStorageKernelTests
{
    private static readonly ActivationFunction[] Functions = Enum.GetValues<ActivationFunction>();

    [Fact]
    public void Values_are_rounded_to_the_nearest_and_ties_to_even()
    {
        uint[] ends =
        [
            0, 1, 0x7FFF, 0x8000, 0x8001, 0x18000, 0x007FFFFF, 0x00800000, 0x3F800000, 0x3F807FFF, 0x3F808000, 0x3F808001, 0x3F817FFF,
            0x3F818000, 0x3F818001, 0x3FFFFFFF, 0x7F7F0000, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF, 0x7F800000,
        ];
        var random = new SeededRandom(1);
        float[] values = [.. ends.Concat(ends.Select(static bits => bits | 0x80000000))
            .Concat(Enumerable.Range(0, 100_000).Select(_ => (uint)random.NextUInt64()))
            .Select(BitConverter.UInt32BitsToSingle).Where(static value => !float.IsNaN(value))];
        values = values[..(values.Length / Simd.Lanes * Simd.Lanes)];
        Assert.Equal(values.Select(ReferenceBFloat16.Round).Select(BitConverter.SingleToUInt32Bits),
            Rounded(values).Select(BitConverter.SingleToUInt32Bits));
    }

    [Theory]
    [InlineData(0x3F800000u, 0x3F800000u)]
    [InlineData(0x3F808000u, 0x3F800000u)]
    [InlineData(0x3F808001u, 0x3F810000u)]
    [InlineData(0x3F818000u, 0x3F820000u)]
    [InlineData(0xBF817FFFu, 0xBF810000u)]
    [InlineData(0x00008000u, 0x00000000u)]
    [InlineData(0x80008001u, 0x80010000u)]
    [InlineData(0x007FFFFFu, 0x00800000u)]
    [InlineData(0x7F7F7FFFu, 0x7F7F0000u)]
    [InlineData(0x7F7F8000u, 0x7F800000u)]
    [InlineData(0xFF800000u, 0xFF800000u)]
    public void The_reference_rounds_as_by_hand(uint value, uint rounded) => Assert.Equal(rounded,
        BitConverter.SingleToUInt32Bits(ReferenceBFloat16.Round(BitConverter.UInt32BitsToSingle(value))));

    [Theory]
    [InlineData(0x7FC00000u)]
    [InlineData(0xFFC00000u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x7F800001u)]
    [InlineData(0xFF808000u)]
    public void NaN_stays_NaN_and_its_neighbours_what_they_are(uint bits)
    {
        for (int place = 0; place < 4 * Simd.Lanes; place++)
        {
            float[] values = [.. Enumerable.Repeat(1.5f, 4 * Simd.Lanes)];
            values[place] = BitConverter.UInt32BitsToSingle(bits);
            float[] rounded = Rounded(values);
            Assert.True(float.IsNaN(rounded[place]));
            Assert.All(rounded.Where((_, i) => i != place), static value => Assert.Equal(1.5f, value));
        }
    }

    [Fact]
    public void Loops_over_16_bits_are_loops_over_rounded_values()
    {
        var random = new SeededRandom(1);
        foreach (ActivationFunction function in Functions)
        {
            var transform = new ChannelTransform(0.25f, 1.5f, -0.125f, function);
            var coefficients = new GradientCoefficients(0.75f, 0.01f, -0.02f);
            foreach ((int rows, int width, int columns, int left, int right) in
                new[] { (1, 6, 6, 0, 0), (3, 4, 4, 1, 1), (2, 8, 5, 0, 2), (4, 2, 1, 2, 0), (1, 64, 63, 1, 0) })
            {
                int lanes = Simd.Lanes, size = rows * width * lanes;
                var layout = new RowLayout(rows, columns, width * lanes, left, right, -3f);
                float[] x = RandomArrays.Normal(ref random, size), dY = RandomArrays.Normal(ref random, size);
                (float[] x16, float[] dY16) = (Narrow(x), Narrow(dY));
                (float[] xRounded, float[] dYRounded) = (Rounded(x), Rounded(dY));
                float[] expected = new float[layout.TargetLength], got = new float[layout.TargetLength];

                ElementwiseKernels.Read<Float32Storage>(xRounded, expected, layout, transform);
                ElementwiseKernels.Read<BFloat16Storage>(x16, got, layout, transform);
                Assert.Equal(expected, got);

                ElementwiseKernels.ReadGradient<Float32Storage, Float32Storage>(dYRounded, xRounded, expected, layout, transform,
                    coefficients);
                ElementwiseKernels.ReadGradient<BFloat16Storage, BFloat16Storage>(dY16, x16, got, layout, transform, coefficients);
                Assert.Equal(expected, got);

                ElementwiseKernels.ReadGradient<Float32Storage, Float32Storage>(dY, xRounded, expected, layout, transform, coefficients);
                ElementwiseKernels.ReadGradient<Float32Storage, BFloat16Storage>(dY, x16, got, layout, transform, coefficients);
                Assert.Equal(expected, got);

                // The sums are those of what was computed; what is stored is rounded.
                float[] sums = new float[2 * lanes], sums16 = new float[2 * lanes], g = [.. dY], g16 = new float[size / 2];
                ElementwiseKernels.AddGradientSums<Float32Storage, Float32Storage>(g, g, xRounded, transform, sums, stores: true);
                ElementwiseKernels.AddGradientSums<BFloat16Storage, BFloat16Storage>(dY, g16, x16, transform, sums16, stores: true);
                Assert.Equal(sums, sums16);
                Assert.Equal(Rounded(g), Widen(g16));

                float[] kept = [.. dY];
                ElementwiseKernels.AddGradientSums<Float32Storage, BFloat16Storage>(kept, kept, x16, transform, sums16, stores: false);
                Assert.Equal(dY, kept);

                float[] pivot = x[..lanes], moments = new float[2 * lanes], moments16 = new float[2 * lanes], stored = new float[size / 2];
                ElementwiseKernels.AddMoments<Float32Storage>(x, default, pivot, moments);
                ElementwiseKernels.AddMoments<BFloat16Storage>(x, stored, pivot, moments16);
                Assert.Equal(moments, moments16);
                Assert.Equal(x16, stored);
            }
        }
    }

    [Fact]
    public void Storing_past_the_caches_stores_the_same()
    {
        var random = new SeededRandom(1);
        foreach (ActivationFunction function in Functions)
        {
            var transform = new ChannelTransform(0.25f, 1.5f, -0.125f, function);
            for (int pixels = 1; pixels <= 9; pixels++)
            {
                int lanes = Simd.Lanes, size = pixels * lanes;
                float[] x = RandomArrays.Normal(ref random, size), dY = RandomArrays.Normal(ref random, size), g = [.. dY];
                float[] sums = RandomArrays.Normal(ref random, 2 * lanes), sumsPast = [.. sums];
                var past = new AlignedBuffer(size + lanes);
                past.Span.Fill(7f);
                ElementwiseKernels.AddGradientSums<Float32Storage, Float32Storage>(g, g, x, transform, sums, stores: true);
                ElementwiseKernels.AddGradientSums<StreamedStorage, Float32Storage>(dY, past.Span, x, transform, sumsPast, stores: true);
                Assert.Equal(sums, sumsPast);
                Assert.Equal(g, past.Slice(0, size).ToArray());
                Assert.All(past.Slice(size, lanes).ToArray(), static value => Assert.Equal(7f, value));
            }
        }
    }

    private static float[] Rounded(float[] values) => Widen(Narrow(values))[..values.Length];

    private static float[] Narrow(float[] values)
    {
        float[] narrow = new float[BFloat16Storage.Length(values.Length)];
        ElementwiseKernels.Store<BFloat16Storage>(values, narrow);
        return narrow;
    }

    // Of a pair of pixels the first lies in the lower halves of a vector's lanes, the second in the upper ones.
    private static float[] Widen(float[] narrow)
    {
        int lanes = Simd.Lanes;
        var values = new float[2 * narrow.Length];
        for (int i = 0; i < values.Length; i++)
        {
            uint pair = BitConverter.SingleToUInt32Bits(narrow[(i / (2 * lanes) * lanes) + (i % lanes)]);
            values[i] = BitConverter.UInt32BitsToSingle(i / lanes % 2 == 0 ? pair << 16 : pair & 0xFFFF0000);
        }

        return values;
    }
}
