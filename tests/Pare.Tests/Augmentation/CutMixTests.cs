using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class CutMixTests
{
    [Fact]
    public void The_box_comes_from_the_partner()
    {
        float[] mixed = new float[12];
        CutMix.Paste([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12], 2, 3,
            new PixelBox(0, 1, 2, 2), mixed);
        Assert.Equal([1, -2, -3, 4, -5, -6, 7, -8, -9, 10, -11, -12], mixed);
    }

    [Theory]
    [InlineData(0.75, 5, 10, 5, 10)]
    [InlineData(0.75, 0, 0, 3, 5)]
    [InlineData(0.75, 9, 19, 3, 6)]
    [InlineData(1, 5, 10, 0, 0)]
    public void The_box_has_the_area_and_is_clipped(double lambda, int row, int column, int rows, int columns)
    {
        PixelBox box = CutMix.Box(lambda, row, column, 10, 20);
        Assert.Equal((rows, columns), (box.Rows, box.Columns));
    }

    [Fact]
    public void The_share_is_the_area_that_stays()
    {
        RunFacts facts = Pictures.Facts(1, 16, 20);
        var technique = new CutMix { Probability = 0.8f };
        int mixed = 0;
        double unclipped = 0;
        for (int step = 0; step < 5_000; step++)
        {
            var random = new SeededRandom(1, 2, step);
            BatchMix mix = technique.Draw(ref random, facts, default);
            float[] result = new float[320];
            technique.Mix(mix, facts, new float[320], [.. Enumerable.Repeat(1f, 320)], result);
            Assert.Equal(1 - (result.Sum() / 320), mix.Share, 1e-5f);
            mixed += mix.Box.Area > 0 ? 1 : 0;
            unclipped += 1 - mix.Share;
        }

        // Lambda is even over 0 to 1, so that a box has half the area on average before it is clipped and rounded down.
        Assert.InRange(mixed, 3_850, 4_050);
        Assert.InRange(unclipped / mixed, 0.25, 0.45);
    }
}
