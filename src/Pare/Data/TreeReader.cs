using System.Collections.Concurrent;

namespace Pare.Data;

/// <summary>
/// Hands the files of an <see cref="ImageTree"/> to all threads while the folder or archive is read once, in its own order.
/// </summary>
internal static class TreeReader
{
    private const int BatchFiles = 64, BatchBytes = 1 << 20;

    /// <summary>Reads every image's file and hands it on.</summary>
    /// <param name="source">The folder or archive.</param>
    /// <param name="tree">What it holds.</param>
    /// <param name="use">
    /// Takes the index of the image and the bytes of its file, on any thread; an <see cref="InvalidDataException"/> of it counts as a
    /// failure of that file.
    /// </param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The files that failed with the reason, in ordinal order.</returns>
    /// <exception cref="DataException">The archive is damaged.</exception>
    public static (string Path, string Reason)[] ReadAll(
        EntrySource source, ImageTree tree, Action<int, byte[]> use, CancellationToken cancellationToken)
    {
        var places = tree.Images.Select((image, index) => (image.Path, index)).ToDictionary(
            static pair => pair.Path, static pair => pair.index, StringComparer.Ordinal);
        var failures = new ConcurrentBag<(string Path, string Reason)>();

        // One thread at a time reads the next files, a batch that repays the handing over.
        IEnumerable<List<(int Index, byte[] File)>> Batches()
        {
            var batch = new List<(int, byte[])>();
            long bytes = 0;
            foreach (FileEntry entry in source.Entries())
            {
                if (entry.IsFolder || !places.TryGetValue(entry.Path, out int index)) continue;
                try
                {
                    batch.Add((index, ReadBytes(source, entry)));
                    bytes += entry.Length;
                }
                catch (InvalidDataException error)
                {
                    failures.Add((entry.Path, error.Message));
                }

                if (batch.Count == BatchFiles || bytes > BatchBytes)
                {
                    yield return batch;
                    (batch, bytes) = ([], 0);
                }
            }

            yield return batch;
        }

        void UseOne(int index, byte[] file)
        {
            try
            {
                use(index, file);
            }
            catch (InvalidDataException error)
            {
                failures.Add((tree.Images[index].Path, error.Message));
            }
        }

        try
        {
            Parallel.ForEach(
                Partitioner.Create(Batches(), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                batch => batch.ForEach(item => UseOne(item.Index, item.File)));
        }
        catch (AggregateException error) when (error.Flatten().InnerExceptions.OfType<DataException>().FirstOrDefault() is { } inner)
        {
            throw inner;
        }

        return [.. failures.OrderBy(static failure => failure.Path, StringComparer.Ordinal)];
    }

    /// <summary>Reads a file; damage to an archive is the archive's, damage to a lone file its own.</summary>
    /// <exception cref="DataException">The archive is damaged.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message says why.</exception>
    public static byte[] ReadBytes(EntrySource source, FileEntry entry)
    {
        if (entry.IsTooLarge) throw new InvalidDataException("it is over the limit of 256 MiB");
        try
        {
            return entry.Read();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            if (source.IsArchive) throw EntrySource.Damaged(source.Path, error);
            throw new InvalidDataException("it cannot be read", error);
        }
    }
}
