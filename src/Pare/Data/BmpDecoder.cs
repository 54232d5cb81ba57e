using System.Buffers.Binary;
using System.Numerics;

namespace Pare.Data;

/// <summary>
/// Reads BMP files without compression, of Windows (headers of 40, 56, 108 and 124 bytes) and of OS/2 (12 bytes); transparency is dropped.
/// </summary>
/// <remarks>
/// By hand, since a general decoder took the pixels for what stands right behind the header, and a palette of OS/2 for shorter than it is.
/// </remarks>
internal static class BmpDecoder
{
    private const int OldHeader = 12;
    private const int FileHeader = 14;

    // Where the header of Windows ends: what follows are masks, be they of the header or behind it.
    private const int Masks = 54;

    /// <summary>Whether a file begins as a BMP does.</summary>
    public static bool IsBmp(ReadOnlySpan<byte> file) => file is [(byte)'B', (byte)'M', ..];

    /// <summary>Reads what the header says.</summary>
    /// <exception cref="InvalidDataException">The file is compressed, of an unknown kind, or cut short.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHeader + OldHeader) throw CutShort();
        int headerBytes = BinaryPrimitives.ReadInt32LittleEndian(file[14..]);
        bool old = headerBytes == OldHeader;
        if (!old && file.Length < 34) throw CutShort();
        int width = old ? BinaryPrimitives.ReadUInt16LittleEndian(file[18..]) : BinaryPrimitives.ReadInt32LittleEndian(file[18..]);

