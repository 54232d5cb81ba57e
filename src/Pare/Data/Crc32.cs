namespace Pare.Data;

/// <summary>The checksum of PNG chunks, zip entries and gzip files: CRC-32 of ISO 3309, eight bytes at a time.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    // Tables[0] is a byte's remainder; Tables[n] the same with n zero bytes behind it.
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>What bytes are added to, one stretch after the other.</summary>
    public const uint Begin = ~0u;

    /// <summary>The checksum of the bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => End(Add(Begin, bytes));

    /// <summary>The checksum of two stretches of bytes as if they were one.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => End(Add(Add(Begin, first), second));

    /// <summary>The checksum of all that was added.</summary>
    public static uint End(uint sum) => ~sum;

    /// <summary>Adds bytes.</summary>
    public static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            uint low = sum ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            sum = Tables[7][low & 0xFF] ^ Tables[6][(low >> 8) & 0xFF] ^ Tables[5][(low >> 16) & 0xFF] ^ Tables[4][low >> 24]
                ^ Tables[3][bytes[4]] ^ Tables[2][bytes[5]] ^ Tables[1][bytes[6]] ^ Tables[0][bytes[7]];
            bytes = bytes[8..];
        }

        foreach (byte value in bytes) sum = (sum >> 8) ^ Tables[0][(byte)(sum ^ value)];
        return sum;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (int table = 0; table < tables.Length; table++)
        {
            tables[table] = new uint[256];
            for (uint value = 0; value < 256; value++)
            {
                uint sum = table == 0 ? value : tables[table - 1][value];
                for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (Polynomial & (0 - (sum & 1)));
                tables[table][value] = sum;
            }
        }

        return tables;
    }
}
