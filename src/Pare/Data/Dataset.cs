using System.Security.Cryptography;
using System.Text;

namespace Pare.Data;

/// <summary>A training set and its untouched test set, of the same image size and classes.</summary>
/// <param name="Name">A short name, such as <c>mnist</c>.</param>
/// <param name="Source">Where it was read from, for the run's record: a path, or <c>built in</c>.</param>
/// <param name="Train">The images to learn from, and those to choose on.</param>
/// <param name="Test">The images that only the last epoch's network is measured on.</param>
public sealed record Dataset(string Name, string Source, ImageSet Train, ImageSet Test)
{
    /// <summary>What a person should know about how it was read, such as a split that was made; empty when nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How it is divided.</summary>
    public SplitOptions Split { get; init; } = new();

    /// <summary>Whether the data set brought no test images, so that <see cref="Split"/> chose them.</summary>
    public bool IsTestDrawn { get; init; }

    /// <summary>
    /// The indices in <see cref="Train"/> of the images that the data set itself brings for validation; empty where it brings none.
    /// </summary>
    public IReadOnlyList<int> Validation { get; init; } = [];

    /// <summary>Such as <c>mnist: 60,000 training and 10,000 test images of 1x28x28, 10 classes</c>; no image is read for it.</summary>
    public override string ToString() => Invariant(
        $"{Name}: {Train.Count:N0} training and {Test.Count:N0} test images of {Train.Channels}x{Train.Height}x{Train.Width}") +
        Invariant($", {Train.Classes.Count} classes");

    /// <summary>How many test images have the very pixels of an image that is trained on.</summary>
    /// <param name="split">The training images, divided.</param>
    public int CountSeen(IndexSplit split) => Count(Test.Digests.ToArray(), split);

    /// <summary>How many of the images held out for validation have the very pixels of an image that is trained on.</summary>
    /// <param name="split">The training images, divided.</param>
    public int CountSeenValidation(IndexSplit split) => Count(split.Validation.Select(index => Train.Digests[index]), split);

    private int Count(IEnumerable<UInt128> digests, IndexSplit split)
    {
        HashSet<UInt128> trained = [.. split.Train.Select(index => Train.Digests[index])];
        return digests.Count(trained.Contains);
    }

    /// <summary>
    /// What tells this data set from any other: a digest of the classes' names and of every image's name, class, size and pixels. It
    /// depends neither on the order in which the images were read nor on how they are divided.
    /// </summary>
    public string Fingerprint
    {
        get
        {
            // Numbers say nothing without the part that they count in.
            string images = Train.HasPaths ? $"{unchecked(Train.Sum + Test.Sum):x32}" : $"{Train.Sum:x32} {Test.Sum:x32}";
            string text = Invariant(
                $"{Train.Channels}x{Train.Height}x{Train.Width} {Train.Count + Test.Count} {images} {string.Join('\0', Train.Classes)}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
        }
    }
}
