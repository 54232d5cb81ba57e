using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pare.Data;

/// <summary>Looks through a whole data set and reports all it finds, where reading for training stops at the first fault.</summary>
public static class DataCheck
{
    /// <summary>Looks through the data set at a path.</summary>
    /// <exception cref="DataException">There is no data set in a known form, or it is too damaged to be looked through.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataCheckReport Run(
        string path, IProgress<ReadingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Run(DatasetLoader.Find("", new DataLocations { Given = path }, cancellationToken), progress, cancellationToken);
    }

    /// <summary>Looks through a data set that was found.</summary>
    /// <exception cref="DataException">It is too damaged to be looked through.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataCheckReport Run(
        DataSource source, IProgress<ReadingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Kind == DataKind.ImageFolder
            ? CheckFiles(source, progress, cancellationToken)
            : CheckSets(source, source.Load(cancellationToken: cancellationToken));
    }

    private static DataCheckReport CheckFiles(
        DataSource source, IProgress<ReadingProgress>? progress, CancellationToken cancellationToken)
    {
        EntrySource entries = EntrySource.Open(source.Path);
        ImageTree tree = ImageTree.Scan(entries, cancellationToken: cancellationToken);
        var seen = new Seen?[tree.Images.Count];
        (string Path, string Reason)[] failures = TreeReader.ReadAll(
            entries, tree, isKnown: null,
            (index, file) =>
            {
                (byte[] pixels, int height, int width) = ImageDecoder.DecodeUpright(file, channels: 3);
                TreeImage image = tree.Images[index];
                seen[index] = new Seen(image.Path, image.Label, image.Part, width, height, Hash(pixels, width, height));
            },
            progress, cancellationToken, toTheEnd: true);
        var labels = tree.Images.Select(static image => (image.Label, image.Part));
        return Report(source, tree.Classes, labels, [.. seen.OfType<Seen>()]) with
        {
            Unreadable = [.. failures.Select(failure => new UnreadableFile(failure.Path, failure.Reason))],
            Problems = [.. tree.Problems.Select(static problem => problem.Message)],
            Notes = tree.Notes,
        };
    }

    private static DataCheckReport CheckSets(DataSource source, Dataset data)
    {
        List<Seen> seen = [.. Look(data.Train, "train", ImagePart.Train), .. Look(data.Test, "test", ImagePart.Test)];
        return Report(source, data.Train.Classes, seen.Select(image => (image.Label, image.Part)), seen) with { Notes = data.Notes };
    }

    private static IEnumerable<Seen> Look(ImageSet images, string name, ImagePart part) =>
        Enumerable.Range(0, images.Count).Select(index => new Seen(
            $"{name}[{index}]", images.Labels[index], part, images.Width, images.Height,
            Hash(images.Image(index), images.Width, images.Height)));

    private static DataCheckReport Report(
        DataSource source, IReadOnlyList<string> classes, IEnumerable<(int Label, ImagePart Part)> labels, List<Seen> seen)
    {
        var counts = new int[classes.Count, Enum.GetValues<ImagePart>().Length];
        var parts = new HashSet<ImagePart>();
        foreach ((int label, ImagePart part) in labels)
        {
            counts[label, (int)part]++;
            parts.Add(part);
        }

        bool areDrawn = !(parts.Contains(ImagePart.Test) && parts.Contains(ImagePart.Validation));

        return new DataCheckReport(
            source,
            [.. classes.Select((name, label) => new ClassCount(
                name, counts[label, (int)ImagePart.Train], counts[label, (int)ImagePart.Test])
            {
                Validation = counts[label, (int)ImagePart.Validation],
            })],
            [
                .. seen.GroupBy(static image => (image.Width, image.Height))
                    .Select(static group => new SizeCount(group.Key.Width, group.Key.Height, group.Count()))
                    .OrderByDescending(static size => size.Count).ThenBy(static size => size.Width).ThenBy(static size => size.Height),
            ],
            [],
            [
                .. seen.GroupBy(static image => image.Hash).Where(group => group.Skip(1).Any()).Select(group => new DuplicateGroup(
                    [.. group.Select(static image => image.Name)],
                    group.Select(static image => image.Part).Distinct().Skip(1).Any(),
                    group.Select(static image => image.Label).Distinct().Skip(1).Any())
                {
                    MayBeDivided = areDrawn && group.All(static image => image.Part == ImagePart.Train),
                }),
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

    private sealed record Seen(string Name, int Label, ImagePart Part, int Width, int Height, UInt128 Hash);
}
