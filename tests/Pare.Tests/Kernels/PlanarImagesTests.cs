using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

public class PlanarImagesTests
{
    [Fact]
    public void Bytes_become_parts_of_255()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256 + 7).Select(static i => (byte)i)];
        float[] floats = new float[bytes.Length];
        PlanarImages.ToFloats(bytes, floats);
        Assert.Equal(bytes.Select(static value => value / 255f), floats);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(131)]
    [InlineData(784)]
    public void Images_lie_in_lanes_and_other_lanes_are_left_alone(int size)
    {
        int lanes = Simd.Lanes;
        var random = new SeededRandom(size);
        for (int count = 1; count <= lanes; count++)
        {
            float[] images = RandomArrays.Normal(ref random, size * count);
            float[] got = [.. Enumerable.Repeat(-7f, size * lanes)], expected = [.. got];
            Support.Lanes.Pack(images, 0, count, expected);
            PlanarImages.ToLanes(images, size, size, count, got);
            Assert.Equal(expected, got);
        }
    }
}