        // Negative rows mark an image that is stored from the top.
        long height = old
            ? BinaryPrimitives.ReadUInt16LittleEndian(file[20..])
            : Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        int bits = Bits(file), compression = Compression(file);
        string? method = compression switch
        {
            0 => null,
            1 => "RLE8",
            2 => "RLE4",
            3 when bits is 16 or 32 => null,
            3 => "Huffman",
            4 when bits == 24 => "RLE24",
            4 => "JPEG",
            5 => "PNG",
            6 => "bit fields with alpha",
            _ => $"method {compression}",
        };
        if (method is not null) throw new InvalidDataException($"it is a compressed BMP ({method}), which is not supported");
        if (headerBytes is not (OldHeader or 40 or 56 or 108 or 124))
            throw new InvalidDataException($"it is a BMP with a header of {headerBytes} bytes, which is not supported");
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32))
            throw new InvalidDataException($"it is a BMP of {bits} bits, which is not supported");
        if (width > 0 && height is > 0 and <= int.MaxValue && Pixels(file) + (RowBytes(width, bits) * height) > file.Length)
            throw CutShort();
        return new ImageHeader(width, (int)Math.Min(height, int.MaxValue), 3, 1);
    }

    /// <summary>Decodes a file whose header was read.</summary>
    /// <param name="file">The file.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <returns>The image, <c>[row][column][channel]</c>.</returns>
    /// <exception cref="InvalidDataException">The pixels begin within the header, or palette or masks are damaged.</exception>
    public static byte[] Decode(byte[] file, int channels)
    {
        ImageHeader header = ReadHeader(file);
        int bits = Bits(file), tables = FileHeader + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(14));
        bool fields = Compression(file) == 3, old = tables == FileHeader + OldHeader;
        if (fields) tables = Math.Max(tables, Masks + 12);
        uint pixels = Pixels(file);
        if (pixels < tables) throw new InvalidDataException("its pixels begin within its header");
        ReadOnlySpan<byte> palette = bits <= 8 ? Palette(file.AsSpan(tables, (int)pixels - tables), bits, old ? 0 : Colours(file)) : [];
        int entry = old ? 3 : 4;
        (Field red, Field green, Field blue) = (bits, fields) switch
        {
            (_, true) => (new Field(Mask(file, 0)), new Field(Mask(file, 1)), new Field(Mask(file, 2))),
            (16, _) => (new Field(0x7C00), new Field(0x3E0), new Field(0x1F)),
            _ => (new Field(0xFF0000), new Field(0xFF00), new Field(0xFF)),
        };

        bool fromTop = !old && BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(22)) < 0;
        int rowBytes = (int)RowBytes(header.Width, bits);
        byte[] image = new byte[(long)header.Width * header.Height * channels];
        for (int y = 0, to = 0; y < header.Height; y++)
        {
            long stored = fromTop ? y : header.Height - 1 - y;
            ReadOnlySpan<byte> row = file.AsSpan((int)(pixels + (stored * rowBytes)), rowBytes);
            for (int x = 0; x < header.Width; x++, to += channels)
            {
                (byte r, byte g, byte b) = (0, 0, 0);
                if (bits <= 8)
                {
                    int bit = x * bits, index = (row[bit / 8] >> (8 - bits - (bit % 8))) & ((1 << bits) - 1);
                    if ((index + 1) * entry > palette.Length) throw new InvalidDataException("a pixel of it is beyond its palette");
                    (b, g, r) = (palette[index * entry], palette[(index * entry) + 1], palette[(index * entry) + 2]);
                }
                else
                {
                    uint value = bits switch
                    {
                        16 => BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..]),
                        24 => row[3 * x] | ((uint)row[(3 * x) + 1] << 8) | ((uint)row[(3 * x) + 2] << 16),
                        _ => BinaryPrimitives.ReadUInt32LittleEndian(row[(4 * x)..]),
                    };
                    (r, g, b) = (red.Of(value), green.Of(value), blue.Of(value));
                }

                if (channels == 1) image[to] = ImageDecoder.Luma(r, g, b);
                else (image[to], image[to + 1], image[to + 2]) = (r, g, b);
            }
        }

        return image;

        ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> beforePixels, int bits, uint colours)
        {
            long most = (colours is 0 ? 1L << bits : Math.Min(colours, 1L << bits)) * (old ? 3 : 4);
            return beforePixels[..(int)Math.Min(most, beforePixels.Length)];
        }
    }

    private static int Bits(ReadOnlySpan<byte> file) =>
        BinaryPrimitives.ReadUInt16LittleEndian(file[(BinaryPrimitives.ReadInt32LittleEndian(file[14..]) == OldHeader ? 24 : 28)..]);

    private static int Compression(ReadOnlySpan<byte> file) =>
        BinaryPrimitives.ReadInt32LittleEndian(file[14..]) == OldHeader ? 0 : BinaryPrimitives.ReadInt32LittleEndian(file[30..]);

    private static uint Pixels(ReadOnlySpan<byte> file) => BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);

    private static uint Colours(ReadOnlySpan<byte> file) => BinaryPrimitives.ReadUInt32LittleEndian(file[46..]);

    private static uint Mask(ReadOnlySpan<byte> file, int colour) =>
        BinaryPrimitives.ReadUInt32LittleEndian(file[(Masks + (4 * colour))..]);

    // Rows are padded to whole words of four bytes.
    private static long RowBytes(int width, int bits) => (((long)width * bits) + 31) / 32 * 4;

    private static InvalidDataException CutShort() => new("it is cut short");

    /// <summary>A colour's bits within a pixel.</summary>
    private readonly struct Field
    {
        private readonly uint _mask;
        private readonly int _first, _width;

        public Field(uint mask)
        {
            (_mask, _first, _width) = (mask, BitOperations.TrailingZeroCount(mask), BitOperations.PopCount(mask));
            if (_width is 0 or > 8 || mask >> _first != (1u << _width) - 1)
                throw new InvalidDataException($"it is a BMP with a mask of colours of {mask:x8}, which is not supported");
        }

        /// <summary>The colour of a pixel; fewer than 8 bits are repeated, so that all ones are white.</summary>
        public byte Of(uint pixel)
        {
            uint value = (pixel & _mask) >> _first, all = 0;
            int have = 0;
            for (; have < 8; have += _width) all = (all << _width) | value;
            return (byte)(all >> (have - 8));
        }
    }
}
