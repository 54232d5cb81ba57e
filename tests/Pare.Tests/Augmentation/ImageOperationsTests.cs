using System.Text.Json;
using Pare.Augmentation;
using Pare.Tests.Support;

namespace Pare.Tests.Augmentation;

/// <summary>
/// The operations byte for byte against the imaging library of Python; <c>tools/golden/image_operations.py</c> made the pictures.
/// </summary>
public class ImageOperationsTests
{
    public static TheoryData<string> Operations => [.. Cases().Select(static one => Text(one)).Distinct()];

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_gives_the_bytes_of_the_imaging_library(string operation)
    {
        JsonElement images = Fixture().GetProperty("images");
        foreach (JsonElement one in Cases().Where(one => Text(one) == operation))
        {
            int number = one.GetProperty("image").GetInt32();
            double level = one.GetProperty("level").GetDouble();
            JsonElement image = images[number];
            int channels = image.GetProperty("channels").GetInt32(), height = image.GetProperty("height").GetInt32();
            byte[] pixels = image.GetProperty("pixels").GetBytesFromBase64(), expected = one.GetProperty("pixels").GetBytesFromBase64();
            Apply(operation, level, channels, height, pixels);
            int[] wrong = [.. Enumerable.Range(0, pixels.Length).Where(i => pixels[i] != expected[i])];
            Assert.True(wrong.Length == 0, $"{operation} {level} of image {number}: {wrong.Length} of {pixels.Length} bytes are others");
        }
    }

    [Fact]
    public void What_came_from_bytes_goes_back_to_them_and_what_lies_between_is_rounded()
    {
        float[] values = [.. Enumerable.Range(0, 256).Select(static i => i / 255f), -0.1f, 1.1f, 0.0019f, 0.002f];
        var bytes = new byte[values.Length];
        ImageOperations.ToBytes(values, bytes);
        Assert.Equal([.. Enumerable.Range(0, 256).Select(static i => (byte)i), 0, 255, 0, 1], bytes);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    public void An_image_of_a_pixel_or_a_row_is_no_exception(int height, int width)
    {
        byte[] image = [.. Enumerable.Range(0, height * width).Select(static i => (byte)(40 * i))];
        foreach (string operation in Operations.Select(static row => row.Data))
        {
            byte[] changed = [.. image];
            Apply(operation, operation == "posterize" ? 4 : 0.5, 1, height, changed);
        }
    }

    private static void Apply(string operation, double level, int channels, int height, byte[] image)
    {
        int area = image.Length / channels, width = area / height;
        var spare = new byte[image.Length];
        bool smooth = operation.EndsWith("_smooth", StringComparison.Ordinal);
        switch (operation.Replace("_smooth", "", StringComparison.Ordinal))
        {
            case "auto_contrast": ImageOperations.AutoContrast(image, area); break;
            case "equalize": ImageOperations.Equalize(image, area); break;
            case "posterize": ImageOperations.Posterize(image, (int)level); break;
            case "solarize": ImageOperations.Solarize(image, (int)level); break;
            case "color": ImageOperations.Color(image, channels, (float)level); break;
            case "contrast": ImageOperations.Contrast(image, channels, (float)level); break;
            case "brightness": ImageOperations.Brightness(image, (float)level); break;
            case "sharpness": ImageOperations.Sharpness(image, height, width, (float)level, spare); break;
            case "rotate": Warp(PixelMap.Turn(height, width, level)); break;
            case "shear_x": Warp(PixelMap.ShearAlongRows(level)); break;
            case "shear_y": Warp(PixelMap.ShearAlongColumns(level)); break;
            case "translate_x": Warp(PixelMap.Shift((int)level, 0)); break;
            case "translate_y": Warp(PixelMap.Shift(0, (int)level)); break;
            default: throw new InvalidDataException(operation);
        }

        void Warp(PixelMap map) => ImageOperations.Warp(image, height, width, map, smooth, spare);
    }

    private static JsonElement.ArrayEnumerator Cases() => Fixture().GetProperty("cases").EnumerateArray();

    private static string Text(JsonElement one) => one.GetProperty("operation").GetString()!;

    private static JsonElement Fixture() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "image_operations.json"))).RootElement;
}
