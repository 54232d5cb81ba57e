using Pare.Graphs;
using Pare.Robustness.Corruptions;

namespace Pare.Tests.Robustness;

public class ShiftSectionTests
{
    [Theory]
    [InlineData(0, 0, "123456", "789abc")]
    [InlineData(1, 0, "123123", "789789")]
    [InlineData(-1, 0, "456456", "abcabc")]
    [InlineData(0, 1, "112445", "778aab")]
    [InlineData(0, -2, "333666", "999ccc")]
    [InlineData(3, -1, "233233", "899899")]
    public void What_comes_in_is_the_nearest_pixel_of_the_border(int down, int right, string first, string second)
    {
        byte[] image = "123456789abc"u8.ToArray(), to = new byte[12];
        Geometry.Shift(image, new Shape(2, 2, 3), down, right, Border.Nearest, to);
        Assert.Equal(first + second, System.Text.Encoding.ASCII.GetString(to));
    }
}
