using System.Buffers.Binary;

namespace Pare.Data;

/// <summary>The one EXIF entry that changes what an image shows.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112, EntryBytes = 12;

    /// <summary>Reads the orientation, 1 to 8, from a TIFF structure; 1 where there is none or it cannot be read.</summary>
    /// <remarks>The tag is a SHORT by the standard; cameras and programs write LONG and their signed kin as well.</remarks>
    public static int Orientation(ReadOnlySpan<byte> tiff)
    {
        bool little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !(little || tiff.StartsWith("MM\0*"u8))) return 1;
        uint directory = UInt32(tiff[4..], little);
        if (directory > tiff.Length - 2) return 1;
        int entries = UInt16(tiff[(int)directory..], little);
        for (int i = 0; i < entries; i++)
        {
            int at = (int)directory + 2 + (EntryBytes * i);
            if (at + EntryBytes > tiff.Length) return 1;
            if (UInt16(tiff[at..], little) != OrientationTag) continue;
            uint value = UInt16(tiff[(at + 2)..], little) switch
            {
                3 or 8 => (uint)UInt16(tiff[(at + 8)..], little),
                4 or 9 => UInt32(tiff[(at + 8)..], little),
                _ => 1,
            };
            return value is >= 1 and <= 8 && UInt32(tiff[(at + 4)..], little) == 1 ? (int)value : 1;
        }

        return 1;
    }

    /// <summary>Turns and mirrors an image so that it stands as it was taken.</summary>
    /// <param name="pixels">The stored image, <c>[row][column][channel]</c>.</param>
    /// <param name="height">Rows as stored.</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="orientation">EXIF's 1 to 8.</param>
    /// <returns>The image upright with its rows and columns, which 5 to 8 exchange.</returns>
    public static (byte[] Pixels, int Height, int Width) Upright(byte[] pixels, int height, int width, int channels, int orientation)
    {
        if (orientation == 1) return (pixels, height, width);
        bool exchanged = orientation >= 5;
        (int rows, int columns) = exchanged ? (width, height) : (height, width);
        byte[] upright = new byte[pixels.Length];
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
            {
                (int fromY, int fromX) = orientation switch
                {
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (height - 1 - x, y),
                    7 => (height - 1 - x, width - 1 - y),
                    _ => (x, width - 1 - y),
                };
                pixels.AsSpan(((fromY * width) + fromX) * channels, channels).CopyTo(upright.AsSpan(((y * columns) + x) * channels));
            }

        return (upright, rows, columns);
    }

    private static int UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
