using Microsoft.Win32.SafeHandles;
using Pare.Data;

namespace OwnLoop;

/// <summary>Images that lie one behind the other in a file of bytes, of which none is kept in memory.</summary>
public sealed class FileImages : IImageSource, IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens the file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="form">Has the images' size, labels and classes.</param>
    public FileImages(string path, ImageSet form)
    {
        (Channels, Height, Width, Classes, Labels) = (form.Channels, form.Height, form.Width, form.Classes, [.. form.Labels]);
        _file = File.OpenHandle(path);
    }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public int Height { get; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Labels { get; }

    /// <inheritdoc/>
    public void Read(int index, Span<byte> pixels)
    {
        long at = (long)index * pixels.Length;
        while (pixels.Length > 0)
        {
            int read = RandomAccess.Read(_file, pixels, at);
            if (read == 0) throw new EndOfStreamException("The file ends before it.");
            pixels = pixels[read..];
            at += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
