using Pare.Kernels;

namespace Pare.Execution;

/// <summary>The cross entropy of the logits' softmax and the targets.</summary>
internal sealed class CrossEntropyLoss : ILoss
{
    public static readonly CrossEntropyLoss Instance = new();

    private CrossEntropyLoss()
    {
    }

    public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
        Span<float> dLogits) =>
        SoftmaxCrossEntropy.Run(logits, targets, Simd.Lanes, images, scale, dLogits);
}
