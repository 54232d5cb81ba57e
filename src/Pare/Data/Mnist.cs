namespace Pare.Data;

/// <summary>Reads MNIST, and sets in its format such as Fashion-MNIST, from the four IDX files.</summary>
/// <remarks>LeCun, Cortes, Burges: "The MNIST database of handwritten digits". Grey, 28x28 as published; any size is read.</remarks>
public static class Mnist
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    /// <summary>Reads the folder that holds the four files under their standard names, each raw or with <c>.gz</c>.</summary>
    /// <exception cref="DataException">A file is missing, damaged, or does not go with the others.</exception>
    public static Dataset Load(string path) => Load(path, forEvaluation: false);

    /// <summary>Reads the four files, or to measure a trained network the two of the test images alone.</summary>
    internal static Dataset Load(string path, bool forEvaluation)
    {
        ArgumentNullException.ThrowIfNull(path);
        ImageSet? given = forEvaluation && !Has(path, "train") ? null : LoadSet(path, "train");
        ImageSet test = LoadSet(path, "t10k");
        ImageSet train = given ?? new ImageSet(test.Channels, test.Height, test.Width, [], [], Names);
        if ((train.Height, train.Width) != (test.Height, test.Width))
            throw new DataException(
                $"The training images are {train.Height}x{train.Width}, the test images {test.Height}x{test.Width}.",
                path, "Use the four files of one data set.");
        return new Dataset("mnist", Path.GetFullPath(path), train, test);
    }

    /// <summary>Whether the folder holds at least one of the four files.</summary>
    internal static bool IsAt(string path) =>
        Directory.Exists(path) && new[] { "train", "t10k" }.Any(set => Has(path, set));

    private static bool Has(string path, string set) =>
        Find(path, set, "images-idx3") is not null || Find(path, set, "labels-idx1") is not null;

    private static ImageSet LoadSet(string folder, string set)
    {
        string imagePath = Require(folder, set, "images-idx3");
        string labelPath = Require(folder, set, "labels-idx1");
        (int[] imageExtents, byte[] pixels) = IdxFile.Read(imagePath, IdxFile.ImageMagic);
        (int[] labelExtents, byte[] labelBytes) = IdxFile.Read(labelPath, IdxFile.LabelMagic);
        if (imageExtents[0] != labelExtents[0])
            throw new DataException(
                $"There are {imageExtents[0]} images and {labelExtents[0]} labels.", $"{imagePath} and {labelPath}",
                "Use the images and the labels of one set.");

        CheckClasses(labelBytes, labelPath);
        int[] labels = Array.ConvertAll(labelBytes, static label => (int)label);
        return new ImageSet(1, imageExtents[1], imageExtents[2], pixels, labels, Names);
    }

    private static void CheckClasses(ReadOnlySpan<byte> labels, string path)
    {
        int most = 0, least = byte.MaxValue, first = -1;
        for (int i = 0; i < labels.Length; i++)
        {
            (most, least) = (Math.Max(most, labels[i]), Math.Min(least, labels[i]));
            if (first < 0 && labels[i] >= Names.Length) first = i;
        }

        if (first < 0) return;
        string? set = (least, most) switch
        {
            (1, 26) => "EMNIST's letters (1 to 26, images transposed)",
            (0, 46) => "EMNIST's balanced or merged classes (47, images transposed)",
            (0, 61) => "EMNIST's digits and letters (62, images transposed)",
            _ => null,
        };
        throw set is null
            ? new DataException(
                $"Label {first} is {labels[first]}; the labels are 0 to {Names.Length - 1}.", path,
                "Fetch the file again; images of other classes are read from a folder a class.")
            : new DataException(
                $"The labels go from {least} to {most}: these are {set}, not ten classes in MNIST's form.", path,
                "Write the images into a folder a class (`train/A/0.png`, ...) and give that.");
    }

    private static string Require(string folder, string set, string content) =>
        Find(folder, set, content) ?? throw new DataException(
            $"There is no `{set}-{content}-ubyte` here, raw or with `.gz`.", folder,
            "Give the folder with MNIST's four files, or run `pare data download mnist`.");

    // Some copies are named `train-images.idx3-ubyte`.
    private static string? Find(string folder, string set, string content) =>
        new[] { content, content.Replace('-', '.') }
            .SelectMany(form => new[] { $"{set}-{form}-ubyte", $"{set}-{form}-ubyte.gz" })
            .Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
