using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class RandomErasingTests
{
    [Fact]
    public void A_rectangle_gets_the_values_and_nothing_else()
    {
        float[] image = new float[24];
        RandomErasing.Erase(image, 3, 4, new PixelBox(1, 2, 2, 2), [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8], image);
    }

    [Theory]
    [InlineData(0.25f, 1, 16, 16)]
    [InlineData(0.25f, 4, 32, 8)]
    [InlineData(0.125f, 0.5f, 8, 16)]
    public void The_sides_have_the_area_and_the_aspect(float area, float aspect, int rows, int columns) =>
        Assert.Equal((rows, columns), RandomErasing.Sides(32, 32, area, aspect));

    [Fact]
    public void Erased_rectangles_have_the_drawn_areas_and_shapes()
    {
        RunFacts facts = Pictures.Facts(1, 30, 20);
        float[] image = [.. Enumerable.Repeat(5f, 600)];
        var technique =
            new RandomErasing { Probability = 0.5f, AreaMin = 0.05f, AreaMax = 0.2f, AspectMin = 0.5f, Fill = ErasingFill.Mean };
        (int Rows, int Columns)[] boxes =
            [.. Pictures.Augmented(technique, facts, image, 6_000).Where(static erased => erased.Contains(0)).Select(Sides)];

        Assert.InRange(boxes.Length, 2_850, 3_150);
        double[] areas = [.. boxes.Select(static box => box.Rows * box.Columns / 600.0)];
        Assert.InRange(areas.Min(), 0.035, 0.06);
        Assert.InRange(areas.Max(), 0.19, 0.215);
        Assert.InRange(areas.Average(), 0.12, 0.13);
        Assert.InRange(boxes.Max(static box => (double)box.Rows / box.Columns), 1.8, 2.4);
        Assert.InRange(boxes.Min(static box => (double)box.Rows / box.Columns), 0.42, 0.56);

        static (int Rows, int Columns) Sides(float[] erased)
        {
            int[] places = [.. Enumerable.Range(0, 600).Where(i => erased[i] == 0)];
            int rows = (places[^1] / 20) - (places[0] / 20) + 1, columns = places.Max(static i => i % 20) - places.Min(static i => i % 20)
                + 1;
            Assert.Equal(rows * columns, places.Length);
            return (rows, columns);
        }
    }

    [Fact]
    public void Noise_has_mean_0_and_deviation_1()
    {
        RunFacts facts = Pictures.Facts(3, 16, 16);
        float[] image = [.. Enumerable.Repeat(5f, 768)];
        float[] noise =
            [.. Pictures.Augmented(new RandomErasing { Probability = 1 }, facts, image, 200).SelectMany(static erased => erased)
            .Where(static value => value != 5)];
        Assert.InRange(noise.Average(), -0.05, 0.05);
        Assert.InRange(noise.Average(static value => value * value), 0.97, 1.03);
    }
}
