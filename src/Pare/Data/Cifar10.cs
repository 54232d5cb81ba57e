namespace Pare.Data;

/// <summary>Reads CIFAR-10 from its binary batches.</summary>
/// <remarks>
/// Krizhevsky: "Learning Multiple Layers of Features from Tiny Images", 2009. Colour, 32x32; a record is one label byte, then
/// the red, the green and the blue plane.
/// </remarks>
public static class Cifar10
{
    private const int Side = 32, ImageBytes = 3 * Side * Side, RecordBytes = 1 + ImageBytes, RecordsPerBatch = 10_000;

    internal const string ArchiveFile = "cifar-10-binary.tar.gz";

    private const string Subfolder = "cifar-10-batches-bin", NamesFile = "batches.meta.txt", TestFile = "test_batch.bin";

    private static readonly string[] TrainFiles = [.. Enumerable.Range(1, 5).Select(number => $"data_batch_{number}.bin")];

    private static readonly string[] StandardNames =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Reads the folder with the six batches, the <c>.tar.gz</c> they are published in, or the folder above either.</summary>
    /// <exception cref="DataException">A batch is missing or damaged, or a label is out of range.</exception>
    public static Dataset Load(string path) => Load(path, forEvaluation: false);

    /// <summary>Reads all batches, or to measure a trained network the test batch alone.</summary>
    internal static Dataset Load(string path, bool forEvaluation)
    {
        ArgumentNullException.ThrowIfNull(path);
        EntrySource source = EntrySource.Open(PlaceOf(path));
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (FileEntry entry in source.Entries())
        {
            string name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
            if (entry.Kind == EntryKind.File && IsOwnFile(name)) files[name] = Read(source, entry);
        }

        string[] classes = files.TryGetValue(NamesFile, out byte[]? meta) ? ReadNames(meta, Where(source, NamesFile)) : StandardNames;
        var notes = new List<string>();
        bool testAlone = forEvaluation && !TrainFiles.Any(files.ContainsKey);
        ImageSet train = Join(source, files, testAlone ? [] : TrainFiles, classes, notes);
        ImageSet test = Join(source, files, [TestFile], classes, notes);
        return new Dataset("cifar10", Path.GetFullPath(path), train, test) { Notes = notes };
    }

    /// <summary>Whether the name is that of a batch.</summary>
    internal static bool IsBatch(string name) => name == TestFile || TrainFiles.Contains(name);

    /// <summary>Whether this is the published archive, a folder with batches, or the folder above either.</summary>
    internal static bool IsAt(string path)
    {
        string place = PlaceOf(path);
        return Path.GetFileName(place) == ArchiveFile || TrainFiles.Append(TestFile).Any(name => File.Exists(Path.Combine(place, name)));
    }

    private static bool IsOwnFile(string name) => name == NamesFile || IsBatch(name);

    private static string PlaceOf(string path) =>
        new[] { Path.Combine(path, Subfolder), Path.Combine(path, ArchiveFile) }.FirstOrDefault(Path.Exists) ?? path;

    private static string Where(EntrySource source, string name) =>
        source.IsArchive ? $"{source.Path}: {name}" : Path.Combine(source.Path, name);

    private static byte[] Read(EntrySource source, FileEntry entry)
    {
        if (entry.Length > (long)RecordsPerBatch * RecordBytes)
            throw new DataException(
                $"The file is too long: {entry.Length} bytes; a batch has {RecordsPerBatch} records of {RecordBytes} bytes.",
                Where(source, entry.Path), "Fetch the file again.");
        try
        {
            return entry.Read();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw source.IsArchive
                ? EntrySource.Damaged(source.Path, error)
                : new DataException(
                    $"The file cannot be read: {error.Message}", Where(source, entry.Path), "Check that it may be read.", error);
        }
    }

    private static string[] ReadNames(byte[] text, string where)
    {
        const StringSplitOptions Lines = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] names = System.Text.Encoding.UTF8.GetString(text).Split('\n', Lines);
        if (names.CountBy(static name => name).FirstOrDefault(static count => count.Value > 1).Key is { } twice)
            throw new DataException($"Two classes are named `{twice}`.", where, "Fetch the file again, or delete it.");
        return names.Length == StandardNames.Length
            ? names
            : throw new DataException(
                $"There are {names.Length} class names; CIFAR-10 has {StandardNames.Length}.", where,
                "Fetch the file again, or delete it.");
    }

    private static ImageSet Join(EntrySource source, Dictionary<string, byte[]> files, string[] names, string[] classes, List<string> notes)
    {
        foreach (string name in names)
        {
            if (!files.TryGetValue(name, out byte[]? file))
                throw new DataException(
                    $"There is no `{name}` here.", source.Path,
                    "Give the folder with the six batches, or run `pare data download cifar10`.");
            if (file.Length == 0 || file.Length % RecordBytes != 0)
                throw new DataException(
                    $"The file is cut short or not CIFAR-10's: {file.Length} bytes are no whole number of records of {RecordBytes}.",
                    Where(source, name), "Fetch the file again.");
            if (file.Length != RecordsPerBatch * RecordBytes)
                notes.Add($"`{name}` holds {file.Length / RecordBytes} images; the published one holds {RecordsPerBatch}.");
        }

        var labels = new int[names.Sum(name => files[name].Length / RecordBytes)];
        byte[] pixels = new byte[(long)labels.Length * ImageBytes];
        int image = 0;
        foreach (string name in names)
        {
            byte[] file = files[name];
            for (int at = 0; at < file.Length; at += RecordBytes, image++)
            {
                labels[image] = file[at];
                if (labels[image] >= classes.Length)
                    throw new DataException(
                        $"Label {at / RecordBytes} is {labels[image]}; the labels are 0 to {classes.Length - 1}.", Where(source, name),
                        "Fetch the file again.");
                file.AsSpan(at + 1, ImageBytes).CopyTo(pixels.AsSpan(image * ImageBytes));
            }
        }

        return new ImageSet(3, Side, Side, pixels, labels, classes);
    }
}
