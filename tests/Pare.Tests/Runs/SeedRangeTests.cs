using Pare.Runs;

namespace Pare.Tests.Runs;

public class SeedRangeTests
{
    [Fact]
    public void Seeds_follow_one_another_up_to_the_largest_and_not_beyond()
    {
        Assert.Equal([int.MaxValue - 1, int.MaxValue], SeedRange.From(int.MaxValue - 1, 2));
        var error = Assert.Throws<RecipeException>(() => SeedRange.From(int.MaxValue - 1, 3));
        Assert.StartsWith("3 seeds from 2147483646 on go beyond the largest seed", error.Message, StringComparison.Ordinal);
    }
}
