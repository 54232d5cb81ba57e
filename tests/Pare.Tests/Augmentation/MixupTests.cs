using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class MixupTests
{
    [Fact]
    public void A_blend_is_linear_and_the_whole_share_is_the_image_itself()
    {
        float[] mixed = new float[2];
        Mixup.Blend([1, 2], [5, 10], 0.75f, mixed);
        Assert.Equal([2, 4], mixed);
        Mixup.Blend([1, 2], [5, 10], 1, mixed);
        Assert.Equal([1, 2], mixed);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(3)]
    public void Shares_are_the_larger_part_of_a_Beta_distribution(float alpha)
    {
        RunFacts facts = Pictures.Facts(1, 4, 4);
        var technique = new Mixup { Alpha = alpha };
        float[] shares = [.. Enumerable.Range(0, 30_000).Select(step => Draw(step).Share)];

        // The distribution is symmetric, so the larger part has its variance about one half.
        Assert.All(shares, static share => Assert.InRange(share, 0.5f, 1));
        Assert.Equal(1 / (4 * ((2 * alpha) + 1)), shares.Average(static share => (share - 0.5) * (share - 0.5)), 0.003);
        Assert.Equal(3 / (16 * ((2 * alpha) + 1) * ((2 * alpha) + 3)), shares.Average(static share => Math.Pow(share - 0.5, 4)), 0.002);

        BatchMix Draw(int step)
        {
            var random = new SeededRandom(1, 2, step);
            return technique.Draw(ref random, facts, default);
        }
    }
}
