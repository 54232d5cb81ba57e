using Pare.Kernels;

namespace Pare.Tests.Kernels;

public class LargestTests
{
    [Theory]
    [InlineData(0, 3f)]
    [InlineData(1, -2f, 5f, 5f, 1f)]
    [InlineData(0, -0f, 0f)]
    [InlineData(2, float.NegativeInfinity, -1f, float.PositiveInfinity)]
    [InlineData(1, float.PositiveInfinity, float.NaN, 7f, float.NaN)]
    [InlineData(0, float.NaN, float.PositiveInfinity)]
    public void The_first_of_the_largest_counts_and_NaN_is_the_largest(int place, params float[] values)
    {
        Assert.Equal(place, Largest.Of(values));

        // The same values, each beside one of another lane that is larger.
        float[] lanes = [.. values.SelectMany(static value => new[] { value, float.PositiveInfinity })];
        Assert.Equal(place, Largest.Of(lanes, stride: 2));
    }
}
