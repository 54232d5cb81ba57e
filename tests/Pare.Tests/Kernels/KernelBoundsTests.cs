using Pare.Kernels;

namespace Pare.Tests.Kernels;

/// <summary>A span that is too short is refused; no kernel reads or writes behind it.</summary>
public class KernelBoundsTests
{
    private const int Rows = 2, Pixels = 3, Outputs = 5;

    private static readonly int Lanes = Simd.Lanes;
    private static readonly int[] Offsets = [0, 2 * Lanes, Lanes];

    private static int Source => (2 + Pixels - 1 + ((Rows - 1) * 8) + 1) * Lanes;

    [Fact]
    public void Convolution()
    {
        var shape = new FilterShape(Rows, Pixels, 8 * Lanes, Lanes, Rows * Pixels * Lanes, Pixels * Lanes, Lanes, Accumulates: false);
        float[] weights = new float[ConvolutionKernels.PackedOutputs(Outputs) * Offsets.Length];
        Check(Source, Outputs * Rows * Pixels * Lanes, (source, target) =>
            ConvolutionKernels.Apply(source, Offsets, weights, default, target, Outputs, shape, new Prefetcher()));
        var correlation = new CorrelationShape(Rows, Pixels, Rows * Pixels * Lanes, Pixels * Lanes, 8 * Lanes, Lanes);
        Check(Source, Outputs * Rows * Pixels * Lanes, (source, dY) =>
            ConvolutionKernels.WeightGradient(dY, source, Offsets, new float[Lanes], new float[Outputs * 3], Outputs, correlation,
                new Prefetcher()));
    }

    [Fact]
    public void Winograd_transforms()
    {
        var shape = new WinogradShape(2, 3, 7 * Lanes);
        int places = ((15 * 7) + 6) * Lanes;
        Check(6 * 8 * Lanes, places, (plane, target) => WinogradKernels.TransformSource(plane, target, shape));
        Check(((3 * 8) + 6) * Lanes, places, (dY, target) => WinogradKernels.TransformGradient(dY, target, shape));
        Check(places, 4 * 6 * Lanes, (source, y) => WinogradKernels.TransformOutput(source, y, 4, 6, shape, accumulate: true));
        Check(places, 3 * 5 * Lanes, (source, y) => WinogradKernels.TransformOutput(source, y, 3, 5, shape, accumulate: false));
        int filters = Lanes + 1;
        Check(16 * filters, 9 * filters, (dU, dW) => WinogradKernels.AddFilterGradients(dU, filters, dW));
    }

    [Fact]
    public void Depthwise_convolution()
    {
        var shape = new FilterShape(Rows, Pixels, 8 * Lanes, Lanes, 0, Pixels * Lanes, Lanes, Accumulates: true);
        Check(Source, Rows * Pixels * Lanes, (source, target) =>
            DepthwiseKernels.Apply(source, Offsets, new float[3], 0, target, shape, new Prefetcher()));
        var correlation = new CorrelationShape(Rows, Pixels, 0, Pixels * Lanes, 8 * Lanes, Lanes);
        Check(Source, Rows * Pixels * Lanes, (source, dY) =>
            DepthwiseKernels.WeightGradient(dY, source, Offsets, new float[Lanes], new float[3], correlation, new Prefetcher()));
    }

    [Fact]
    public void Max_pooling()
    {
        int[] rising = [0, Lanes, 2 * Lanes];
        Check((2 + Pixels) * Lanes, Pixels * Lanes, (source, y) => PoolingKernels.MaxRow(source, rising, y, Pixels, Lanes));
        Check((2 + Pixels) * Lanes, Pixels * Lanes, (source, dY) =>
            PoolingKernels.MaxRowBackward(source, rising, dY, new float[source.Length], Pixels, Lanes));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            PoolingKernels.MaxRowBackward(new float[(2 + Pixels) * Lanes], rising, new float[Pixels * Lanes],
                new float[((2 + Pixels) * Lanes) - 1], Pixels, Lanes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Max_pooling_by_pairs(int stride)
    {
        const int Height = 5, Width = 4;
        int windows = (((Height - 2) / stride) + 1) * (((Width - 2) / stride) + 1) * Lanes, row = Width * Lanes, source = Height * row;
        Check(source, windows, (x, y) => PairPoolingKernels.Forward(x, y, Height, Width, stride));
        Check(source, windows, (x, dY) => Backward(x, dY, new float[source], new float[row]));
        Check(source, row, (dX, scratch) => Backward(new float[source], new float[windows], dX, scratch));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairPoolingKernels.Forward(new float[source], new float[windows], 1, 2, stride));

        void Backward(float[] x, float[] dY, float[] dX, float[] scratch) =>
            PairPoolingKernels.Backward(x, dY, dX, scratch, Height, Width, stride, accumulate: false, new Prefetcher());
    }

    private static void Check(int first, int second, Action<float[], float[]> kernel)
    {
        kernel(new float[first], new float[second]);
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel(new float[first - 1], new float[second]));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel(new float[first], new float[second - 1]));
    }
}
