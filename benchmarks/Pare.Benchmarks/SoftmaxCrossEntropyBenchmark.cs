using BenchmarkDotNet.Attributes;
using Pare.Kernels;
using Pare.Kernels.Reference;

namespace Pare.Benchmarks;

/// <summary>Softmax cross entropy and its gradient: one tile of images, 10 classes.</summary>
public class SoftmaxCrossEntropyBenchmark
{
    private const int Classes = 10;

    private readonly float[] _logits = KernelData.Values(Classes * Simd.Lanes), _dLogits = new float[Classes * Simd.Lanes];
    private readonly float[] _targets = [.. Enumerable.Repeat(1f / Classes, Classes * Simd.Lanes)];

    [Benchmark(Baseline = true)]
    public double Reference() => ReferenceCrossEntropy.Run(_logits, _targets, Classes, _dLogits);

    [Benchmark]
    public double Fast() => SoftmaxCrossEntropy.Run(_logits, _targets, Simd.Lanes, Simd.Lanes, 1f / Simd.Lanes, _dLogits).Loss;
}
