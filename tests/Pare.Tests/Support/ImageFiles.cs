using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Tests.Support;

/// <summary>Image files made byte by byte, so that the tests know every pixel.</summary>
internal static class ImageFiles
{
    /// <summary>A PNG of <c>[row][column][channel]</c>.</summary>
    public static byte[] Png(int height, int width, int channels, byte[] pixels, int? orientation = null)
    {
        var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = (byte)(channels switch { 1 => 0, 4 => 6, _ => 2 });
        WriteChunk(file, "IHDR"u8, header);
        if (orientation is { } turn)
            WriteChunk(file, "eXIf"u8, Tiff(turn, little: true));
        var data = new MemoryStream();
        using (var deflate = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
            for (int y = 0; y < height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(pixels.AsSpan(y * width * channels, width * channels));
            }
        WriteChunk(file, "IDAT"u8, data.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>A PNG of any kind whose rows are given as they are compressed, each behind its filter.</summary>
    public static byte[] RawPng(
        int height, int width, byte bits, byte colour, byte[] rows, bool interlaced = false, byte[]? palette = null, byte[]? tiff = null)
    {
        var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (bits, colour, (byte)(interlaced ? 1 : 0));
        WriteChunk(file, "IHDR"u8, header);
        if (tiff is not null) WriteChunk(file, "eXIf"u8, tiff);
        if (palette is not null) WriteChunk(file, "PLTE"u8, palette);
        var data = new MemoryStream();
        using (var deflate = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(rows);
        byte[] packed = data.ToArray();

        // In two chunks, as large files have many.
        WriteChunk(file, "IDAT"u8, packed[..(packed.Length / 2)]);
        WriteChunk(file, "IDAT"u8, packed[(packed.Length / 2)..]);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>A JPEG of 8x8 pixels of several components, each flat.</summary>
    /// <param name="values">The components' values.</param>
    /// <param name="adobe">The transform of Adobe's segment; null without one.</param>
    /// <param name="jfif">Whether it has a segment of JFIF.</param>
    public static byte[] ComponentJpeg(byte[] values, byte? adobe, bool jfif = false)
    {
        byte count = (byte)values.Length;
        byte[] numbers = [.. Enumerable.Range(1, count).Select(static number => (byte)number)];
        var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        if (jfif) WriteSegment(file, 0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        if (adobe is byte transform) WriteSegment(file, 0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform]);
        WriteTables(file);
        WriteSegment(file, 0xC0, [8, 0, 8, 0, 8, count, .. numbers.SelectMany(static number => new byte[] { number, 0x11, 0 })]);
        WriteSegment(file, 0xDA, [count, .. numbers.SelectMany(static number => new byte[] { number, 0 }), 0, 63, 0]);
        WriteBlocks(file, values.Select(static value => value - 128));
        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    /// <summary>A TIFF structure with an orientation of this type, SHORT (3) or LONG (4).</summary>
    public static byte[] Tiff(int orientation, bool little, byte type)
    {
        byte turn = (byte)orientation;
        byte[] value = (little, type) switch
        {
            (true, _) => [turn, 0, 0, 0],
            (false, 3) => [0, turn, 0, 0],
            _ => [0, 0, 0, turn],
        };
        return little
            ? [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, type, 0, 1, 0, 0, 0, .. value, 0, 0, 0, 0]
            : [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, type, 0, 0, 0, 1, .. value, 0, 0, 0, 0];
    }

    /// <summary>A JPEG with these segments behind its first two bytes.</summary>
    public static byte[] WithSegments(byte[] jpeg, byte marker, params byte[][] contents)
    {
        var file = new MemoryStream();
        file.Write(jpeg.AsSpan(0, 2));
        foreach (byte[] content in contents) WriteSegment(file, marker, content);
        file.Write(jpeg.AsSpan(2));
        return file.ToArray();
    }

    /// <summary>A PNG of one value.</summary>
    public static byte[] FlatPng(int height, int width, byte value, int channels = 1) =>
        Png(height, width, channels, [.. Enumerable.Repeat(value, height * width * channels)]);

    /// <summary>A 24-bit BMP of <c>[row][column][red, green, blue]</c>.</summary>
    public static byte[] Bmp(int height, int width, byte[] pixels)
    {
        byte[][] rows = [.. pixels.Chunk(3 * width)
            .Select(static row => (byte[])[.. row.Chunk(3).SelectMany(static pixel => pixel.Reverse())])];
        return RawBmp(height, width, 24, rows);
    }

    /// <summary>A BMP of any kind without compression.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="bits">Bits of a pixel.</param>
    /// <param name="rows">The rows from the top, as they are stored but for their padding.</param>
    /// <param name="headerBytes">12 for OS/2, else a header of Windows.</param>
    /// <param name="palette">Red, green and blue of each colour.</param>
    /// <param name="masks">Where red, green and blue are in a pixel, if the file says so.</param>
    /// <param name="gap">Bytes between header and pixels.</param>
    /// <param name="fromTop">Whether the rows are stored from the top.</param>
    public static byte[] RawBmp(int height, int width, int bits, byte[][] rows, int headerBytes = 40, byte[]? palette = null,
        uint[]? masks = null, int gap = 0, bool fromTop = false)
    {
        bool old = headerBytes == 12;
        byte[] header = new byte[Math.Max(14 + headerBytes, masks is null ? 0 : 66)];
        "BM"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(14), headerBytes);
        if (old)
        {
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(18), (short)width);
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(20), (short)height);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(18), width);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(22), fromTop ? -height : height);
        }

        (header[old ? 22 : 26], header[old ? 24 : 28]) = (1, (byte)bits);
        if (masks is not null) header[30] = 3;
        for (int i = 0; i < masks?.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(54 + (4 * i)), masks[i]);
        var file = new MemoryStream();
        file.Write(header);
        foreach (byte[] colour in (palette ?? []).Chunk(3)) file.Write([colour[2], colour[1], colour[0], .. old ? (byte[])[] : [0]]);
        file.Write(new byte[gap]);
        int pixels = (int)file.Length;
        foreach (byte[] row in fromTop ? rows : rows.Reverse())
        {
            file.Write(row);
            file.Write(new byte[-row.Length & 3]);
        }

        byte[] made = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(made.AsSpan(2), made.Length);
        BinaryPrimitives.WriteInt32LittleEndian(made.AsSpan(10), pixels);
        return made;
    }

    /// <summary>A grey JPEG of flat blocks of 8x8 pixels, <c>[row][column]</c>; a flat block survives the compression exactly.</summary>
    public static byte[] Jpeg(int blockRows, int blockColumns, byte[] values, int? orientation = null, bool little = false)
    {
        var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        if (orientation is { } turn)
            WriteSegment(file, 0xE1, [.. "Exif\0\0"u8, .. Tiff(turn, little)]);
        WriteTables(file);
        WriteSegment(file, 0xC0, [8, 0, (byte)(8 * blockRows), 0, (byte)(8 * blockColumns), 1, 1, 0x11, 0]);
        WriteSegment(file, 0xDA, [1, 1, 0x00, 0, 63, 0]);
        int last = 0;
        WriteBlocks(file, values.Select(value =>
        {
            int difference = value - 128 - last;
            last += difference;
            return difference;
        }));
        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    private static void WriteTables(Stream file)
    {
        WriteSegment(file, 0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]);

        // Differences of 0 to 8 bits, each with a code of four bits; the only other symbol ends a block, with one bit.
        WriteSegment(file, 0xC4, [0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        WriteSegment(file, 0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// <summary>Writes flat blocks by how far each stands from the last of its component.</summary>
    private static void WriteBlocks(Stream file, IEnumerable<int> differences)
    {
        var bits = new List<bool>();
        void Write(int value, int count)
        {
            for (int i = count - 1; i >= 0; i--)
                bits.Add(((value >> i) & 1) == 1);
        }

        foreach (int difference in differences)
        {
            int size = difference == 0 ? 0 : 1 + int.Log2(Math.Abs(difference));
            Write(size, 4);
            Write(difference < 0 ? difference + (1 << size) - 1 : difference, size);
            Write(0, 1);
        }
        while (bits.Count % 8 != 0)
            bits.Add(true);
        foreach (bool[] chunk in bits.Chunk(8))
        {
            byte code = (byte)chunk.Aggregate(0, (sum, bit) => 2 * sum + (bit ? 1 : 0));
            file.WriteByte(code);
            if (code == 0xFF)
                file.WriteByte(0);
        }
    }

    private static byte[] Tiff(int orientation, bool little)
    {
        byte turn = (byte)orientation;
        return little
            ? [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, turn, 0, 0, 0, 0, 0, 0, 0]
            : [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0, 0, 0, 0, 0];
    }

    private static void WriteSegment(Stream file, byte marker, byte[] content)
    {
        int length = content.Length + 2;
        file.Write([0xFF, marker, (byte)(length >> 8), (byte)length, .. content]);
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] chunk = [.. type, .. content];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(chunk));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int i = 0; i < 8; i++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
