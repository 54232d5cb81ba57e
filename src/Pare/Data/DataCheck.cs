using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pare.Data;

/// <summary>Looks through a whole data set and reports all it finds, where reading for training stops at the first fault.</summary>
public static class DataCheck
{
    /// <summary>Looks through the data set at a path.</summary>
    /// <exception cref="DataException">There is no data set in a known form, or it is too damaged to be looked through.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataCheckReport Run(string path, CancellationToken cancellationToken = default) =>
        Run(DatasetLoader.Find("", new DataLocations { Given = path }), cancellationToken);

    /// <summary>Looks through a data set that was found.</summary>
    /// <exception cref="DataException">It is too damaged to be looked through.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataCheckReport Run(DataSource source, CancellationToken cancellationToken = default) =>
        source.Kind == DataKind.ImageFolder
            ? CheckFiles(source, cancellationToken)
            : CheckSets(source, source.Load(cancellationToken: cancellationToken));

    private static DataCheckReport CheckFiles(DataSource source, CancellationToken cancellationToken)
    {
        EntrySource entries = EntrySource.Open(source.Path);
        ImageTree tree = ImageTree.Scan(entries);
        var seen = new Seen?[tree.Images.Count];
        (string Path, string Reason)[] failures = TreeReader.ReadAll(
            entries, tree,
            (index, file) =>
            {
                (byte[] pixels, int height, int width) = ImageDecoder.DecodeUpright(file, channels: 3);
                TreeImage image = tree.Images[index];
                seen[index] = new Seen(image.Path, image.Label, image.IsTest, width, height, Hash(pixels, width, height));
            },
            cancellationToken);
        var labels = tree.Images.Select(image => (image.Label, image.IsTest));
        return Report(source, tree.Classes, labels, [.. seen.OfType<Seen>()]) with
        {
            Unreadable = [.. failures.Select(failure => new UnreadableFile(failure.Path, failure.Reason))],
            Problems = [.. tree.Problems.Select(static problem => problem.Message)],
            Notes = tree.Notes,
        };
    }

    private static DataCheckReport CheckSets(DataSource source, Dataset data)
    {
        List<Seen> seen = [.. Look(data.Train, "train", false), .. Look(data.Test, "test", true)];
        return Report(source, data.Train.Classes, seen.Select(image => (image.Label, image.IsTest)), seen) with { Notes = data.Notes };
    }

    private static IEnumerable<Seen> Look(ImageSet images, string part, bool isTest) =>
        Enumerable.Range(0, images.Count).Select(index => new Seen(
            $"{part}[{index}]", images.Labels[index], isTest, images.Width, images.Height,
            Hash(images.Image(index), images.Width, images.Height)));

    private static DataCheckReport Report(
        DataSource source, IReadOnlyList<string> classes, IEnumerable<(int Label, bool IsTest)> labels, List<Seen> seen)
    {
        var counts = new (int Train, int Test)[classes.Count];
        foreach ((int label, bool isTest) in labels)
        {
            ref (int Train, int Test) count = ref counts[label];
            count = isTest ? (count.Train, count.Test + 1) : (count.Train + 1, count.Test);
        }

        return new DataCheckReport(
            source,
            [.. classes.Select((name, label) => new ClassCount(name, counts[label].Train, counts[label].Test))],
            [
                .. seen.GroupBy(static image => (image.Width, image.Height))
                    .Select(static group => new SizeCount(group.Key.Width, group.Key.Height, group.Count()))
                    .OrderByDescending(static size => size.Count).ThenBy(static size => size.Width).ThenBy(static size => size.Height),
            ],
            [],
            [
                .. seen.GroupBy(static image => image.Hash).Where(group => group.Skip(1).Any()).Select(group => new DuplicateGroup(
                    [.. group.Select(static image => image.Name)],
                    group.Any(static image => image.IsTest) && !group.All(static image => image.IsTest),
                    group.Select(static image => image.Label).Distinct().Skip(1).Any())),
            ],
            [],
            []);
    }

    // The size belongs to the image: one row of 4 is not 2 rows of 2. Half of a SHA-256 is far beyond chance.
    private static UInt128 Hash(ReadOnlySpan<byte> pixels, int width, int height)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(size, width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], height);
        hash.AppendData(size);
        hash.AppendData(pixels);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    private sealed record Seen(string Name, int Label, bool IsTest, int Width, int Height, UInt128 Hash);
}
