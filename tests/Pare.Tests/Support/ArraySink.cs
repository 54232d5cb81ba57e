using Pare.Execution;

namespace Pare.Tests.Support;

/// <summary>Collects predictions in an array, <c>[image][class]</c>.</summary>
internal sealed class ArraySink(int length) : IPredictionSink
{
    public float[] Logits { get; } = new float[length];

    public void Accept(int first, int images, ReadOnlySpan<float> logits) => Lanes.Unpack(logits, first, images, Logits);
}
