using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Pare.Data;

namespace Pare.Runs;

/// <summary>Which images a run was tested on and chosen by, so that they can be found again and told from others.</summary>
public sealed record RunSplit : IRunRecord
{
    private const int DigestDigits = 8, TrainedBytes = 8, LeastPart = 100;

    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>What the data set is, wherever it lies.</summary>
    public required string DataFingerprint { get; init; }

    /// <summary>The form of an image, such as <c>3x32x32</c>.</summary>
    public required string Form { get; init; }

    /// <summary>The names of the classes, in the order of the network's outputs.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Whether the data set brought no test images, so that the split chose them.</summary>
    public required bool IsTestDrawn { get; init; }

    /// <summary>The part of each class held out for testing where it was drawn.</summary>
    public required float TestFraction { get; init; }

    /// <summary>The part of the training images held out for validation where it was drawn.</summary>
    public required float ValidationFraction { get; init; }

    /// <summary>The split's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The expression that names an image's group; null for none.</summary>
    public required string? Group { get; init; }

    /// <summary>The number of images that were trained on.</summary>
    public required int TrainImages { get; init; }

    /// <summary>The number of images held out for validation.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>The number of test images.</summary>
    public required int TestImages { get; init; }

    /// <summary>
    /// The test images, each path with the beginning of a digest of its pixels; null, and not written, where the images have no paths:
    /// then the fingerprint says which they are.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Test { get; init; }

    /// <summary>The validation images alike.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Validation { get; init; }

    /// <summary>
    /// The images that were trained on: of each 8 bytes of a digest of its pixels, the lowest byte first, in rising order; null, and not
    /// written, where the images have no paths, and in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Training { get; init; }

    /// <summary>A path and 8 digits for each of millions of images.</summary>
    static long IRunRecord.MostBytes => 512 << 20;

    /// <summary>Of a data set, as a training divides it.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="split">Its training images, divided.</param>
    /// <param name="validationFraction">The part that was asked for.</param>
    internal static RunSplit Of(Dataset data, IndexSplit split, float validationFraction) => new()
    {
        DataFingerprint = data.Fingerprint,
        Form = FormOf(data),
        Classes = data.Train.Classes,
        IsTestDrawn = data.IsTestDrawn,
        TestFraction = data.Split.Test,
        ValidationFraction = validationFraction,
        Seed = data.Split.Seed,
        Group = data.Split.Group,
        TrainImages = split.Train.Length,
        ValidationImages = split.Validation.Length,
        TestImages = data.Test.Count,
        Test = List(data.Test, [.. Enumerable.Range(0, data.Test.Count)]),
        Validation = List(data.Train, split.Validation),
        Training = data.Train.HasPaths ? Packed(data.Train, split.Train) : null,
    };

    /// <summary>Reads the record of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The record; null for a run of a version that kept none.</returns>
    /// <exception cref="RecipeException">It is damaged.</exception>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RunSplit? Read(string folder)
    {
        string file = Path.Combine(folder, RunFolder.SplitFile);
        if (!File.Exists(file)) return null;
        try
        {
            return RunRecords.Read<RunSplit>(file);
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(
                $"The list of the run's test images cannot be read: {error.Message}", Path.GetFullPath(file),
                "Without it nobody can tell which images the run was trained on; train it again.", error);
        }
    }

    /// <summary>What a list holds of an image.</summary>
    internal static string Digest(ImageSet images, int index) => $"{images.Digests[index]:x32}"[..DigestDigits];

    /// <summary>Whether two runs were tested on the same images; the form that these were brought to does not count.</summary>
    /// <param name="other">The other run's.</param>
    public bool HasSameTest(RunSplit other) => AreSame(Test, other.Test, other);

    /// <summary>
    /// Whether a data set may hold images of the run's: then its test images are there, or a part of them. By their pixels, where the data
    /// set is in the run's form: names such as <c>cat/0001.png</c> are many an image's.
    /// </summary>
    /// <param name="data">The data set.</param>
    internal bool MayShareImages(Dataset data)
    {
        if (DataFingerprint == data.Fingerprint) return true;
        bool hasPaths = data.Train.HasPaths || data.Test.HasPaths, isSameForm = Form == FormOf(data);
        if (hasPaths != Test is not null) return false;
        if (!(hasPaths && isSameForm) && !Classes.Intersect(data.Train.Classes, StringComparer.Ordinal).Any()) return false;
        if (Test is null) return true;
        HashSet<string> digests = [.. Test.Values];
        return IsPartOfTest(Count(data.Train) + Count(data.Test));

        long Count(ImageSet images) => Enumerable.Range(0, images.Count)
            .Count(index => isSameForm ? digests.Contains(Digest(images, index)) : Test.ContainsKey(images.Names[index]));
    }

