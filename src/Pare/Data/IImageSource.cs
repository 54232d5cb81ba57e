namespace Pare.Data;

/// <summary>
/// Labelled images of one size that need not lie in memory: each is read when it is asked for. <see cref="ImageSet"/> makes a set of it,
/// which is trained on, validated and tested like any other.
/// </summary>
/// <remarks>
/// What is told of the images is asked for once, when the set is made, and must not change. Shuffling, augmentation and batches are the
/// library's: the same images give the same bytes as from memory.
/// </remarks>
public interface IImageSource
{
    /// <summary>Channels of an image, 1 (grey) or 3 (red, green, blue).</summary>
    int Channels { get; }

    /// <summary>Rows of an image.</summary>
    int Height { get; }

    /// <summary>Columns of an image.</summary>
    int Width { get; }

    /// <summary>The names of the classes, in the order of their index.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>One class index an image, 0 up to the number of classes - 1. As many images are there.</summary>
    IReadOnlyList<int> Labels { get; }

    /// <summary>
    /// The images' paths inside their data set, each once: a split decides by them. Null for images that have only their number.
    /// </summary>
    IReadOnlyList<string>? Names => null;

    /// <summary>
    /// What tells these images, with their names and classes, from any others, where the source knows it without reading them: a checksum,
    /// or a version. Null to have all images read and hashed where a run records what it was trained on.
    /// </summary>
    string? Fingerprint => null;

    /// <summary>
    /// Reads one image, the same each time. Several threads call it at once and in any order. Whatever it throws is told as an error of the
    /// data; a training then stands between two steps, and can be kept or gone on with.
    /// </summary>
    /// <param name="index">Which, from 0 on.</param>
    /// <param name="pixels"><c>[channel][row][column]</c>, all 0; to be written whole.</param>
    void Read(int index, Span<byte> pixels);
}
