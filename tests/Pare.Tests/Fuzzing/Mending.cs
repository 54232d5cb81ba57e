using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Pare.Data;
using Pare.Export;

namespace Pare.Tests.Fuzzing;

/// <summary>Puts the checksums and lengths of changed files right again, so that changes get past them.</summary>
internal static class Mending
{
    private const int TarBlock = 512, GzipHead = 10, MostInflated = 1 << 18;

    /// <summary>The checksum of every chunk that is whole.</summary>
    public static byte[] Png(byte[] changed, byte[] from)
    {
        byte[] file = [.. changed];
        for (int at = 8; at <= file.Length - 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) break;
            ReadOnlySpan<byte> chunk = file.AsSpan(at + 4, (int)length + 4);
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + (int)length), Crc32.Of(chunk[..4], chunk[4..]));
            at += 12 + (int)length;
        }

        return file;
    }

    /// <summary>The checksum of every block that looks like a header.</summary>
    public static byte[] Tar(byte[] changed, byte[] from)
    {
        byte[] file = [.. changed];
        for (int at = 0; at + TarBlock <= file.Length; at += TarBlock)
        {
            Span<byte> block = file.AsSpan(at, TarBlock);
            if (!block[257..].StartsWith("ustar"u8)) continue;
            block[148..156].Fill((byte)' ');
            int sum = 0;
            foreach (byte value in block) sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0')).CopyTo(block[148..]);
            block[154] = 0;
        }

        return file;
    }

    /// <summary>The checksums of a tar within, compressed again without being made smaller.</summary>
    public static byte[] TarGz(byte[] changed, byte[] from) =>
        Inflated(changed, GzipHead) is { Length: > 0 } tar ? GzipOf(Tar(tar, from)) : changed;

    /// <summary>Checksum and length at the end of a gzip file.</summary>
    public static byte[] Gzip(byte[] changed, byte[] from)
    {
        byte[] content = Inflated(changed, GzipHead);
        if (content.Length == 0 || changed.Length < GzipHead + 8) return changed;
        byte[] file = [.. changed];
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - 8), Crc32.Of(content));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(file.Length - 4), content.Length);
        return file;
    }

    /// <summary>The checksum that the directory of a zip has of each stored or deflated entry.</summary>
    public static byte[] Zip(byte[] changed, byte[] from)
    {
        byte[] file = [.. changed];
        for (int at = 0; at + 46 <= file.Length; at++)
        {
            if (!file.AsSpan(at).StartsWith("PK\u0001\u0002"u8)) continue;
            long size = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 20)),
                local = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 42));
            if (local + 30 > file.Length) continue;
            long start = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)local + 26))
                + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)local + 28));
            if (start + size > file.Length) continue;
            byte[] content = file[(int)start..(int)(start + size)];
            if (file[at + 10] == 8) content = Inflated(content, 0);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 16), Crc32.Of(content));
            if (file[at + 10] == 8) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at + 24), content.Length);
        }

        return file;
    }

    /// <summary>The length of the header of a safetensors file whose header was changed; the tensors stay as long as they were.</summary>
    public static byte[] Safetensors(byte[] changed, byte[] from)
    {
        if (changed.Length < 8 || from.Length < 8) return changed;
        long header = BinaryPrimitives.ReadInt64LittleEndian(from), data = from.Length - 8 - header;
        if (data < 0 || changed.Length - 8 - data < 0) return changed;
        byte[] file = [.. changed];
        BinaryPrimitives.WriteInt64LittleEndian(file, changed.Length - 8 - data);
        return file;
    }

    /// <summary>The length of the header of a checkpoint, and its checksum.</summary>
    public static byte[] Checkpoint(byte[] changed, byte[] from)
    {
        byte[] mended = Safetensors(changed, from);
        try
        {
            SafetensorsFile file = Pare.Export.Safetensors.Read(new MemoryStream(mended), "checkpoint");
            var metadata = new Dictionary<string, string>(file.Metadata);
            metadata[Pare.Runs.Checkpoint.ChecksumKey] = Pare.Runs.Checkpoint.Checksum(metadata, [.. file.Tensors.Values]);
            var whole = new MemoryStream();
            Pare.Export.Safetensors.Write(whole, file.Tensors.Values, metadata);
            return whole.ToArray();
        }
        catch (DataException)
        {
            return mended;
        }
    }

    /// <summary>The checksum over the index of a cache of decoded images.</summary>
    public static byte[] Cache(byte[] changed, byte[] from)
    {
        byte[] file = [.. changed];
        int key = file.AsSpan().IndexOf((byte)'\n');
        for (int line = 1; line < 3 && key >= 0; line++) key = Array.IndexOf(file, (byte)'\n', key + 1);
        if (key < 0 || key + 9 > file.Length) return file;
        long length = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(key + 1));
        if (length < 0 || length > file.Length - key - 9 - 32) return file;
        SHA256.HashData(file.AsSpan(key + 9, (int)length)).CopyTo(file, key + 9 + (int)length);
        return file;
    }

    /// <summary>A gzip file whose content can be read in it, so that changes to one are changes to the other.</summary>
    public static byte[] GzipOf(byte[] content)
    {
        var file = new MemoryStream();
        using (var stream = new GZipStream(file, CompressionLevel.NoCompression, leaveOpen: true)) stream.Write(content);
        return file.ToArray();
    }

    private static byte[] Inflated(byte[] bytes, int from)
    {
        if (bytes.Length <= from) return [];
        var content = new MemoryStream();
        try
        {
            using var stream = new DeflateStream(new MemoryStream(bytes, from, bytes.Length - from), CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 12];
            for (int got; content.Length < MostInflated && (got = stream.Read(buffer)) > 0;) content.Write(buffer, 0, got);
        }
        catch (InvalidDataException)
        {
            // What there is up to the damage.
        }

        return content.ToArray();
    }
}
