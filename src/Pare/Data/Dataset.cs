using System.Globalization;
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

    /// <summary>How many test images have the very pixels of an image that is trained on.</summary>
    /// <param name="split">The training images, divided.</param>
    public int CountSeen(IndexSplit split)
    {
        var (trained, seen) = (new HashSet<UInt128>(split.Train.Length), 0);
        foreach (int index in split.Train) trained.Add(Train.Digests[index]);
        foreach (UInt128 digest in Test.Digests) seen += trained.Contains(digest) ? 1 : 0;
        return seen;
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
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{Train.Channels}x{Train.Height}x{Train.Width} {Train.Count + Test.Count} {images} {string.Join('\0', Train.Classes)}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
        }
    }
}
