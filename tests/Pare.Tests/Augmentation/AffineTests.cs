using System.Numerics;
using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class AffineTests
{
    [Fact]
    public void No_change_changes_nothing_and_whole_shifts_move_pixels()
    {
        RunFacts facts = Pictures.Facts(2, 5, 19);
        float[] image = Pictures.Ramp(facts), cropped = new float[image.Length];
        Assert.Equal(image, Warped(image, 5, 19, Affine.Map(5, 19, 0, 0, 0, 1, 0)));
        RandomCrop.Crop(image, 5, 19, down: -2, right: 3, CropFill.Zero, cropped);
        Assert.Equal(cropped, Warped(image, 5, 19, Affine.Map(5, 19, 0, down: 2, right: -3, 1, 0)));
    }

    [Fact]
    public void A_quarter_turn_moves_the_top_to_the_right()
    {
        float[] turned = Warped([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3, Affine.Map(3, 3, rotate: 90, 0, 0, 1, 0));
        Assert.Equal([7, 4, 1, 8, 5, 2, 9, 6, 3], turned.Select(static value => MathF.Round(value, 4)));
    }

    [Fact]
    public void Twice_the_size_reads_between_the_pixels_about_the_centre()
    {
        float[] larger = Warped([0, 0, 0, 0, 4, 0, 0, 0, 0], 3, 3, Affine.Map(3, 3, 0, 0, 0, scale: 2, 0));
        Assert.Equal([1, 2, 1, 2, 4, 2, 1, 2, 1], larger.Select(static value => MathF.Round(value, 4)));
    }

    [Fact]
    public void Shear_moves_rows_against_each_other()
    {
        float[] sheared = Warped([0, 1, 0, 0, 1, 0, 0, 1, 0], 3, 3, Affine.Map(3, 3, 0, 0, 0, 1, shear: 45));
        Assert.Equal([1, 0, 0, 0, 1, 0, 0, 0, 1], sheared.Select(static value => MathF.Round(value, 4)));
    }

    [Fact]
    public void Any_map_reads_bilinearly_with_zeros_outside()
    {
        RunFacts facts = Pictures.Facts(3, 11, 18);
        float[] image = Pictures.Ramp(facts);
        foreach (
            Matrix3x2 map in new[] { Affine.Map(11, 18, 33, 1.5f, -2.2f, 0.8f, 12), Affine.Map(11, 18, 179, 9, -15, 0.1f, -70),
            Affine.Map(11, 18, 5, 0.1f, 0.2f, 3, 0) })
        {
            float[] warped = Warped(image, 11, 18, map);
            for (int i = 0; i < image.Length; i++)
                Assert.Equal(Bilinear(i / 198, Vector2.Transform(new Vector2(i % 18, i % 198 / 18), map)), warped[i], 1e-4f);
        }

        float Bilinear(int channel, Vector2 place)
        {
            float sum = 0;
            for (int row = 0; row < 11; row++)
            {
                for (int column = 0; column < 18; column++)
                    sum += image[(channel * 198) + (row * 18) + column] * Math.Max(0, 1 - Math.Abs(place.X - column))
                        * Math.Max(0, 1 - Math.Abs(place.Y - row));
            }

            return sum;
        }
    }

    [Fact]
    public void Every_pixel_has_the_bits_of_its_formula()
    {
        var random = new Random(1);
        for (int width = 1; width <= 21; width++)
        {
            const int Height = 4;
            float[] image = [.. Enumerable.Range(0, 2 * Height * width).Select(_ => random.NextSingle())];
            Matrix3x2 map = Affine.Map(Height, width, 17, 0.6f, -1.3f, 1.07f, -8);
            float[] warped = Warped(image, Height, width, map);
            for (int i = 0; i < image.Length; i++)
            {
                int row = i / width % Height, column = i % width;
                float x = Math.Clamp((column * map.M11) + ((row * map.M21) + map.M31), -1, width);
                float y = Math.Clamp((column * map.M12) + ((row * map.M22) + map.M32), -1, Height);
                float left = MathF.Floor(x), top = MathF.Floor(y), across = x - left, down = y - top;
                float above = Along(0), below = Along(1);
                Assert.Equal(above + (down * (below - above)), warped[i]);

                float Along(int lower)
                {
                    float first = Pixel((int)top + lower, (int)left), second = Pixel((int)top + lower, (int)left + 1);
                    return first + (across * (second - first));
                }

                float Pixel(int r, int c) =>
                    r >= 0 && r < Height && c >= 0 && c < width ? image[(((i / (Height * width) * Height) + r) * width) + c] : 0;
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1e30f)]
    public void A_map_that_leads_anywhere_reads_nothing_but_the_image(float where)
    {
        float[] image = [.. Enumerable.Repeat(1f, 12)];
        for (int place = 0; place < 6; place++)
        {
            Matrix3x2 map = Matrix3x2.Identity;
            map[place / 2, place % 2] = where;
            Assert.All(Warped(image, 3, 4, map), static value => Assert.True(float.IsNaN(value) || value is >= 0 and <= 1));
        }
    }

    [Fact]
    public void Draws_stay_within_the_settings_and_fill_them()
    {
        // A bright pixel in the middle of an image that is only shifted shows where the shift went.
        RunFacts facts = Pictures.Facts(1, 21, 21);
        float[] image = new float[441];
        image[220] = 1;
        var technique = new Affine { Rotate = 0, Shift = 0.2f, ScaleMin = 1, ScaleMax = 1 };
        double[] rows =
            [.. Pictures.Augmented(technique, facts, image, 2_000)
            .Select(static shifted => shifted.Select(static (value, i) => value * (i / 21)).Sum() - 10.0)];

        Assert.InRange(rows.Max(), 4.1, 4.2001);
        Assert.InRange(rows.Min(), -4.2001, -4.1);
        Assert.InRange(rows.Average(), -0.2, 0.2);
    }

    private static float[] Warped(float[] image, int height, int width, Matrix3x2 map)
    {
        float[] result = [.. image];
        Affine.Warp(result, height, width, map, new float[image.Length / (height * width) * (height + 3) * (width + 3)]);
        return result;
    }
}
