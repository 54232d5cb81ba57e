using Pare.Data;
using Pare.Execution;
using Pare.Kernels;
using Pare.Training;

namespace Pare.Training.Preview;

/// <summary>
/// A picture of the first images of a training as the network gets them, augmented and mixed, each with its classes and their shares.
/// </summary>
public static class ContactSheet
{
    private const int PictureSize = 128;
    private const int Gap = 16;
    private const int LetterSize = 2;
    private const int LineHeight = (PixelFont.Height * LetterSize) + 4;
    private const int LabelsShown = 2;
    private const int MostColumns = 8;

    /// <summary>Writes the sheet as a PNG file, whole or not at all.</summary>
    /// <param name="path">The file; an old PNG file is replaced, and no other.</param>
    /// <param name="data">Its training images are shown.</param>
    /// <param name="options">The training; techniques, seed, batch size and validation split count.</param>
    /// <param name="count">The most images to show; the first epoch may have fewer.</param>
    /// <returns>Images shown.</returns>
    /// <exception cref="RunException">The file cannot be written, or there is one of another kind.</exception>
    public static int Save(string path, Dataset data, TrainingOptions options, int count)
    {
        int[] images = options.Split(data).Train;
        if (images.Length == 0)
            throw new DataException("There is no image to train on.", data.Source, "Name a data set with training images.");
        Shown[] shown = [.. Batches(data.Train, images, options).Take(count)];
        Canvas sheet = Draw(data.Train, Normalization.Of(data.Train, images), shown, options.Views);
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder) Directory.CreateDirectory(folder);
            RegularFile.CheckReplaces(path, Png.Signature, "PNG");
            WholeFile.Write(path, file => Png.Write(file, channels: 3, sheet.Width, sheet.Pixels));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The picture cannot be written: {exception.Message}", Path.GetFullPath(path),
                "Free some space there, or name another file.", exception)
            { Setting = "file" };
        }

        return shown.Length;
    }

    /// <summary>Draws images of a set with their targets.</summary>
    /// <param name="set">Gives shape and classes.</param>
    /// <param name="normalization">What the pixels were shifted and scaled by.</param>
    /// <param name="images">At least one image.</param>
    /// <param name="views">Views of each image, which stand in one row.</param>
    internal static Canvas Draw(ImageSet set, Normalization normalization, Shown[] images, int views = 1)
    {
        int scale = Math.Max(1, (PictureSize + Math.Max(set.Height, set.Width) - 1) / Math.Max(set.Height, set.Width));
        int lines = images.Any(static image => image.Targets.Count(static share => share > 0) > 1) ? LabelsShown : 1;
        int cellWidth = (set.Width * scale) + Gap, cellHeight = (set.Height * scale) + Gap + (lines * LineHeight);
        int columns = Math.Min(MostColumns / views * views, images.Length), rows = (images.Length + columns - 1) / columns;
        var sheet = new Canvas((columns * cellWidth) + Gap, (rows * cellHeight) + Gap);
        for (int i = 0; i < images.Length; i++)
        {
            int left = Gap + (i % columns * cellWidth), top = Gap + (i / columns * cellHeight);
            Picture(sheet, left, top, scale, normalization, images[i]);
            int[] classes =
                [.. Enumerable.Range(0, set.Classes.Count).Where(c => images[i].Targets[c] > 0).OrderByDescending(c => images[i].Targets[c])
                .Take(lines)];
            for (int line = 0; line < classes.Length; line++)
            {
                float share = images[i].Targets[classes[line]];
                string name = set.Classes[classes[line]];
                if (share < 1) name = Invariant($"{100 * share:F0}% {name}");
                sheet.Text(name, left, top + (set.Height * scale) + 4 + (line * LineHeight), (set.Width * scale)
                    + Gap - 4, LetterSize, shade: (byte)(line == 0 ? 0 : 110));
            }
        }

        return sheet;
    }

    private static void Picture(Canvas sheet, int left, int top, int scale, Normalization normalization, Shown image)
    {
        int area = image.Height * image.Width, channels = image.Pixels.Length / area;
        for (int i = 0; i < area; i++)
            sheet.Square(left + (i % image.Width * scale), top
                + (i / image.Width * scale), scale, Level(0, i), Level(channels / 2, i), Level(channels - 1, i));

        byte Level(int channel, int pixel)
        {
            float value = (image.Pixels[(channel * area) + pixel] * normalization.StandardDeviation[channel]) + normalization.Mean[channel];
            return (byte)Math.Clamp(MathF.Round(255 * value), 0, 255);
        }
    }

    // The images of the first epoch, read from the lanes into which a step would have them.
    private static IEnumerable<Shown> Batches(ImageSet set, int[] images, TrainingOptions options)
    {
        int lanes = Simd.Lanes, size = set.Channels * set.Height * set.Width, classes = set.Classes.Count;
        var run = new RunFacts(set.Channels, set.Height, set.Width, classes, options.Epochs, options.BatchSize);
        using var team = new ThreadTeam(1);
        using var batches = new TrainingBatches(set, images, Normalization.Of(set, images), run, options with { DataWorkers = 0 }, team);
        float[] pixels = new float[size * lanes], targets = new float[classes * lanes];
        for (int step = 0; step < images.Length / batches.BatchSize; step++)
        {
            // The views of an image stand side by side.
            IBatchSource batch = batches.Next();
            for (int i = 0; i < batches.BatchSize * batch.Views; i++)
            {
                Array.Clear(targets);
                batch.Fill((i % batch.Views * batches.BatchSize) + (i / batch.Views), 1, pixels, targets);
                (int height, int width) = batch.Size ?? (set.Height, set.Width);
                float[] image = FirstLane(pixels.AsSpan(0, set.Channels * height * width * lanes));
                yield return new Shown(image, height, width, FirstLane(targets));
            }
        }

        float[] FirstLane(ReadOnlySpan<float> values)
        {
            var lane = new float[values.Length / lanes];
            ImageLanes.Take(values, 0, lane);
            return lane;
        }
    }

    /// <summary>An image as the network gets it.</summary>
    /// <param name="Pixels">Normalized, <c>[channel][row][column]</c>.</param>
    /// <param name="Height">Rows.</param>
    /// <param name="Width">Columns.</param>
    /// <param name="Targets"><c>[class]</c>.</param>
    internal sealed record Shown(float[] Pixels, int Height, int Width, float[] Targets);
}
