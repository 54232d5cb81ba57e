using System.Buffers.Binary;

namespace Pare.Data;

/// <summary>What the head of an image file says, read before a pixel is decoded.</summary>
/// <param name="Width">Columns as stored, before the orientation is applied.</param>
/// <param name="Height">Rows as stored, before the orientation is applied.</param>
/// <param name="Channels">1 for a grey image, 3 for a coloured one.</param>
/// <param name="Orientation">EXIF's 1 to 8; 1 where none is given.</param>
internal readonly record struct ImageHeader(int Width, int Height, int Channels, int Orientation)
{
    /// <summary>Beyond this an image is refused rather than decoded: 16 bytes can claim gigabytes.</summary>
    private const long MaxPixels = 1 << 27;

    // Each scan of a JPEG goes over the whole picture, however few bytes it has; none has as many as a thousandth of these.
    private const int MaxScans = 256;

    /// <summary>Rows and columns as a person sees them, after the orientation is applied.</summary>
    public (int Height, int Width) Upright => Orientation >= 5 ? (Width, Height) : (Height, Width);

    /// <summary>Whether it is a JPEG of four inks: cyan, magenta, yellow and black.</summary>
    public bool HasInks { get; init; }

    /// <summary>Whether it is a JPEG with a segment of JFIF, which knows luma and chroma, or luma alone.</summary>
    public bool IsJfif { get; init; }

    /// <summary>The transform that Adobe's segment of a JPEG names, and where it names it; null without such a segment.</summary>
    public (int Transform, int At)? Adobe { get; init; }

    /// <summary>Reads the head of a PNG, JPEG or BMP file, recognised by its content, and checks that the file is whole.</summary>
    /// <exception cref="InvalidDataException">The file is of another format, damaged, or claims an impossible size.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file)
    {
        ImageHeader header = ReadSize(file);
        if (PngDecoder.IsPng(file)) PngDecoder.CheckChunks(file);
        return header;
    }

    /// <summary>The same without looking at every byte: for what an image will cost, not for whether it is whole.</summary>
    /// <exception cref="InvalidDataException">The file is of another format, damaged, or claims an impossible size.</exception>
    public static ImageHeader ReadSize(ReadOnlySpan<byte> file)
    {
        ImageHeader header = file switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => PngDecoder.ReadHeader(file),
            [0xFF, 0xD8, 0xFF, ..] => ReadJpeg(file),
            [(byte)'B', (byte)'M', ..] => BmpDecoder.ReadHeader(file),
            [] => throw new InvalidDataException("it is empty"),
            _ => throw new InvalidDataException(Other(file) is string kind
                ? $"it is {kind} and neither PNG, JPEG nor BMP" : "it is neither PNG, JPEG nor BMP"),
        };
        if (header.Width <= 0 || header.Height <= 0) throw new InvalidDataException($"it gives its size as {header.Width}x{header.Height}");
        if ((long)header.Width * header.Height > MaxPixels)
            throw new InvalidDataException($"at {header.Width}x{header.Height} it is over the limit of {MaxPixels >> 20} Mi pixels");
        return header;
    }

    /// <summary>Whether a file begins as a picture does, be it of a format that is read or of another.</summary>
    public static bool IsPicture(ReadOnlySpan<byte> head) =>
        head is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'B', (byte)'M', ..]
            || Other(head) is not null;

    private static string? Other(ReadOnlySpan<byte> file) => file switch
    {
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "a GIF",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "a WebP",
        [(byte)'I', (byte)'I', (byte)'*', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*', ..] => "a TIFF",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "a HEIC, an AVIF or a video",
        [(byte)'<', ..] => "a page or an SVG",
        _ when file.StartsWith("version https://git-lfs"u8) => "a pointer of Git LFS (`git lfs pull` fetches the image)",
        _ => null,
    };

    private static ImageHeader ReadJpeg(ReadOnlySpan<byte> file)
    {
        int width = 0, height = 0, components = 0;
        int? orientation = null;
        (int, int)? adobe = null;
        bool jfif = false;
        int at = 2;
        while (true)
        {
            while (at < file.Length && file[at] != 0xFF) at++;
            while (at < file.Length && file[at] == 0xFF) at++;
            if (at >= file.Length) throw CutShort();
            int marker = file[at++];
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8)) continue;
            if (marker == 0xD9 || at + 2 > file.Length) throw CutShort();
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            if (length < 2 || at + length > file.Length) throw CutShort();
            ReadOnlySpan<byte> segment = file.Slice(at + 2, length - 2);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && segment.Length >= 6)
            {
                if (components > 0) throw new InvalidDataException("it is a JPEG of several frames, which is not read");
                CheckKind(marker, segment);
                height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
                components = segment[5];
            }
            else if (marker == 0xE1 && segment.StartsWith("Exif\0\0"u8))
            {
                // Of several segments the first, as others read it.
                orientation ??= Exif.Orientation(segment[6..]);
            }
            else if (marker == 0xE0 && segment.StartsWith("JFIF\0"u8))
            {
                jfif = true;
            }
            else if (marker == 0xEE && segment.StartsWith("Adobe"u8) && segment.Length >= 12)
            {
                adobe = (segment[11], at + 2 + 11);
            }

            at += length;
            if (marker == 0xDA) break;
        }

        // The decoder fills what is missing with grey and says nothing, so the end has to be looked for here.
        ReadOnlySpan<byte> scans = file[at..];
        if (scans.LastIndexOf([(byte)0xFF, (byte)0xD9]) < 0) throw CutShort();

        // Of every block of 8 by 8 pixels at least one bit is kept: what has fewer is no whole picture, and a bomb.
        if ((width + 7L) / 8 * ((height + 7L) / 8) > 8L * scans.Length) throw CutShort();
        if (scans.Count([(byte)0xFF, (byte)0xDA]) >= MaxScans)
            throw new InvalidDataException("it is a JPEG of more scans than a picture has");
        return new ImageHeader(width, height, components == 1 ? 1 : 3, orientation ?? 1)
        {
            HasInks = components == 4,
            IsJfif = jfif,
            Adobe = adobe,
        };
    }

    private static void CheckKind(int marker, ReadOnlySpan<byte> frame)
    {
        string? kind = marker switch
        {
            0xC3 => "lossless",
            0xC5 or 0xC6 or 0xC7 => "hierarchical",
            > 0xC7 => "with arithmetic coding",
            _ when frame[0] != 8 => $"of {frame[0]} bits",
            _ when frame[5] is not (1 or 3 or 4) => $"of {frame[5]} components",
            _ => null,
        };
        if (kind is not null) throw new InvalidDataException($"it is a JPEG {kind}, which is not read");
    }

    private static InvalidDataException CutShort() => new("it is cut short");
}
