using System.Buffers.Binary;
using Pare.Runs.TensorBoard;

namespace Pare.Tests.Support;

/// <summary>Reads TFRecord files a bit at a time, and refuses a record whose checksum is wrong.</summary>
internal static class EventRecords
{
    public static List<Event> Read(string path) => [.. Messages(path).Select(Event.Parser.ParseFrom)];

    public static List<byte[]> Messages(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new BinaryReader(stream);
        var messages = new List<byte[]>();
        while (stream.Position < stream.Length)
        {
            byte[] length = reader.ReadBytes(8);
            Assert.Equal(Masked(length), reader.ReadUInt32());
            byte[] message = reader.ReadBytes((int)BinaryPrimitives.ReadUInt64LittleEndian(length));
            Assert.Equal(Masked(message), reader.ReadUInt32());
            messages.Add(message);
        }

        return messages;
    }

    /// <summary>CRC-32C by its definition: the reflected polynomial 0x1EDC6F41.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }
}
