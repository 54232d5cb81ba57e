using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pare.Data;

/// <summary>
/// Labelled images of one size, kept as bytes until a batch is made, or read from an <see cref="IImageSource"/> whenever they are needed.
/// </summary>
public sealed class ImageSet
{
    private const int MostNamed = 8, MostBytes = 1 << 30;

    [ThreadStatic]
    private static byte[]? s_spare;

    // One of the two.
    private readonly byte[] _pixels = [];
    private readonly IImageSource? _source;
    private readonly int[] _labels;
    private readonly Lazy<IReadOnlyList<string>> _names;
    private readonly Lazy<UInt128[]> _digests;
    private readonly Lazy<UInt128> _sum;

    /// <summary>Wraps pixels and labels; neither is copied.</summary>
    /// <param name="channels">Channels of an image, 1 (grey) or 3 (red, green, blue).</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="pixels">All images, <c>[image][channel][row][column]</c>.</param>
    /// <param name="labels">One class index an image, 0 up to <paramref name="classes"/> - 1.</param>
    /// <param name="classes">The names of the classes, in the order of their index.</param>
    /// <param name="paths">The images' paths inside their data set, each once; null for images that lie in one file.</param>
    /// <exception cref="ArgumentException">
    /// The lengths do not fit together, a label is of no class, a side is not positive, or the name of a class is missing, not valid
    /// Unicode, or there twice.
    /// </exception>
    public ImageSet(
        int channels, int height, int width, byte[] pixels, int[] labels, IReadOnlyList<string> classes,
        IReadOnlyList<string>? paths = null)
        : this(labels, channels, height, width, classes, paths)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        long needed = (long)labels.Length * channels * height * width;
        if (pixels.LongLength != needed)
            throw new ArgumentException(
                $"{labels.Length} images of {channels}x{height}x{width} need {needed} bytes, not {pixels.LongLength}.", nameof(pixels));

