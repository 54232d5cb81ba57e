using Pare.Augmentation;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>mixup</c>: images and one-hot targets blended with a given share and permutation.</summary>
internal static class MixupParity
{
    public static void Run(FixtureCase fixture)
    {
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        float share = attributes.Float("lam");
        int images = fixture.Shape("input.x")[0], classes = attributes.Int("classes");
        attributes.AssertAllRead();
        long[] partners = fixture.Longs("input.permutation");
        fixture.AssertNear("output.x", Apply(fixture.Floats("input.x")));
        fixture.AssertNear("output.target", Apply(CrossEntropyParity.OneHot(fixture.Longs("input.labels"), classes)));

        float[] Apply(float[] values)
        {
            int size = values.Length / images;
            var mixed = new float[values.Length];
            for (int i = 0; i < images; i++)
                Mixup.Blend(values.AsSpan(i * size, size), values.AsSpan((int)partners[i] * size, size), share,
                    mixed.AsSpan(i * size, size));
            return mixed;
        }
    }
}
