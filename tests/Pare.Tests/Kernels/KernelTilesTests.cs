using Pare.Kernels;

namespace Pare.Tests.Kernels;

/// <summary>
/// Kernels cut rows, outputs and taps into tiles. Whatever is left over, each output is the sum of its taps in their order, to the bit, and
/// nothing beside the outputs is written.
/// </summary>
public class KernelTilesTests
{
    private const int Rows = 2;

    private static readonly int Lanes = Simd.Lanes;
    private static readonly bool IsFused = Simd.InstructionSet is not ("SSE" or "scalar");

    /// <summary>Filters: side, stride, whether the taps go from right to left as those of an input gradient do, whether it adds.</summary>
    public static TheoryData<int, int, bool, bool> Filters()
    {
        var filters = new TheoryData<int, int, bool, bool>();
        foreach (int kernel in new[] { 1, 2, 3, 5 })
        {
            foreach (bool reversed in new[] { false, true })
            {
                filters.Add(kernel, 1, reversed, false);
                filters.Add(kernel, 1, reversed, true);
                filters.Add(kernel, 2, reversed, false);
            }
        }

        return filters;
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Depthwise_rows_of_any_length(int kernel, int stride, bool reversed, bool accumulate)
    {
        for (int pixels = 1; pixels <= 27; pixels++)
        {
            var plane = new Plane(pixels, kernel, stride, reversed, inputs: 1);
            float[] weights = Values(plane.Offsets.Length);
            var shape = new FilterShape(Rows, pixels, plane.SourceRow, plane.SourceStep, 0, (pixels + 1) * Lanes, Lanes, accumulate);
            float[] target = Values((Rows * (pixels + 1)) * Lanes), expected = [.. target];
            foreach ((int row, int x, int lane) in plane.Places())
            {
                ref float y = ref expected[(((row * (pixels + 1)) + x) * Lanes) + lane];
                float sum = plane.Sum(row, x, lane, 0.5f, t => weights[t]);
                y = accumulate ? sum + y : sum;
            }

            DepthwiseKernels.Apply(plane.Source, plane.Offsets, weights, 0.5f, target, shape, new Prefetcher());
            Assert.Equal(expected, target);
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Convolutions_of_any_number_of_outputs_and_taps(int kernel, int stride, bool reversed, bool accumulate)
    {
        for (int outputs = 1; outputs <= 13; outputs++)
        {
            int pixels = outputs % 7 + 1, inputs = outputs % 3 + 1;
            var plane = new Plane(pixels, kernel, stride, reversed, inputs);
            int taps = plane.Offsets.Length, targetPlane = (Rows * pixels * Lanes) + Lanes;
            float[] weights = Values(outputs * taps), bias = Values(ConvolutionKernels.PackedOutputs(outputs));
            var packed = new float[ConvolutionKernels.PackedOutputs(outputs) * taps];
            float[] target = Values(outputs * targetPlane), expected = [.. target];
            for (int o = 0; o < outputs; o++)
            {
                for (int t = 0; t < taps; t++) packed[ConvolutionKernels.PackedIndex(o, outputs, t, taps)] = weights[(o * taps) + t];
                foreach ((int row, int x, int lane) in plane.Places())
                {
                    ref float y = ref expected[(o * targetPlane) + (((row * pixels) + x) * Lanes) + lane];
                    float sum = plane.Sum(row, x, lane, bias[o], t => weights[(o * taps) + t]);
                    y = accumulate ? sum + y : sum;
                }
            }

            var shape = new FilterShape(Rows, pixels, plane.SourceRow, plane.SourceStep, targetPlane, pixels * Lanes, Lanes, accumulate);
            ConvolutionKernels.Apply(plane.Source, plane.Offsets, packed, bias, target, outputs, shape, new Prefetcher());
            Assert.Equal(expected, target);
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Weight_gradients_of_any_number_of_outputs_taps_and_pixels(int kernel, int stride, bool reversed, bool accumulate)
    {
        for (int outputs = 1; outputs <= 13; outputs++)
        {
            int pixels = outputs + 4, inputs = outputs % 3 + 1;
            var plane = new Plane(pixels, kernel, stride, reversed, inputs);
            int taps = plane.Offsets.Length, gradientPlane = Rows * pixels * Lanes;
            float[] dY = Values(outputs * gradientPlane), mask = new float[Lanes];
            mask.AsSpan(0, Lanes - 1).Fill(BitConverter.UInt32BitsToSingle(uint.MaxValue));
            float[] dW = accumulate ? Values(outputs * taps) : new float[outputs * taps], expected = [.. dW];
            for (int o = 0; o < outputs; o++)
            {
                for (int t = 0; t < taps; t++)
                {
                    for (int lane = 0; lane < Lanes - 1; lane++)
                    {
                        double sum = 0;
                        for (int row = 0; row < Rows; row++)
                        {
                            for (int x = 0; x < pixels; x++)
                                sum += (double)dY[(o * gradientPlane) + (((row * pixels) + x) * Lanes) + lane] * plane.At(row, x, lane, t);
                        }

                        expected[(o * taps) + t] += (float)sum;
                    }
                }
            }

            var shape = new CorrelationShape(Rows, pixels, gradientPlane, pixels * Lanes, plane.SourceRow, plane.SourceStep);
            float[] depthwise = [.. dW[..taps]];
            ConvolutionKernels.WeightGradient(dY, plane.Source, plane.Offsets, mask, dW, outputs, shape, new Prefetcher());
            DepthwiseKernels.WeightGradient(dY.AsSpan(0, gradientPlane), plane.Source, plane.Offsets, mask, depthwise, shape,
                new Prefetcher());
            for (int i = 0; i < dW.Length; i++) Assert.Equal(expected[i], dW[i], 1e-4f * Lanes);
            for (int i = 0; i < taps; i++) Assert.Equal(expected[i], depthwise[i], 1e-4f * Lanes);
        }
    }

    private static float[] Values(int count)
    {
        var random = new SeededRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }

    // Padded planes and the taps of a square filter over all of them.
    private sealed class Plane
    {
        private readonly int _pixels;

        public Plane(int pixels, int kernel, int stride, bool reversed, int inputs)
        {
            _pixels = pixels;
            int width = ((pixels - 1) * stride) + kernel, height = ((Rows - 1) * stride) + kernel;
            (SourceRow, SourceStep) = (stride * width * Lanes, stride * Lanes);
            Source = Values(inputs * height * width * Lanes);
            IEnumerable<int> places =
                from u in Enumerable.Range(0, kernel) from v in Enumerable.Range(0, kernel) select ((u * width) + v) * Lanes;
            int[] taps = [.. reversed ? places.Reverse() : places];
            Offsets = [.. from c in Enumerable.Range(0, inputs) from tap in taps select (c * height * width * Lanes) + tap];
        }

        public float[] Source { get; }

        public int[] Offsets { get; }

        public int SourceRow { get; }

        public int SourceStep { get; }

        public IEnumerable<(int Row, int X, int Lane)> Places() =>
            from row in Enumerable.Range(0, Rows)
            from x in Enumerable.Range(0, _pixels)
            from lane in Enumerable.Range(0, Lanes)
            select (row, x, lane);

        public float At(int row, int x, int lane, int tap) => Source[Offsets[tap] + (row * SourceRow) + (x * SourceStep) + lane];

        public float Sum(int row, int x, int lane, float bias, Func<int, float> weight)
        {
            float sum = bias;
            for (int t = 0; t < Offsets.Length; t++)
                sum = IsFused ? MathF.FusedMultiplyAdd(weight(t), At(row, x, lane, t), sum) : (weight(t) * At(row, x, lane, t)) + sum;
            return sum;
        }
    }
}
