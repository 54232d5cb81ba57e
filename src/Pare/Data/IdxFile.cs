using System.Buffers.Binary;

namespace Pare.Data;

/// <summary>One file of MNIST's IDX format: a big-endian magic number, the extents, then bytes.</summary>
internal static class IdxFile
{
    /// <summary>Unsigned bytes in three extents: images.</summary>
    public const int ImageMagic = 0x803;

    /// <summary>Unsigned bytes in one extent: labels.</summary>
    public const int LabelMagic = 0x801;

    /// <summary>Reads the extents and the bytes, raw or gzip-compressed, whatever the file is called.</summary>
    /// <exception cref="DataException">The file is unreadable, of another kind, or longer or shorter than its header says.</exception>
    public static (int[] Extents, byte[] Bytes) Read(string path, int magic)
    {
        try
        {
            using FileStream file = RegularFile.Open(path);
            bool compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream stream = compressed ? new GzipReader(file) : file;
            return Read(stream, path, magic, compressed ? file.Length * GzipReader.MostGrowth : file.Length);
        }
        catch (InvalidDataException error)
        {
            throw new DataException($"The file is damaged: {error.Message}.", path, "Fetch the file again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(
                $"The file cannot be read: {error.Message}", path, "Check that the file exists and may be read.", error);
        }
    }

    private static (int[] Extents, byte[] Bytes) Read(Stream stream, string path, int magic, long mostBytes)
    {
        int rank = magic & 0xFF;
        byte[] header = new byte[4 + (4 * rank)];
        int got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got >= 4) CheckMagic(BinaryPrimitives.ReadInt32BigEndian(header), magic, path);
        if (got < header.Length) throw Truncated($"the header needs {header.Length} bytes, {got} are there", path);

        var extents = new int[rank];
        long length = 1;
        for (int i = 0; i < rank; i++)
        {
            extents[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)));
            if (extents[i] <= 0)
                throw new DataException(
                    $"The header gives the extent {extents[i]}; each must be at least 1.", path, "Fetch the file again.");
            length = length > Array.MaxLength / extents[i] ? long.MaxValue : length * extents[i];
            if (length == long.MaxValue)
                throw new DataException("The header gives extents of more than 2 GB in all.", path, "Fetch the file again.");
        }

        if (length > mostBytes) throw Truncated($"the header promises {length} bytes", path);

        byte[] bytes = new byte[length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length) throw Truncated($"the header promises {length} bytes, {read} are there", path);
        if (stream.ReadByte() >= 0)
            throw new DataException(
                $"The file is too long: it goes on after the {length} bytes that its header promises.", path, "Fetch the file again.");
        return (extents, bytes);
    }

    private static void CheckMagic(int found, int wanted, string path)
    {
        if (found == wanted) return;
        string kind = found switch
        {
            ImageMagic => ", which marks images",
            LabelMagic => ", which marks labels",
            _ when TypeName(found >> 8) is string type => $", which marks {type} in {found & 0xFF} dimensions",
            _ => "",
        };
        throw new DataException(
            $"The magic number is 0x{found:X8}{kind}; {(wanted == ImageMagic ? "images" : "labels")} begin with 0x{wanted:X8}.",
            path, "Check that the file is MNIST's and carries its own name, or fetch it again.");
    }

    // IDX names the type of its numbers in the third byte.
    private static string? TypeName(int code) => code switch
    {
        0x08 => "bytes",
        0x09 => "signed bytes",
        0x0B => "16-bit integers",
        0x0C => "32-bit integers",
        0x0D => "32-bit floating-point numbers",
        0x0E => "64-bit floating-point numbers",
        _ => null,
    };

    private static DataException Truncated(string how, string path) =>
        new($"The file is cut short: {how}.", path, "Fetch the file again.");
}
