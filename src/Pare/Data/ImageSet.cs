namespace Pare.Data;

/// <summary>Labelled images of one size, kept as bytes until a batch is made.</summary>
public sealed class ImageSet
{
    private readonly byte[] _pixels;
    private readonly int[] _labels;

    /// <summary>Wraps pixels and labels; neither is copied.</summary>
    /// <param name="channels">Channels of an image, 1 (grey) or 3 (red, green, blue).</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="pixels">All images, <c>[image][channel][row][column]</c>.</param>
    /// <param name="labels">One class index an image, 0 up to <paramref name="classes"/> - 1.</param>
    /// <param name="classes">The names of the classes, in the order of their index.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public ImageSet(int channels, int height, int width, byte[] pixels, int[] labels, IReadOnlyList<string> classes)
    {
        long needed = (long)labels.Length * channels * height * width;
        if (pixels.LongLength != needed)
            throw new ArgumentException(
                $"{labels.Length} images of {channels}x{height}x{width} need {needed} bytes, not {pixels.LongLength}.", nameof(pixels));

        (Channels, Height, Width) = (channels, height, width);
        (_pixels, _labels, Classes) = (pixels, labels, classes);
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

    /// <summary>One class index an image.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>The bytes of one image, <c>[channel][row][column]</c>.</summary>
    public ReadOnlySpan<byte> Image(int index)
    {
        int size = Channels * Height * Width;
        return _pixels.AsSpan(index * size, size);
    }
}
