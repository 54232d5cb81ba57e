using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class RandomCropTests
{
    [Theory]
    [InlineData(CropFill.Zero)]
    [InlineData(CropFill.Reflect)]
    public void Every_pixel_comes_from_its_place_in_the_surrounded_image(CropFill fill)
    {
        RunFacts facts = Pictures.Facts(2, 4, 5);
        float[] image = Pictures.Ramp(facts), result = new float[image.Length];
        for (int down = -3; down <= 3; down++)
        {
            for (int right = -3; right <= 3; right++)
            {
                Array.Fill(result, -1);
                RandomCrop.Crop(image, 4, 5, down, right, fill, result);
                for (int i = 0; i < image.Length; i++)
                    Assert.Equal(Surrounded(i / 20, (i % 20 / 5) + down, (i % 5) + right), result[i]);
            }
        }

        float Surrounded(int channel, int row, int column)
        {
            if (fill == CropFill.Zero && (row is < 0 or > 3 || column is < 0 or > 4)) return 0;
            return image[(channel * 20) + (Mirror(row, 4) * 5) + Mirror(column, 5)];
        }

        // 2 1 | 0 1 2 3 | 2 1
        static int Mirror(int i, int length) => Math.Min(Math.Abs(i), (2 * (length - 1)) - Math.Abs(i));
    }

    [Fact]
    public void All_places_are_equally_likely()
    {
        RunFacts facts = Pictures.Facts(1, 7, 9);
        float[] image = new float[63];
        image[(3 * 9) + 4] = 1;
        int[] counts = new int[63];
        foreach (float[] crop in Pictures.Augmented(new RandomCrop { Padding = 2 }, facts, image, 25_000)) counts[Array.IndexOf(crop, 1)]++;

        Assert.Equal(25, counts.Count(static count => count > 0));
        Assert.All(counts.Where(static count => count > 0), static count => Assert.InRange(count, 850, 1_150));
    }
}
