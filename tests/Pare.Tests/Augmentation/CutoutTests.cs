using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class CutoutTests
{
    [Theory]
    [InlineData(4, 5, 4, 16)]
    [InlineData(0, 0, 4, 4)]
    [InlineData(8, 9, 4, 9)]
    [InlineData(0, 5, 4, 8)]
    [InlineData(4, 5, 3, 9)]
    [InlineData(4, 5, 1, 1)]
    [InlineData(4, 5, 0, 0)]
    public void A_square_is_clipped_at_the_border(int row, int column, int length, int hidden)
    {
        RunFacts facts = Pictures.Facts(2, 9, 10);
        float[] image = Pictures.Ramp(facts), cut = [.. image];
        Cutout.Cut(cut, 9, 10, row, column, length);
        for (int i = 0; i < image.Length; i++)
        {
            int fromRow = (i % 90 / 10) - (row - (length / 2)), fromColumn = (i % 10) - (column - (length / 2));
            bool inside = fromRow >= 0 && fromRow < length && fromColumn >= 0 && fromColumn < length;
            Assert.Equal(inside ? 0 : image[i], cut[i]);
        }

        Assert.Equal(2 * hidden, cut.Count(static value => value == 0));
    }

    [Fact]
    public void The_hidden_area_is_that_of_centres_spread_evenly_over_all_pixels()
    {
        RunFacts facts = Pictures.Facts(1, 10, 12);
        float[] image = Pictures.Ramp(facts);
        int[] hidden = new int[120];
        double total = 0;
        foreach (float[] cut in Pictures.Augmented(new Cutout { Length = 4 }, facts, image, 20_000))
        {
            for (int i = 0; i < 120; i++) hidden[i] += cut[i] == 0 ? 1 : 0;
            total += cut.Count(static value => value == 0);
        }

        // Rows: the mean over all centres of the rows that stay within the image; columns likewise.
        double rows = Enumerable.Range(0, 10).Average(static centre => Math.Min(centre + 2, 10) - Math.Max(centre - 2, 0));
        double columns = Enumerable.Range(0, 12).Average(static centre => Math.Min(centre + 2, 12) - Math.Max(centre - 2, 0));
        Assert.Equal(rows * columns, total / 20_000, 0.1);
        Assert.Equal(16.0 / 120, hidden[65] / 20_000.0, 0.01);
        Assert.Equal(9.0 / 120, hidden[0] / 20_000.0, 0.01);
    }

    [Fact]
    public void Probability_and_holes_count()
    {
        RunFacts facts = Pictures.Facts(1, 10, 12);
        float[] image = Pictures.Ramp(facts);
        Assert.InRange(Pictures.Augmented(new Cutout { Length = 4, Probability = 0.25f }, facts, image, 4_000)
            .Count(static cut => cut.Contains(0)), 900, 1_100);
        Assert.True(Pictures.Augmented(new Cutout { Length = 4, Holes = 3 }, facts, image, 200)
            .Max(static cut => cut.Count(static value => value == 0)) > 32);
    }
}
