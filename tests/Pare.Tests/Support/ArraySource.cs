using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>A batch that lies in arrays.</summary>
/// <param name="images"><c>[image][channel][row][column]</c>.</param>
/// <param name="targets"><c>[image][class]</c>, or null where no target is asked for.</param>
internal sealed class ArraySource(float[] images, float[]? targets = null) : IBatchSource
{
    public void Fill(int first, int count, Span<float> pixels, Span<float> target)
    {
        Lanes.Pack(images, first, count, pixels);
        if (targets is not null) Lanes.Pack(targets, first, count, target);
    }
}
