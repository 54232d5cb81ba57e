namespace Pare.Data;

/// <summary>A quick look at a data set: what is counted comes from the names of all files, sizes and colours from some of them.</summary>
public sealed record DatasetGlance
{
    private const int MostSizes = 200, MostPictures = 24;

    /// <summary>What was looked at.</summary>
    public required DataSource Source { get; init; }

    /// <summary>The classes with their images, in the order of their index.</summary>
    public required IReadOnlyList<ClassCount> Classes { get; init; }

    /// <summary>Columns and rows of the images that were looked at, as a person sees them; never empty.</summary>
    public required IReadOnlyList<(int Width, int Height)> Sizes { get; init; }

    /// <summary>Whether a picture that was looked at has more than greys.</summary>
    public required bool HasColour { get; init; }

    /// <summary>Of the pictures that were looked at, those that do not decode, with the reason.</summary>
    public required IReadOnlyList<UnreadableFile> Unreadable { get; init; }

    /// <summary>What was left out or taken for something else.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Images that are trained on, or are held out of these.</summary>
    public int TrainingImages => Classes.Sum(static count => count.Train);

    /// <summary>Whether test images are told apart.</summary>
    public bool HasTest => Classes.Any(static count => count.Test > 0);

    /// <summary>Whether a class has at least four times as many training images as another.</summary>
    public bool IsUneven => ClassCount.AreUneven([.. Classes.Select(static count => count.Train)]);

    /// <summary>Looks at a data set.</summary>
    /// <param name="source">Where it lies.</param>
    /// <param name="cancellation">Stops the looking.</param>
    /// <exception cref="DataException">It cannot be trained on, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DatasetGlance Of(DataSource source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Kind == DataKind.ImageFolder ? OfFiles(source, cancellation)
            : OfSets(source, source.Load(cancellationToken: cancellation));
    }

    // All images but those that are told apart for testing or validation, by the names that a split is drawn by.
    private (string Name, int Label)[] Drawn { get; init; } = [];

    /// <summary>
    /// How many images are left to learn from once a split by default has held out images for testing, and these for validation.
    /// </summary>
    /// <param name="validation">
    /// The fraction for validation, from 0 up to, but not including, 1; it is passed over where there are such images.
    /// </param>
    public int LearntFrom(double validation)
    {
        var options = new SplitOptions();
        // One that was put together by hand knows numbers only.
        if (Drawn.Length == 0)
            return (int)(TrainingImages * (HasTest ? 1 : 1 - options.Test)
                * (Classes.Any(static count => count.Validation > 0) ? 1 : 1 - validation));
        (string Name, int Label)[] left = Drawn;
        if (!HasTest) left = Without(Split.Test(Names(left), Labels(left), Classes.Count, options));
        if (validation > 0 && !Classes.Any(static count => count.Validation > 0))
            left = Without(Split.Validation(Names(left), Labels(left), Classes.Count, validation, options.Seed));
        return left.Length;

        (string Name, int Label)[] Without(bool[] held) => [.. left.Where((_, index) => !held[index])];

        static string[] Names((string Name, int Label)[] images) => Array.ConvertAll(images, static image => image.Name);

        static int[] Labels((string Name, int Label)[] images) => Array.ConvertAll(images, static image => image.Label);
    }

    private static DatasetGlance OfSets(DataSource source, Dataset data) => new()
    {
        Source = source,
        Classes =
        [.. data.Train.Classes.Select((name, label) =>
        new ClassCount(name, data.Train.Labels.Count(label), data.Test.Labels.Count(label)))],
        Sizes = [(data.Train.Width, data.Train.Height)],
        HasColour = data.Train.Channels > 1,
        Unreadable = [],
        Notes = data.Notes,
        Drawn = [.. data.Train.Names.Select((name, index) => (name, data.Train.Labels[index]))],
    };

    private static DatasetGlance OfFiles(DataSource source, CancellationToken cancellation)
    {
        EntrySource entries = EntrySource.Open(source.Path);
        ImageTree tree = ImageTree.Scan(entries, cancellationToken: cancellation);
        if (tree.Problems.Count > 0) throw tree.Problems[0];
        if (!tree.HasTest && tree.Images.CountBy(static image => image.Label).All(static images => images.Value == 1))
            throw ImageFolder.NoneHeldOut("image", source.Path);

        string[] sized = Sized(tree);
        HashSet<string> looked = [.. sized], seen = [.. Every(MostPictures, sized)];
        var sizes = new List<(int, int)>();
        var unreadable = new List<UnreadableFile>();
        bool colour = false;
        foreach (FileEntry entry in entries.Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Kind != EntryKind.File || !looked.Contains(entry.Path)) continue;
            try
            {
                byte[] file = TreeReader.ReadBytes(entries, entry);
                ImageHeader header = ImageHeader.ReadSize(file);
                sizes.Add((header.Upright.Width, header.Upright.Height));
                if (seen.Contains(entry.Path) && header.Channels > 1 && !colour)
                    colour = IsColoured(ImageDecoder.DecodeUpright(file, channels: 3).Pixels);
            }
            catch (InvalidDataException error)
            {
                unreadable.Add(new UnreadableFile(entry.Path, error.Message));
            }
        }

        if (sizes.Count == 0)
            throw new DataException(
                $"No image of the {unreadable.Count} that were looked at can be read; the first: " +
                $"{unreadable.FirstOrDefault()?.Reason ?? "it is gone"}.", source.Path, "`pare data check` names them all.");
        return new DatasetGlance
        {
            Source = source,
            Classes =
            [.. tree.Classes.Select((name, label) =>
            new ClassCount(name, Count(label, ImagePart.Train),
                Count(label, ImagePart.Test)) { Validation = Count(label, ImagePart.Validation) })],
            Sizes = sizes,
            HasColour = colour,
            Unreadable = unreadable,
            Notes = tree.Notes,
            Drawn =
            [.. ImageFolder.Names(tree).Zip(tree.Images).Where(static pair => pair.Second.Part == ImagePart.Train)
                .Select(static pair => (pair.First, pair.Second.Label))],
        };

        int Count(int label, ImagePart part) => tree.Images.Count(image => image.Label == label && image.Part == part);
    }

    /// <summary>The files whose sizes are looked at: every n-th, so that each class has its share.</summary>
    internal static string[] Sized(ImageTree tree) =>
        Every(MostSizes, [.. tree.Images.Where(static image => image.Fault is null).Select(static image => image.Source)]);

    private static string[] Every(int most, string[] files)
    {
        int step = (files.Length + most - 1) / most;
        return [.. files.Where((_, index) => index % step == 0)];
    }

    // A grey photograph saved in colour is off by the rounding of its colours, here and there by more.
    private static bool IsColoured(byte[] pixels)
    {
        int coloured = 0;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
            if (Math.Max(pixels[i], Math.Max(pixels[i + 1], pixels[i + 2]))
                - Math.Min(pixels[i], Math.Min(pixels[i + 1], pixels[i + 2])) > 12) coloured++;
        return coloured * 100L > pixels.Length / 3;
    }
}
