using Pare.Kernels;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>dropout_mask</c>: training with the mask given.</summary>
internal static class DropoutMaskParity
{
    public static void Run(FixtureCase fixture)
    {
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        float probability = attributes.Float("p");
        Assert.True(attributes.Flag("training"));
        attributes.AssertAllRead();
        fixture.AssertNear("output.y", Apply("input.x"));
        fixture.AssertNear("grad.input.x", Apply("upstream.y"));

        float[] Apply(string tensor)
        {
            float[] x = fixture.Floats(tensor), y = new float[x.Length];
            DropoutKernels.Apply(x, fixture.Floats("input.mask"), probability, y);
            return y;
        }
    }
}
