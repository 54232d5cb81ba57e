using Pare.Data;

namespace Pare.Tests.Support;

/// <summary>Images of a set in memory as a source that is read one by one, and that can be made to fail.</summary>
internal sealed class CopiedImages(ImageSet images) : IImageSource
{
    public int Channels { get; init; } = images.Channels;

    public int Height { get; init; } = images.Height;

    public int Width => images.Width;

    public IReadOnlyList<string> Classes { get; init; } = images.Classes;

    public IReadOnlyList<int> Labels { get; } = [.. images.Labels];

    public string? Fingerprint { get; init; }

    /// <summary>An image that is not written.</summary>
    public int LeavesOut { get; init; } = -1;

    /// <summary>Whether reading fails.</summary>
    public bool Fails { get; set; }

    public void Read(int index, Span<byte> pixels)
    {
        if (Fails) throw new IOException("the disk is gone");
        if (index != LeavesOut) images.Image(index).CopyTo(pixels);
    }
}
