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

    /// <summary>Reads the head of a PNG, JPEG or BMP file, recognised by its content, and checks that the file is whole.</summary>
    /// <exception cref="InvalidDataException">The file is of another format, cut short, or claims an impossible size.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file)
    {
        ImageHeader header = file switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ReadPng(file),
            [0xFF, 0xD8, 0xFF, ..] => ReadJpeg(file),
            [(byte)'B', (byte)'M', ..] => ReadBmp(file),
            [] => throw new InvalidDataException("it is empty"),
            _ => throw new InvalidDataException("it is neither PNG, JPEG nor BMP"),
        };
        if (header.Width <= 0 || header.Height <= 0) throw new InvalidDataException($"it gives its size as {header.Width}x{header.Height}");
        if ((long)header.Width * header.Height > MaxPixels)
            throw new InvalidDataException($"at {header.Width}x{header.Height} it is over the limit of {MaxPixels >> 20} Mi pixels");
        return header;
    }

    private static ImageHeader ReadPng(ReadOnlySpan<byte> file)
    {
        if (file.Length < 33) throw CutShort();
        int colour = file[25];
        int orientation = 1;
        int at = 8;
        while (true)
        {
            if (at > file.Length - 12) throw CutShort();
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) throw CutShort();
            ReadOnlySpan<byte> type = file.Slice(at + 4, 4);
            if (type.SequenceEqual("IEND"u8)) break;
            if (type.SequenceEqual("eXIf"u8)) orientation = Exif.Orientation(file.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }

        return new ImageHeader(
            BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]),
            colour is 0 or 4 ? 1 : 3, orientation);
    }

    private static ImageHeader ReadJpeg(ReadOnlySpan<byte> file)
    {
        int width = 0, height = 0, components = 0, orientation = 1;
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
            at += length;
            if (marker == 0xDA) break;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && segment.Length >= 6)
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
                components = segment[5];
            }
            else if (marker == 0xE1 && segment.StartsWith("Exif\0\0"u8))
            {
                orientation = Exif.Orientation(segment[6..]);
            }
        }

        // The decoder fills what is missing with grey and says nothing, so the end has to be looked for here.
        if (file[at..].LastIndexOf([(byte)0xFF, (byte)0xD9]) < 0) throw CutShort();
        return new ImageHeader(width, height, components == 1 ? 1 : 3, orientation);
    }

    private static ImageHeader ReadBmp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 26) throw CutShort();
        uint pixels = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        bool old = BinaryPrimitives.ReadInt32LittleEndian(file[14..]) == 12;
        if (!old && file.Length < 34) throw CutShort();
        int width = old ? BinaryPrimitives.ReadUInt16LittleEndian(file[18..]) : BinaryPrimitives.ReadInt32LittleEndian(file[18..]);
        // Negative rows mark an image that is stored from the top.
        long height = old
            ? BinaryPrimitives.ReadUInt16LittleEndian(file[20..])
            : Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[(old ? 24 : 28)..]);
        long rowBytes = (((long)width * bits) + 31) / 32 * 4;
        if (width > 0 && height is > 0 and <= int.MaxValue && pixels + (rowBytes * height) > file.Length) throw CutShort();
        return new ImageHeader(width, (int)Math.Min(height, int.MaxValue), 3, 1);
    }

    private static InvalidDataException CutShort() => new("it is cut short");
}
