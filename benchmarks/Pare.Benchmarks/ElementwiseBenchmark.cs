using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>
/// Batch norm and activation on reading, and the gradient back through both: one plane of 32x32 pixels of one tile of images.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ElementwiseBenchmark
{
    private const int Pixels = 32 * 32;

    private readonly float[] _x = KernelData.Values(Pixels * Simd.Lanes), _y = new float[Pixels * Simd.Lanes];
    private readonly float[] _dY = KernelData.Values(Pixels * Simd.Lanes), _dX = new float[Pixels * Simd.Lanes];
    private readonly GradientCoefficients _coefficients = new(1.2f, -0.01f, 0.02f);
    private ChannelTransform _transform;

    /// <summary>The cheapest function, and one with an exponential.</summary>
    [Params(nameof(ActivationFunction.Relu), nameof(ActivationFunction.Silu))]
    public string Function { get; set; } = "";

    [GlobalSetup]
    public void SetUp() => _transform = new ChannelTransform(0.1f, 1.2f, -0.3f, Enum.Parse<ActivationFunction>(Function));

    [Benchmark(Baseline = true), BenchmarkCategory("read")]
    public void ReferenceRead()
    {
        for (int i = 0; i < _x.Length; i++)
            _y[i] = (float)ReferenceActivation.Apply(_transform.Function, ((_x[i] - _transform.Mean) * _transform.Scale)
                + _transform.Shift);
    }

    [Benchmark, BenchmarkCategory("read")]
    public void Read() => ElementwiseKernels.Read<Float32Storage>(_x, _y, RowLayout.Run(Pixels), _transform);

    [Benchmark(Baseline = true), BenchmarkCategory("gradient")]
    public void ReferenceGradient()
    {
        for (int i = 0; i < _x.Length; i++)
        {
            float d = _x[i] - _transform.Mean;
            double g = _dY[i] * ReferenceActivation.Slope(_transform.Function, (d * _transform.Scale) + _transform.Shift);
            _dX[i] = (float)((_coefficients.Slope * g) + (_coefficients.Factor * d) + _coefficients.Offset);
        }
    }

    [Benchmark, BenchmarkCategory("gradient")]
    public void Gradient() =>
        ElementwiseKernels.ReadGradient<Float32Storage, Float32Storage>(_dY, _x, _dX, RowLayout.Run(Pixels), _transform, _coefficients);
}
