using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pare.Data;

/// <summary>
/// Decoded images on the disk, so that large photographs are decoded once and not before every command. One file holds the images of one
/// folder or archive in one size; a file that was changed since, by its length, time or content, is decoded again.
/// </summary>
/// <remarks>
/// A cache never changes what is read: every image carries a checksum over its pixels and its file's content that is compared before it is
/// used, and whatever is wrong with the cache counts as if there were none. Length and time alone do not tell pictures apart: those of one
/// camera may be as long as each other, those of one archive as old, and then their names are exchanged. In an archive, whose content is
/// not read for it, what stands beside an entry's name counts instead: <see cref="FileEntry.Stamp"/>.
/// </remarks>
public sealed class ImageCache : IDisposable
{
    /// <summary>What all files of the cache may take together, in bytes; those that were not used for longest go first.</summary>
    public const long Limit = 2L << 30;

    private const string Ending = ".decoded";
    private const int Version = 2, ChecksumBytes = 32;

    // Bytes of files whose decoding is worth a file of its own.
    private const long Worthwhile = 8 << 20;

    // A file that was written a moment ago may be written again within the same tick of the file system's clock.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly byte[] _key;
    private readonly int _imageBytes;
    private readonly Dictionary<string, Record> _records = new(StringComparer.Ordinal);
    private FileStream? _file;

    private ImageCache(string path, byte[] key, int imageBytes) => (_path, _key, _imageBytes) = (path, key, imageBytes);

    private readonly record struct Record(long Length, long Modified, long At, byte[] Checksum);

    /// <summary>How much is kept.</summary>
    /// <param name="folder">The cache's folder, as <see cref="DataLocations.ImageCache"/> gives it; it need not exist.</param>
    /// <returns>The files, one a data set and size, and their bytes.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public static (int Files, long Bytes) Measure(string folder)
    {
        FileInfo[] files = FilesOf(folder);
        return (files.Length, files.Sum(static file => file.Length));
    }

    /// <summary>Deletes what is kept, and nothing else.</summary>
    /// <param name="folder">The cache's folder.</param>
    /// <returns>The files and their bytes.</returns>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be deleted.</exception>
    public static (int Files, long Bytes) Clear(string folder)
    {
        (int Files, long Bytes) found = Measure(folder);
        foreach (FileInfo file in FilesOf(folder)) file.Delete();
        return found;
    }

    /// <summary>Lets go of the file.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>Opens what is kept of a folder or archive in one size; where nothing is, or it is damaged, nothing is found.</summary>
    internal static ImageCache Open(string folder, string source, int channels, int height, int width)
    {
        byte[] key = Encoding.UTF8.GetBytes(
            FormattableString.Invariant(
                $"pare decoded images {Version}.{ImageDecoder.Version}\n{channels}x{height}x{width}\n{Path.GetFullPath(source)}\n"));
        string name = Convert.ToHexStringLower(SHA256.HashData(key))[..32];
        var cache = new ImageCache(Path.Combine(folder, name + Ending), key, checked(channels * height * width));
        try
        {
            cache.ReadIndex();
        }
        // FormatException: of a text whose length is no number.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            cache._records.Clear();
        }

