using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Reporting;

/// <summary>Writes PNG files of 8 bits a channel (W3C, "Portable Network Graphics Specification", third edition).</summary>
internal static class Png
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes one picture.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="pixels">Red, green, blue, row after row from the top.</param>
    /// <exception cref="ArgumentException">The pixels are no whole rows.</exception>
    public static void Write(Stream target, int width, ReadOnlySpan<byte> pixels)
    {
        int stride = 3 * width;
        if (width < 1 || pixels.IsEmpty || pixels.Length % stride != 0) throw new ArgumentException($"{pixels.Length} bytes are not rows of {width} pixels.", nameof(pixels));

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], pixels.Length / stride);
        header[8] = 8; // bits a channel
        header[9] = 2; // red, green, blue

        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int start = 0; start < pixels.Length; start += stride)
            {
                zlib.WriteByte(0); // the row is not filtered
                zlib.Write(pixels.Slice(start, stride));
            }
        }

        target.Write(Signature);
        WriteChunk(target, "IHDR"u8, header);
        WriteChunk(target, "IDAT"u8, compressed.ToArray());
        WriteChunk(target, "IEND"u8, []);
    }

    private static void WriteChunk(Stream target, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        target.Write(number);
        target.Write(type);
        target.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Checksum(data, Checksum(type, ~0u)));
        target.Write(number);
    }

    // CRC-32 of ISO 3309, a bit at a time: a picture is small.
    private static uint Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
        }

        return sum;
    }
}
