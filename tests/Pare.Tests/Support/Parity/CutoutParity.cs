using Pare.Augmentation;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>cutout</c>: squares at given centres.</summary>
internal static class CutoutParity
{
    public static void Run(FixtureCase fixture)
    {
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        int length = attributes.Int("length"), holes = attributes.Int("holes");
        Assert.Equal(0, attributes.Float("fill"));
        attributes.AssertAllRead();
        int[] shape = fixture.Shape("input.x");
        long[] rows = fixture.Longs("input.center_y"), columns = fixture.Longs("input.center_x");
        float[] x = [.. fixture.Floats("input.x")];
        int size = x.Length / shape[0];
        for (int i = 0; i < rows.Length; i++)
            Cutout.Cut(x.AsSpan(i / holes * size, size), shape[2], shape[3], (int)rows[i], (int)columns[i], length);
        fixture.AssertNear("output.x", x);
    }
}
