using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Data;

/// <summary>
/// Reads PNG files of every kind (W3C, "Portable Network Graphics Specification", third edition); transparency is dropped.
/// </summary>
/// <remarks>
/// By hand, since a general decoder inflates whatever a file holds: 8x8 pixels may claim a gigabyte. Here no more is inflated than
/// the rows of the header hold, row by row, and checksums count.
/// </remarks>
internal static class PngDecoder
{
    private const int HeaderEnd = 33;

    // Adam7: where each pass begins and how far its pixels stand apart.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Whether a file begins as a PNG does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> file) => file is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..];

    /// <summary>Reads what the header says.</summary>
    /// <exception cref="InvalidDataException">The header is damaged or cut short, or another chunk stands in its place.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderEnd) throw new InvalidDataException("it is cut short");
        if (!file[12..].StartsWith("IHDR"u8) || BinaryPrimitives.ReadInt32BigEndian(file[8..]) != 13)
            throw new InvalidDataException("it is a PNG that begins with no header, as Apple's own form does");
        int bits = file[24], colour = file[25];
        bool known = colour switch
        {
            0 => bits is 1 or 2 or 4 or 8 or 16,
            3 => bits is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bits is 8 or 16,
            _ => false,
        };
        if (!known || file[26] != 0 || file[27] != 0 || file[28] > 1)
            throw new InvalidDataException($"its header is damaged: colour {colour} of {bits} bits");
        return new ImageHeader(
            BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]),
            colour is 0 or 4 ? 1 : 3, Orientation(file));
    }

    /// <summary>Checks that every chunk is whole and as it was written.</summary>
    /// <exception cref="InvalidDataException">One is cut short, or its checksum does not match.</exception>
    public static void CheckChunks(ReadOnlySpan<byte> file)
    {
        for (int at = 8; Next(file, ref at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data);)
            if (Crc32.Of(type, data) != BinaryPrimitives.ReadUInt32BigEndian(file[(at - 4)..]))
                throw new InvalidDataException($"it is damaged: the checksum of its chunk {Name(type)} does not match");
    }

    /// <summary>Decodes a file whose chunks were checked.</summary>
    /// <param name="file">The file.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <returns>The image as stored, <c>[row][column][channel]</c>.</returns>
    /// <exception cref="InvalidDataException">The pixels are damaged, or more or fewer than the header says.</exception>
    public static byte[] Decode(byte[] file, int channels)
    {
        ImageHeader header = ReadHeader(file);
        byte[] palette = [];
        using var packed = new MemoryStream();
        for (int at = 8; Next(file, ref at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data);)
        {
            if (type.SequenceEqual("PLTE"u8)) palette = data.ToArray();
            else if (type.SequenceEqual("IDAT"u8)) packed.Write(data);
        }

        var layout = new Layout(file[24], file[25], channels);
        if (layout.IsPalette && (palette.Length == 0 || palette.Length % 3 != 0))
            throw new InvalidDataException("its palette is missing or damaged");
        if (header.Height * (long)layout.BytesOf(header.Width) > packed.Length * GzipReader.MostGrowth)
            throw new InvalidDataException("it holds less data than the rows of its header");
        packed.Position = 0;
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        byte[] image = new byte[(long)header.Width * header.Height * channels];
        if (file[28] == 0) DecodePass(rows, layout, palette, (0, 0, 1, 1), header, image);
        else
            foreach ((int X, int Y, int StepX, int StepY) pass in Passes) DecodePass(rows, layout, palette, pass, header, image);

        // One byte more than there may be also lets the checksum of the compression be looked at.
        if (rows.ReadByte() >= 0) throw new InvalidDataException("it holds more data than the rows of its header");
        return image;
    }

    private static void DecodePass(
        Stream rows, Layout layout, ReadOnlySpan<byte> palette, (int X, int Y, int StepX, int StepY) pass, ImageHeader header, byte[] image)
    {
        int width = (header.Width - pass.X + pass.StepX - 1) / pass.StepX, height = (header.Height - pass.Y + pass.StepY - 1) / pass.StepY;
        if (width <= 0 || height <= 0) return;
        int bytes = layout.BytesOf(width);
        byte[] row = new byte[bytes + 1], above = new byte[bytes + 1];
        for (int y = 0; y < height; y++)
        {
            if (rows.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
                throw new InvalidDataException("it holds less data than the rows of its header");
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), layout.PixelBytes);
            long at = ((((long)pass.Y + ((long)y * pass.StepY)) * header.Width) + pass.X) * layout.Channels;
            layout.Expand(row.AsSpan(1), width, palette, image.AsSpan((int)at), pass.StepX * layout.Channels);
            (row, above) = (above, row);
        }
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int pixelBytes)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = pixelBytes; i < row.Length; i++) row[i] += row[i - pixelBytes];
                break;
            case 2:
                for (int i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)(((i < pixelBytes ? 0 : row[i - pixelBytes]) + above[i]) / 2);
                break;
            case 4:
                for (int i = 0; i < Math.Min(pixelBytes, row.Length); i++) row[i] += above[i];
                for (int i = pixelBytes; i < row.Length; i++) row[i] += Paeth(row[i - pixelBytes], above[i], above[i - pixelBytes]);
                break;
            default:
                throw new InvalidDataException($"a row of it is filtered by method {filter}, which there is not");
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        int toLeft = Math.Abs(above - corner), toAbove = Math.Abs(left - corner), toCorner = Math.Abs(left + above - (2 * corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    // Of several chunks the first, as in a JPEG.
    private static int Orientation(ReadOnlySpan<byte> file)
    {
        for (int at = 8; Next(file, ref at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data);)
            if (type.SequenceEqual("eXIf"u8)) return Exif.Orientation(data);
        return 1;
    }

    /// <summary>Goes to the next chunk.</summary>
    /// <param name="file">The file.</param>
    /// <param name="at">Where a chunk begins; afterwards where the next does.</param>
    /// <param name="type">Its four letters.</param>
    /// <param name="data">Its content.</param>
    /// <returns>False behind the last one.</returns>
    private static bool Next(ReadOnlySpan<byte> file, ref int at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = [];
        data = [];
        if (at > 8 && file[(at - 8)..].StartsWith("IEND"u8)) return false;
        if (at > file.Length - 12) throw new InvalidDataException("it is cut short");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        if (length > file.Length - at - 12) throw new InvalidDataException("it is cut short");
        type = file.Slice(at + 4, 4);
        data = file.Slice(at + 8, (int)length);
        at += 12 + (int)length;
        return true;
    }

    private static string Name(ReadOnlySpan<byte> type) =>
        string.Concat(type.ToArray().Select(static letter => char.IsAsciiLetter((char)letter) ? (char)letter : '?'));

    /// <summary>How the pixels of a row are stored, and what they become.</summary>
    private readonly struct Layout(int bits, int colour, int channels)
    {
        private readonly int _samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

        public int Channels => channels;

        public bool IsPalette => colour == 3;

        /// <summary>How far a filter reaches back.</summary>
        public int PixelBytes => Math.Max(1, _samples * bits / 8);

        public int BytesOf(int width) => checked((int)((((long)width * _samples * bits) + 7) / 8));

        /// <summary>Turns a row into bytes of the wanted channels, so far apart.</summary>
        public void Expand(ReadOnlySpan<byte> row, int width, ReadOnlySpan<byte> palette, Span<byte> target, int step)
        {
            int at = 0, scale = bits < 8 ? 255 / ((1 << bits) - 1) : 1;
            for (int x = 0; x < width; x++, at += step)
            {
                int first = x * _samples;
                if (IsPalette)
                {
                    int entry = 3 * Sample(row, first);
                    if (entry >= palette.Length) throw new InvalidDataException("a pixel of it is beyond its palette");
                    Put(target[at..], palette[entry], palette[entry + 1], palette[entry + 2]);
                }
                else if (_samples >= 3)
                {
                    Put(target[at..], Sample(row, first), Sample(row, first + 1), Sample(row, first + 2));
                }
                else
                {
                    byte grey = (byte)(scale * Sample(row, first));
                    target.Slice(at, channels).Fill(grey);
                }
            }
        }

        // Of 16 bits the upper eight.
        private int Sample(ReadOnlySpan<byte> row, int index) => bits switch
        {
            8 => row[index],
            16 => row[2 * index],
            _ => (row[index * bits / 8] >> (8 - bits - (index * bits % 8))) & ((1 << bits) - 1),
        };

        private void Put(Span<byte> target, int red, int green, int blue)
        {
            if (channels == 1)
            {
                target[0] = ImageDecoder.Luma(red, green, blue);
                return;
            }

            (target[0], target[1], target[2]) = ((byte)red, (byte)green, (byte)blue);
        }
    }
}
