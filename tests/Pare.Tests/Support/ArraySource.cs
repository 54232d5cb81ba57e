using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>A batch that lies in arrays.</summary>
/// <param name="images"><c>[image][channel][row][column]</c>.</param>
/// <param name="targets"><c>[image][class]</c>, or null where no target is asked for.</param>
/// <param name="views">Views of each image: all in their first, then all in their second.</param>
internal sealed class ArraySource(float[] images, float[]? targets = null, int views = 1) : IBatchSource
{
    public int Views => views;

    public void Fill(int first, int count, Span<float> pixels, Span<float> target)
    {
        Lanes.Pack(images, first, count, pixels);
        if (targets is not null) Lanes.Pack(targets, first, count, target);
    }
}
