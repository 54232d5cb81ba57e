using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Data;

/// <summary>Writes PNG files of 8 bits per channel (W3C, "Portable Network Graphics Specification", third edition).</summary>
internal static class Png
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Encodes one image of a data set.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="width">Pixels of a row.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="ArgumentException">The pixels are no whole rows.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> image, int channels, int width)
    {
        using var file = new MemoryStream();
        Write(file, channels, width, ImageDecoder.Interleaved(image, channels));
        return file.ToArray();
    }

    /// <summary>Writes one picture.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="pixels">The channels of a pixel side by side, row after row from the top.</param>
    /// <exception cref="ArgumentException">The pixels are no whole rows.</exception>
    public static void Write(Stream target, int channels, int width, ReadOnlySpan<byte> pixels)
    {
        int stride = channels * width;
        if (channels is not (1 or 3) || width < 1 || pixels.IsEmpty || pixels.Length % stride != 0)
            throw new ArgumentException($"{pixels.Length} bytes are not rows of {width} pixels of {channels} channels.", nameof(pixels));

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], pixels.Length / stride);
        header[8] = 8; // bits a channel
        header[9] = (byte)(channels == 3 ? 2 : 0); // red, green, blue, or grey

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
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(type, data));
        target.Write(number);
    }
}
