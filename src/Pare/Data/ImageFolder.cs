using System.Globalization;

namespace Pare.Data;

/// <summary>Reads images that lie in a folder per class, below <c>train</c>, <c>valid</c> and <c>test</c> or without these parts.</summary>
/// <remarks>
/// The layouts are <c>train/&lt;class&gt;/*</c> with <c>test/&lt;class&gt;/*</c> and perhaps <c>valid/&lt;class&gt;/*</c>, or
/// <c>&lt;class&gt;/*</c>, where a part is held out for testing (<see cref="Split"/>) and noted. They lie in a folder, a <c>.zip</c>, a
/// <c>.tar</c> or a
/// <c>.tar.gz</c>, where one common top folder is passed over. How an image becomes bytes: <see cref="ImageDecoder"/>.
/// </remarks>
public static class ImageFolder
{
    // A side above which a size that nobody chose is worth a note.
    private const int LargestUsual = 256;

    /// <summary>Reads all images. The result does not depend on the number of threads or on the order within an archive.</summary>
    /// <param name="path">The folder or the archive.</param>
    /// <param name="options">
    /// The wanted size; that of the first training image where it is left open, with a note if others differ from it or it is large.
    /// </param>
    /// <param name="progress">Told after each image, from any thread.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">The layout cannot be trained on, an image does not decode, or an archive is damaged.</exception>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Dataset Load(
        string path, ImageFolderOptions? options = null, IProgress<ReadingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new ImageFolderOptions();
        options.Validate();
        EntrySource source = EntrySource.Open(path);
        ImageTree tree = ImageTree.Scan(source, options.ForEvaluation, cancellationToken);
        if (tree.Problems.Count > 0) throw tree.Problems[0];

        bool[] isTest = [.. tree.Images.Select(static image => image.Part == ImagePart.Test)];
        List<string> notes = [.. tree.Notes];
        string[] names = Names(tree);
        if (!tree.HasTest) notes.AddRange(HoldOut(tree, names, isTest, options, path));
        else CheckGroups(tree, names, options.Split, path);

