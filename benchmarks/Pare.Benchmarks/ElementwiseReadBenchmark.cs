using BenchmarkDotNet.Attributes;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>Batch norm and activation on reading: one plane of 32x32 pixels of one tile of images.</summary>
public class ElementwiseReadBenchmark
{
    private const int Pixels = 32 * 32;

    private readonly float[] _x = KernelData.Values(Pixels * Simd.Lanes), _y = new float[Pixels * Simd.Lanes];
    private ChannelTransform _transform;

    /// <summary>The cheapest function, and one with an exponential.</summary>
    [Params(nameof(ActivationFunction.Relu), nameof(ActivationFunction.Silu))]
    public string Function { get; set; } = "";

    [GlobalSetup]
    public void SetUp() => _transform = new ChannelTransform(0.1f, 1.2f, -0.3f, Enum.Parse<ActivationFunction>(Function));

    [Benchmark(Baseline = true)]
    public void Reference()
    {
        for (int i = 0; i < _x.Length; i++)
            _y[i] = (float)ReferenceActivation.Apply(_transform.Function, ((_x[i] - _transform.Mean) * _transform.Scale) + _transform.Shift);
    }

    [Benchmark]
    public void Fast() => ElementwiseKernels.Read(_x, _y, RowLayout.Run(Pixels), _transform);
}