        _pixels = pixels;
    }

    /// <summary>Makes a set of images that are read when they are needed, one by one.</summary>
    /// <param name="source">Reads them.</param>
    /// <exception cref="ArgumentException">What it says of its images does not fit together.</exception>
    public ImageSet(IImageSource source)
        : this(source ?? throw new ArgumentNullException(nameof(source)), [.. source.Labels], source.Classes)
    {
    }

    private ImageSet(IImageSource source, int[] labels, IReadOnlyList<string> classes)
        : this(labels, source.Channels, source.Height, source.Width, classes, source.Names) => _source = source;

    private ImageSet(int[] labels, int channels, int height, int width, IReadOnlyList<string> classes, IReadOnlyList<string>? paths)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (channels < 1 || height < 1 || width < 1 || Math.BigMul(channels, height) > MostBytes / width)
            throw new ArgumentException($"Images of {channels}x{height}x{width} cannot be trained on.");
        ClassNames.Check(classes, nameof(classes));
        int stranger = Array.FindIndex(labels, label => label < 0 || label >= classes.Count);
        if (stranger >= 0)
            throw new ArgumentException(
                $"Image {stranger} has label {labels[stranger]} of {classes.Count} classes, whose labels are 0 to {classes.Count - 1}.",
                nameof(labels));
        if (paths is not null && paths.Count != labels.Length)
            throw new ArgumentException($"There are {paths.Count} paths for {labels.Length} images.", nameof(paths));
        (Channels, Height, Width) = (channels, height, width);
        (_labels, Classes, HasPaths) = (labels, classes, paths is not null);
        _names =
            new(() =>
            paths ?? [.. Enumerable.Range(0, labels.Length).Select(static index => index.ToString(CultureInfo.InvariantCulture))]);
        _digests = new(DigestAll);
        _sum = new(SumUp);
    }

    /// <summary>Channels of an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>The names of the classes, in the order of their index.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether the images are files of their own, each with a path.</summary>
    public bool HasPaths { get; }

    /// <summary>What each image is called: its path inside the data set, or its number in the set from 0.</summary>
    public IReadOnlyList<string> Names => _names.Value;

    /// <summary>One class index an image.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>How many of some images are of each class.</summary>
    internal int[] CountClasses(ReadOnlySpan<int> indices)
    {
        var counts = new int[Classes.Count];
        foreach (int index in indices) counts[_labels[index]]++;
        return counts;
    }

    /// <summary>Whether the images are read from a source whenever they are needed.</summary>
    public bool IsStreamed => _source is not null;

    /// <summary>
    /// The bytes of one image, <c>[channel][row][column]</c>; of a streamed set read anew each time, into memory of their own.
    /// </summary>
    /// <param name="index">Which, from 0 on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public ReadOnlySpan<byte> Image(int index) => Image(index, IsStreamed ? new byte[ImageBytes] : []);

    /// <summary>The bytes of one image, without taking memory.</summary>
    /// <param name="index">Which, from 0 on.</param>
    /// <param name="spare">Where an image of a streamed set is read to; others lie in memory and are not copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public ReadOnlySpan<byte> Image(int index, Span<byte> spare)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (_source is null) return _pixels.AsSpan(index * ImageBytes, ImageBytes);
        spare = spare[..ImageBytes];
        spare.Clear();
        try
        {
            _source.Read(index, spare);
        }
        catch (Exception error) when (error is not (PareException or OperationCanceledException))
        {
            throw new DataException($"An image cannot be read: {error.Message}", $"image {Names[index]}",
                "Repair the file, or leave the image out.", error);
        }

        return spare;
    }

    /// <summary>Bytes of an image.</summary>
    internal int ImageBytes => Channels * Height * Width;

    /// <summary>All images that lie in memory, one behind the other; none of a streamed set.</summary>
    internal ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>
    /// Memory of the thread to read so many images to, which holds anything; the next call gives the same. None for a set in memory.
    /// </summary>
    internal Span<byte> Spare(int images = 1)
    {
        if (!IsStreamed) return [];
        int length = checked(images * ImageBytes);
        if (s_spare is null || s_spare.Length < length) s_spare = new byte[length];
        return s_spare.AsSpan(0, length);
    }

    /// <summary>A digest of each image's pixels: half of a SHA-256, which is far beyond chance.</summary>
    internal ReadOnlySpan<UInt128> Digests => _digests.Value;

    /// <summary>The sum over the images of a digest of name, class and pixels: the same in whatever order they stand.</summary>
    internal UInt128 Sum => _sum.Value;

    /// <summary>Images of several sets of one form and the same classes, copied.</summary>
    /// <param name="images">Each a set and the number of an image in it, in the order that they shall have; at least one.</param>
    /// <exception cref="DataException">They are more than fit into memory at once.</exception>
    public static ImageSet Of(IReadOnlyList<(ImageSet Set, int Index)> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ImageSet form = images[0].Set;
        int size = form.Channels * form.Height * form.Width;
        long bytes = (long)images.Count * size;
        if (bytes > Array.MaxLength)
            throw new DataException(
                $"{images.Count} images of {form.Channels}x{form.Height}x{form.Width} need {bytes} bytes; the limit is {Array.MaxLength}.",
                "all images together",
                "Measure a part of them.");
        byte[] pixels = new byte[bytes];
        for (int i = 0; i < images.Count; i++) images[i].Set.Image(images[i].Index).CopyTo(pixels.AsSpan(i * size));
        bool named = images.All(static image => image.Set.HasPaths);
        return new ImageSet(
            form.Channels, form.Height, form.Width, pixels, [.. images.Select(static image => image.Set.Labels[image.Index])], form.Classes,
            named ? [.. images.Select(static image => image.Set.Names[image.Index])] : null);
    }

    /// <summary>The same images with the numbers that a network has for their classes; pixels are shared.</summary>
    /// <param name="classes">The network's classes in the order of its outputs; more than the images show will do.</param>
    /// <param name="source">Where the images were read from, for the error.</param>
    /// <exception cref="DataException">The network does not know a class.</exception>
    public ImageSet WithClasses(IReadOnlyList<string> classes, string source)
    {
        if (Classes.SequenceEqual(classes)) return this;
        var known = classes.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);
        string[] strangers = [.. Classes.Where(name => !known.ContainsKey(name))];
        if (strangers.Length > 0)
            throw new DataException(
                $"The network does not know the {(strangers.Length == 1 ? "class" : "classes")} " +
                $"{string.Join(", ", strangers.Take(MostNamed).Select(static name => $"`{name}`"))}"
                + $"{(strangers.Length > MostNamed ? $" and {strangers.Length - MostNamed} more" : "")}.", source,
                $"It knows {string.Join(", ", classes)}: name the folders so, and leave out others.");
        int[] numbers = [.. Classes.Select(name => known[name])], labels = Array.ConvertAll(_labels, label => numbers[label]);
        return _source is not null ? new ImageSet(_source, labels, classes)
            : new ImageSet(Channels, Height, Width, _pixels, labels, classes, HasPaths ? Names : null);
    }

    /// <summary>
    /// What tells some of these images, in this order, from any others: a digest of the name, the class and the pixels of each, and of the
    /// classes' names.
    /// </summary>
    /// <param name="indices">Which, from 0 on.</param>
    /// <exception cref="DataException">An image cannot be read.</exception>
    internal string FingerprintOf(IEnumerable<int> indices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string? known = _source?.Fingerprint;
        hash.AppendData(Encoding.UTF8.GetBytes($"{Channels}x{Height}x{Width}\0{known}\0{string.Join('\0', Classes)}\n"));
        foreach (int index in indices)
        {
            string image = known is null ? $"{_digests.Value[index]:x32}" : "";
            hash.AppendData(Encoding.UTF8.GetBytes($"{Names[index]}\0{Classes[_labels[index]]}\0{image}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private UInt128[] DigestAll()
    {
        var digests = new UInt128[Count];
        Parallels.For(Count, index => digests[index] = Half(SHA256.HashData(Image(index, Spare()))));
        return digests;
    }

    private UInt128 SumUp()
    {
        if (_source?.Fingerprint is { } known) return Half(SHA256.HashData(Encoding.UTF8.GetBytes(known)));
        (IReadOnlyList<string> names, UInt128[] digests) = (Names, _digests.Value);
        var sums = new UInt128[Count];
        Parallels.For(Count, index =>
        {
            byte[] text = Encoding.UTF8.GetBytes($"{names[index]}\0{Classes[_labels[index]]}\0{digests[index]:x32}");
            sums[index] = Half(SHA256.HashData(text));
        });
        UInt128 sum = 0;
        foreach (UInt128 one in sums) sum = unchecked(sum + one);
        return sum;
    }

    private static UInt128 Half(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);
}
