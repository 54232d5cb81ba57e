using System.Security.Cryptography;

namespace Pare.Data;

/// <summary>Reads and decodes the images of an <see cref="ImageTree"/> in one size, those in the cache from there.</summary>
internal static class ImageReader
{
    /// <summary>Reads all images.</summary>
    /// <param name="source">The folder or archive.</param>
    /// <param name="tree">What it holds.</param>
    /// <param name="size">The wanted size.</param>
    /// <param name="pixels">Where each image goes.</param>
    /// <param name="cacheFolder">The cache's folder; null for none.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The files that failed with the reason, in ordinal order.</returns>
    /// <exception cref="DataException">The archive is damaged, or there is not enough memory.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (string Path, string Reason)[] ReadAll(
        EntrySource source, ImageTree tree, (int Channels, int Height, int Width) size, PixelTarget pixels, string? cacheFolder,
        IProgress<ReadingProgress>? progress, CancellationToken cancellationToken)
    {
        using ImageCache? cache = cacheFolder is null ? null
            : ImageCache.Open(cacheFolder, source.Path, size.Channels, size.Height, size.Width);
        var files = new (string Path, long Length, long Modified, byte[] Digest)[tree.Images.Count];
        Array.Fill(files, ("", 0, 0, []));
        long decoded = 0;
        (string Path, string Reason)[] failures = TreeReader.ReadAll(
            source, tree, IsKnown,
            (index, file) =>
            {
                ImageDecoder.Decode(file, size.Channels, size.Height, size.Width, pixels(index));
                Interlocked.Add(ref decoded, file.Length);
            },
            progress, cancellationToken);
        if (failures.Length == 0) cache?.Save(files, pixels, decoded);
        return failures;

        // The images of one entry, more than one where links lead to it, are kept under the entry's name once.
        bool IsKnown(FileEntry entry, IEnumerable<int> images)
        {
            if (cache is null || Digest(entry) is not byte[] digest) return false;
            int first = images.First();
            files[first] = (entry.Path, entry.Length, entry.Modified, digest);
            if (!cache.TryRead(entry, digest, pixels(first))) return false;
            foreach (int other in images.Skip(1)) pixels(first).CopyTo(pixels(other));
            return true;
        }

        // An archive gives an entry's content once: there it is known by what the archive says of it. What cannot be read is told where it
        // is decoded.
        byte[]? Digest(FileEntry entry)
        {
            if (source.IsArchive) return entry.Stamp;
            try
            {
                using Stream content = entry.Open();
                return SHA256.HashData(content);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                return null;
            }
        }
    }
}
