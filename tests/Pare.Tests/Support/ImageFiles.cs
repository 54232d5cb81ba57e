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
        header[9] = (byte)(channels == 1 ? 0 : 2);
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

    /// <summary>A PNG of one value.</summary>
    public static byte[] FlatPng(int height, int width, byte value, int channels = 1) =>
        Png(height, width, channels, [.. Enumerable.Repeat(value, height * width * channels)]);

    /// <summary>A 24-bit BMP of <c>[row][column][red, green, blue]</c>.</summary>
    public static byte[] Bmp(int height, int width, byte[] pixels)
    {
        int rowBytes = (width * 3 + 3) / 4 * 4;
        byte[] file = new byte[54 + rowBytes * height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        file[28] = 24;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                    file[54 + (height - 1 - y) * rowBytes + 3 * x + (2 - c)] = pixels[(y * width + x) * 3 + c];
        return file;
    }

    /// <summary>A grey JPEG of flat blocks of 8x8 pixels, <c>[row][column]</c>; a flat block survives the compression exactly.</summary>
    public static byte[] Jpeg(int blockRows, int blockColumns, byte[] values, int? orientation = null, bool little = false)
    {
        var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        if (orientation is { } turn)
            WriteSegment(file, 0xE1, [.. "Exif\0\0"u8, .. Tiff(turn, little)]);
        WriteSegment(file, 0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]);
        WriteSegment(file, 0xC0, [8, 0, (byte)(8 * blockRows), 0, (byte)(8 * blockColumns), 1, 1, 0x11, 0]);
        // Differences of 0 to 8 bits, each with a code of four bits; the only other symbol ends a block, with one bit.
        WriteSegment(file, 0xC4, [0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        WriteSegment(file, 0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        WriteSegment(file, 0xDA, [1, 1, 0x00, 0, 63, 0]);
        var bits = new List<bool>();
        void Write(int value, int count)
        {
            for (int i = count - 1; i >= 0; i--)
                bits.Add(((value >> i) & 1) == 1);
        }

        int last = 0;
        foreach (byte value in values)
        {
            int difference = value - 128 - last;
            last += difference;
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
        file.Write([0xFF, 0xD9]);
        return file.ToArray();
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