        return cache;
    }

    /// <summary>Looks an image up.</summary>
    /// <param name="entry">The entry that holds its file.</param>
    /// <param name="digest">A digest of its content; of an entry in an archive its stamp.</param>
    /// <param name="target">Gets the image where there is one, and is undefined otherwise.</param>
    internal bool TryRead(FileEntry entry, ReadOnlySpan<byte> digest, Span<byte> target)
    {
        if (_file is null || !_records.TryGetValue(entry.Path, out Record record)) return false;
        if (record.Length != entry.Length || record.Modified != entry.Modified) return false;
        try
        {
            return RandomAccess.Read(_file.SafeFileHandle, target, record.At) == target.Length
                && Checksum(entry.Path, record.Length, record.Modified, digest, target).AsSpan().SequenceEqual(record.Checksum);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Keeps the images of a data set in place of what was kept of it, where decoding them was worth it.</summary>
    /// <param name="images">Path, length, time and digest of each file.</param>
    /// <param name="pixels">The image of each.</param>
    /// <param name="decoded">The bytes of the files that were not found here.</param>
    internal void Save(IReadOnlyList<(string Path, long Length, long Modified, byte[] Digest)> images, PixelTarget pixels, long decoded)
    {
        if (decoded < Worthwhile || (long)images.Count * _imageBytes > Limit / 2) return;
        Dispose();
        try
        {
            string folder = Path.GetDirectoryName(_path)!;
            Directory.CreateDirectory(folder);
            WholeFile.Write(_path, file => Write(file, images, pixels));
            Trim(folder);
        }
        // Whoever cannot keep images decodes them next time.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Notes that a file was used just now, by which the oldest are told, where that can be noted.</summary>
    internal static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    // Those of a writer that was killed, too.
    private static FileInfo[] FilesOf(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. new DirectoryInfo(folder).GetFiles()
            .Where(static file => file.Name.EndsWith(Ending, StringComparison.Ordinal) || WholeFile.IsLeftover(file.Name)),
    ];

    private static void Trim(string folder)
    {
        long kept = 0;
        foreach (FileInfo file in FilesOf(folder).OrderByDescending(static file => file.LastWriteTimeUtc))
        {
            kept += file.Length;
            if (kept > Limit) file.Delete();
        }
    }

    private static byte[] Checksum(string path, long length, long modified, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> pixels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> stamp = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(stamp, length);
        BinaryPrimitives.WriteInt64LittleEndian(stamp[8..], modified);
        hash.AppendData(stamp);
        hash.AppendData(digest);
        hash.AppendData(Encoding.UTF8.GetBytes(path));
        hash.AppendData(pixels);
        return hash.GetHashAndReset();
    }

    // The key, the length of the index, the index, its checksum, then the images. What the index holds is written once in order.
    private void Write(Stream file, IReadOnlyList<(string Path, long Length, long Modified, byte[] Digest)> images, PixelTarget pixels)
    {
        long now = DateTime.UtcNow.Ticks;
        int[] kept = [
            .. Enumerable.Range(0, images.Count).Where(i => images[i].Path.Length > 0 && now - images[i].Modified > Settled.Ticks)];
        using var index = new MemoryStream();
        using (var writer = new BinaryWriter(index, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(kept.Length);
            foreach (int i in kept)
            {
                (string name, long length, long modified, byte[] digest) = images[i];
                writer.Write(name);
                writer.Write(length);
                writer.Write(modified);
                writer.Write(Checksum(name, length, modified, digest, pixels(i)));
            }
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, index.Length);
        file.Write(_key);
        file.Write(bytes);
        file.Write(index.GetBuffer().AsSpan(0, (int)index.Length));
        file.Write(SHA256.HashData(index.GetBuffer().AsSpan(0, (int)index.Length)));
        foreach (int i in kept) file.Write(pixels(i));
    }

    private void ReadIndex()
    {
        if (!File.Exists(_path)) return;
        _file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] key = new byte[_key.Length + 8];
        _file.ReadExactly(key);
        long length = BinaryPrimitives.ReadInt64LittleEndian(key.AsSpan(_key.Length));
        if (!key.AsSpan().StartsWith(_key) || length < 4 || length > _file.Length - _file.Position - ChecksumBytes)
            throw new InvalidDataException("it is of another kind");
        byte[] index = new byte[length], checksum = new byte[ChecksumBytes];
        _file.ReadExactly(index);
        _file.ReadExactly(checksum);
        if (!SHA256.HashData(index).AsSpan().SequenceEqual(checksum)) throw new InvalidDataException("it is damaged");
        long at = _file.Position;
        using var reader = new BinaryReader(new MemoryStream(index), Encoding.UTF8);
        for (int count = reader.ReadInt32(); count > 0; count--, at += _imageBytes)
            _records[reader.ReadString()] = new Record(reader.ReadInt64(), reader.ReadInt64(), at, reader.ReadBytes(ChecksumBytes));
        Touch(_path);
    }
}