    /// <summary>
    /// Whether images that the run was tested on are trained on in a data set, by their pixels: then its parts are divided in another way,
    /// or by other names, and what it tests on the run may have been trained on.
    /// </summary>
    /// <param name="data">The data set.</param>
    internal bool IsDividedOtherwise(Dataset data)
    {
        if (Test is null || Form != FormOf(data)) return false;
        HashSet<string> trained = DigestsOf(data.Train), tested = DigestsOf(data.Test);
        return IsPartOfTest(Test.Values.Count(digest => trained.Contains(digest) && !tested.Contains(digest)));

        static HashSet<string> DigestsOf(ImageSet images) =>
            [.. Enumerable.Range(0, images.Count).Select(index => Digest(images, index))];
    }

    /// <summary>
    /// How many of some images have the very pixels of one that the run was trained on; 0 where it kept no list, or brought its images to
    /// another form.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="indices">Those that count.</param>
    internal int CountTrained(ImageSet images, IEnumerable<int> indices) => indices.Count(IsTrained(images));

    /// <summary>Of an image's index whether the run was trained on its very pixels, as far as it kept a list.</summary>
    /// <inheritdoc cref="CountTrained"/>
    internal Func<int, bool> IsTrained(ImageSet images)
    {
        if (Training is null || Form != FormOf(images)) return static _ => false;
        var trained = new HashSet<ulong>(Training.Length / TrainedBytes);
        for (int at = 0; at < Training.Length; at += TrainedBytes)
            trained.Add(BinaryPrimitives.ReadUInt64LittleEndian(Training.AsSpan(at)));
        return index => trained.Contains(TrainedDigest(images, index));
    }

    /// <summary>Whether so many are more of some images than a few that are alike by chance.</summary>
    internal static bool IsPart(long found, long all) => found > 0 && found * LeastPart >= all;

    /// <summary>Whether two runs were chosen by the same images.</summary>
    internal bool HasSameValidation(RunSplit other) => AreSame(Validation, other.Validation, other)
        && (Validation is not null
            || (ValidationImages, ValidationFraction, Seed) == (other.ValidationImages, other.ValidationFraction, other.Seed));

    void IRunRecord.Check()
    {
        Checks.Text(DataFingerprint, "data_fingerprint");
        Checks.List(Classes, "classes");
        foreach ((IReadOnlyDictionary<string, string>? list, string name) in new[] { (Test, "test"), (Validation, "validation") })
            Checks.That(
                list is null || list.Values.All(static digest => digest?.Length == DigestDigits), name, "has an entry without a digest");
        Checks.That(Training is null || Training.Length == (long)TrainedBytes * TrainImages, "training",
            "does not hold one digest per training image");
    }

    private bool AreSame(IReadOnlyDictionary<string, string>? own, IReadOnlyDictionary<string, string>? others, RunSplit other)
    {
        if (own is null || others is null) return DataFingerprint == other.DataFingerprint;
        return own.Count == others.Count
            && own.All(pair => others.TryGetValue(pair.Key, out string? digest) && (Form != other.Form || digest == pair.Value));
    }

    // Among hundreds of thousands of images some have the few digits in common by chance.
    private bool IsPartOfTest(long found) => IsPart(found, Test!.Count);

    private static string FormOf(Dataset data) => FormOf(data.Train);

    private static string FormOf(ImageSet images) => $"{images.Channels}x{images.Height}x{images.Width}";

    private static ulong TrainedDigest(ImageSet images, int index) => (ulong)(images.Digests[index] >> 64);

    private static byte[] Packed(ImageSet images, int[] indices)
    {
        ulong[] digests = [.. indices.Select(index => TrainedDigest(images, index)).Order()];
        var packed = new byte[digests.Length * TrainedBytes];
        for (int i = 0; i < digests.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(packed.AsSpan(i * TrainedBytes), digests[i]);
        return packed;
    }

    private static Dictionary<string, string>? List(ImageSet images, int[] indices) =>
        images.HasPaths ? indices.ToDictionary(index => images.Names[index], index => Digest(images, index)) : null;
}
