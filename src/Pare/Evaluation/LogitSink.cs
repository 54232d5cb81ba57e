using Pare.Execution;
using Pare.Kernels;

namespace Pare.Evaluation;

/// <summary>Keeps the logits of all images, <c>[image][class]</c>.</summary>
internal sealed class LogitSink(int images, int classes) : IPredictionSink
{
    public float[] Logits { get; } = LabelledLogits.Room(images, classes);

    /// <inheritdoc/>
    public void Accept(int first, int count, ReadOnlySpan<float> logits)
    {
        for (int lane = 0; lane < count; lane++)
            for (int k = 0; k < classes; k++) Logits[((first + lane) * classes) + k] = logits[(k * Simd.Lanes) + lane];
    }
}