        (int channels, int height, int width) = Size(source, tree, isTest, options);
        notes.AddRange(SizeNote(source, tree, height, width, options, cancellationToken));
        var train = new Part(tree, isTest, false, channels, height, width, path);
        var test = new Part(tree, isTest, true, channels, height, width, path);
        (string Path, string Reason)[] failures = ImageReader.ReadAll(
            source, tree, (channels, height, width), index => (isTest[index] ? test : train).PixelsOf(index), options.CacheFolder,
            progress, cancellationToken);
        if (failures.Length > 0) throw Undecodable(source, failures);
        return new Dataset(NameOf(path), Path.GetFullPath(path), train.ToImageSet(tree.Classes, names),
            test.ToImageSet(tree.Classes, names))
        {
            Notes = notes,
            Split = options.Split,
            IsTestDrawn = !tree.HasTest,
            Validation = train.Which(index => tree.Images[index].Part == ImagePart.Validation),
        };
    }

    // Their paths inside the data set, byte for byte: composing letters and accents would hang on what the platform knows of Unicode.
    internal static string[] Names(ImageTree tree) =>
        [.. tree.Images.Select(image => tree.HasTest ? $"{image.Part.ToString().ToLowerInvariant()}/{image.Name}" : image.Name)];

    private static void CheckGroups(ImageTree tree, string[] names, SplitOptions options, string path)
    {
        if (options.Group is null) return;
        IReadOnlyList<string> keys = options.KeysOf(names, path);
        var parts = new Dictionary<string, ImagePart>(StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
            if (!parts.TryAdd(keys[i], tree.Images[i].Part) && parts[keys[i]] is ImagePart part && part != tree.Images[i].Part)
                throw new DataException(
                    $"The group `{keys[i]}` stands in `{tree.Parts[part]}` and in `{tree.Parts[tree.Images[i].Part]}`, with {names[i]}.",
                    path,
                    "Move its images into one part, or leave out dataset.split.group.");
    }

    private static IEnumerable<string> HoldOut(ImageTree tree, string[] names, bool[] isTest, ImageFolderOptions reading, string path)
    {
        SplitOptions options = reading.Split;
        int[] labels = [.. tree.Images.Select(static image => image.Label)];
        Split.Test(options.KeysOf(names, path), labels, tree.Classes.Count, options).CopyTo(isTest, 0);
        int count = isTest.Count(static held => held);
        string unit = options.Group is null ? "image" : "group";
        if (reading.ForEvaluation) yield break;
        if (count == 0) throw NoneHeldOut(unit, path);
        string how = options.Group is null ? "image by image" : $"in groups by {options.Group}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"No test images are given: {count:N0} of {labels.Length:N0} images {(count == 1 ? "is" : "are")} held out for testing, " +
            $"{how}, {options.Test:0.## %} of each class, split seed {options.Seed}.");
        HashSet<int> tested = [.. labels.Where((_, i) => isTest[i])];
        foreach (string name in tree.Classes.Where((_, label) => !tested.Contains(label)))
            yield return $"The class `{name}` is not tested: its images are trained on, because none of its {unit}s can be spared.";
    }

    internal static DataException NoneHeldOut(string unit, string path) =>
        new($"No image can be held out for testing: no class has two {unit}s or more.", path,
            "Add images, or bring test images in a folder of their own, `test/<class>/`.");

    private static (int Channels, int Height, int Width) Size(EntrySource source, ImageTree tree, bool[] isTest, ImageFolderOptions options)
    {
        if (options is { Channels: > 0, Height: > 0, Width: > 0 }) return (options.Channels, options.Height, options.Width);
        TreeImage image = tree.Images[Math.Max(0, Array.IndexOf(isTest, false))];
        string first = image.Path;
        try
        {
            if (image.Fault is string fault) throw new InvalidDataException(fault);

            // An entry is gone once its archive is closed, so the bytes are read on the way.
            byte[] file = source.Entries().Where(entry => entry.Path == image.Source).Select(entry => TreeReader.ReadBytes(source, entry))
                .FirstOrDefault() ?? throw new InvalidDataException("it is gone since the images were listed");
            ImageHeader header = ImageHeader.Read(file);
            (int height, int width) = header.Upright;
            return (
                options.Channels > 0 ? options.Channels : header.Channels,
                options.Height > 0 ? options.Height : height,
                options.Width > 0 ? options.Width : width);
        }
        catch (InvalidDataException error)
        {
            throw Undecodable(source, [(first, error.Message)]);
        }
    }

    // Who leaves a side open may not know that one picture decides it, and of a camera's that it is thousands of pixels.
    private static IEnumerable<string> SizeNote(EntrySource source, ImageTree tree, int height, int width, ImageFolderOptions options,
        CancellationToken cancellation)
    {
        if (options is { Height: > 0, Width: > 0 }) yield break;
        HashSet<string> looked = [.. DatasetGlance.Sized(tree)];
        int others = 0;
        foreach (FileEntry entry in source.Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Kind == EntryKind.File && looked.Contains(entry.Path) && IsOther(entry)) others++;
        }

        if (others == 0 && height <= LargestUsual && width <= LargestUsual) yield break;
        yield return Invariant($"The images are made {height}x{width}, rows by columns, as the first training image is") +
            (others == 0 ? ""
                : Invariant($"; of {looked.Count:N0} that were looked at, {others:N0} {(others == 1 ? "is" : "are")} of another size")) +
            ". Another size is chosen by ImageFolderOptions.Height and Width.";

        // What cannot be read is told where it is decoded.
        bool IsOther(FileEntry entry)
        {
            try
            {
                (int rows, int columns) = ImageHeader.ReadSize(TreeReader.ReadBytes(source, entry)).Upright;
                return (options.Height == 0 && rows != height) || (options.Width == 0 && columns != width);
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }

    private static DataException Undecodable(EntrySource source, (string Path, string Reason)[] failures)
    {
        (string path, string reason) = failures[0];
        string where = source.IsArchive ? $"{source.Path}: {path}" : Path.Combine(source.Path, path);
        return failures.Length == 1
            ? new DataException($"The image does not decode: {reason}.", where, "Mend, replace or delete it.")
            : new DataException(
                $"{failures.Length} images do not decode; the first: {reason}.", where,
                "`pare data check` names them all; mend, replace or delete them.");
    }

    /// <summary>What images are called by their place: the folder's name, or the archive's without its ending.</summary>
    /// <param name="path">The folder or the archive.</param>
    public static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        string? ending = Directory.Exists(path) ? null : DataLocations.ArchiveEndings
            .FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        return ending is null ? name : name[..^ending.Length];
    }

    /// <summary>The images of one part, each with its place in the bytes of all.</summary>
    private sealed class Part
    {
        private readonly byte[] _pixels;
        private readonly int[] _labels;
        private readonly int[] _places;
        private readonly int[] _members;
        private readonly (int Channels, int Height, int Width) _size;

        public Part(ImageTree tree, bool[] isTest, bool test, int channels, int height, int width, string path)
        {
            _size = (channels, height, width);
            _places = new int[isTest.Length];
            int count = 0;
            for (int i = 0; i < isTest.Length; i++) _places[i] = isTest[i] == test ? count++ : -1;
            _members = [.. Enumerable.Range(0, isTest.Length).Where(i => isTest[i] == test)];
            _labels = [.. _members.Select(i => tree.Images[i].Label)];
            long bytes = (long)count * channels * height * width;
            if (bytes > Array.MaxLength)
                throw new DataException(
                    $"{count} images of {channels}x{height}x{width} need {bytes} bytes; the limit is {Array.MaxLength}.", path,
                    "Choose a smaller input size, or use fewer images.");
            try
            {
                _pixels = new byte[bytes];
            }
            catch (OutOfMemoryException error)
            {
                throw TreeReader.OutOfMemory(path, error);
            }
        }

        public Span<byte> PixelsOf(int index)
        {
            int size = _size.Channels * _size.Height * _size.Width;
            return _pixels.AsSpan(_places[index] * size, size);
        }

        public int[] Which(Func<int, bool> isMeant) => [.. Enumerable.Range(0, _members.Length).Where(place => isMeant(_members[place]))];

        public ImageSet ToImageSet(IReadOnlyList<string> classes, string[] names) =>
            new(_size.Channels, _size.Height, _size.Width, _pixels, _labels, classes, [.. _members.Select(i => names[i])]);
    }
}
