using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

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
    /// <param name="isKnown">
    /// Takes an entry and the indices of its images, and says whether it had them already, so that the file need not be read; null where
    /// none is. On one thread at a time.
    /// </param>
    /// <param name="use">
    /// Takes the index of the image and the bytes of its file, on any thread; an <see cref="InvalidDataException"/> of it counts as a
    /// failure of that file.
    /// </param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="toTheEnd">
    /// Whether an entry of an archive that is of a kind which is not read counts as a failure of that file, and the others are read.
    /// </param>
    /// <returns>The files that failed with the reason, in ordinal order.</returns>
    /// <exception cref="DataException">The archive is damaged, or there is not enough memory.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (string Path, string Reason)[] ReadAll(
        EntrySource source, ImageTree tree, Func<FileEntry, IEnumerable<int>, bool>? isKnown, Action<int, byte[]> use,
        IProgress<ReadingProgress>? progress, CancellationToken cancellationToken, bool toTheEnd = false)
    {
        var reading = new Reading(source, tree, isKnown, use, progress, toTheEnd, cancellationToken);
        try
        {
            Parallel.ForEach(
                Partitioner.Create(reading.Batches(), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                reading.UseAll);
        }
        catch (AggregateException error)
        {
            throw Unwrap(error.Flatten(), source.Path);
        }

        return reading.Failures();
    }

    /// <summary>Reads a file; damage to a tar is the archive's, damage to a lone file its own.</summary>
    /// <exception cref="DataException">The archive is damaged.</exception>
    /// <exception cref="InvalidDataException">The file cannot be read; the message says why.</exception>
    public static byte[] ReadBytes(EntrySource source, FileEntry entry)
    {
        try
        {
            return entry.Read();
        }
        catch (InvalidDataException error) when (source.IsStream && entry.Length <= ImageDecoder.MostFileBytes)
        {
            throw EntrySource.Damaged(source.Path, error);
        }
        catch (Exception error) when (!source.IsArchive && error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException("it is gone since the images were listed", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"it cannot be read: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <summary>The error for images that do not fit into memory.</summary>
    public static DataException OutOfMemory(string path, OutOfMemoryException error) => new(
        "There is not enough memory to read the images.", path, "Use fewer or smaller images, or a machine with more memory.", error);

    /// <summary>The one of several failures that says most.</summary>
    private static Exception Unwrap(AggregateException error, string path)
    {
        Exception first = error.InnerExceptions.FirstOrDefault(static inner => inner is DataException)
            ?? error.InnerExceptions.FirstOrDefault(static inner => inner is OutOfMemoryException) ?? error.InnerExceptions[0];
        if (first is OutOfMemoryException memory) return OutOfMemory(path, memory);
        ExceptionDispatchInfo.Throw(first);
        return first;
    }

    /// <summary>Files that go to one thread together, each with the images that it is.</summary>
    private sealed class Batch
    {
        public List<(IEnumerable<int> Images, byte[] Content)> Files { get; } = [];

        public long Bytes { get; private set; }

        public void Add(IEnumerable<int> images, byte[] content)
        {
            Files.Add((images, content));
            Bytes += content.Length;
        }
    }

    /// <summary>One reading of a tree, shared by its threads.</summary>
    private sealed class Reading(EntrySource source, ImageTree tree, Func<FileEntry, IEnumerable<int>, bool>? isKnown,
        Action<int, byte[]> use, IProgress<ReadingProgress>? progress, bool toTheEnd, CancellationToken cancellationToken)
    {
        // An entry's bytes are those of more than one image where links lead to it.
        private readonly ILookup<string, int> _places = tree.Images.Index().Where(static pair => pair.Item.Fault is null)
            .ToLookup(static pair => pair.Item.Source, static pair => pair.Index, StringComparer.Ordinal);
        private readonly ConcurrentDictionary<int, string> _failures = new(tree.Images.Index()
            .Where(static pair => pair.Item.Fault is not null).Select(static pair => KeyValuePair.Create(pair.Index, pair.Item.Fault!)));
        private readonly bool[] _done = new bool[tree.Images.Count];
        private readonly ByteBudget _files = ByteBudget.OfMemory(), _pictures = ByteBudget.OfMemory();
        private readonly Lock _telling = new();
        private int _images;
        private long _read;

        /// <summary>One thread at a time reads the next files, a batch that repays the handing over.</summary>
        public IEnumerable<Batch> Batches()
        {
            var batch = new Batch();
            foreach (FileEntry entry in source.Entries())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.Kind != EntryKind.File || !_places.Contains(entry.Path)) continue;

                if (isKnown?.Invoke(entry, _places[entry.Path]) == true)
                {
                    foreach (int index in _places[entry.Path]) Tell(index);
                    continue;
                }

                // What waits for room holds nothing.
                if (batch.Files.Count == BatchFiles || (batch.Files.Count > 0 && batch.Bytes + entry.Length > BatchBytes))
                {
                    yield return batch;
                    batch = new Batch();
                }

                long length = Math.Min(entry.Length, ImageDecoder.MostFileBytes);
                _files.Take(length, cancellationToken);
                if (ReadOne(entry) is byte[] file) batch.Add(_places[entry.Path], file);
                else _files.Give(length);
            }

            yield return batch;
        }

        /// <summary>Hands on the images of a batch.</summary>
        public void UseAll(Batch batch)
        {
            try
            {
                foreach ((IEnumerable<int> indices, byte[] file) in batch.Files)
                {
                    Interlocked.Add(ref _read, file.Length);
                    foreach (int index in indices) UseOne(index, file);
                }
            }
            finally
            {
                _files.Give(batch.Bytes);
            }
        }

        /// <summary>The files that failed, or that the reading did not meet, with the reason, in the order of the tree.</summary>
        public (string Path, string Reason)[] Failures()
        {
            for (int index = 0; index < _done.Length; index++)
                if (!_done[index]) _failures.TryAdd(index, "it is gone since the images were listed");
            return [.. _failures.OrderBy(static failure => failure.Key).Select(failure => (tree.Images[failure.Key].Path, failure.Value))];
        }

        private byte[]? ReadOne(FileEntry entry)
        {
            try
            {
                return ReadBytes(source, entry);
            }
            catch (InvalidDataException error)
            {
                return Fail(entry, error.Message);
            }
            catch (DataException error) when (toTheEnd && !source.IsStream)
            {
                return Fail(entry, char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.'));
            }
        }

        private byte[]? Fail(FileEntry entry, string reason)
        {
            foreach (int index in _places[entry.Path]) _failures[index] = reason;
            return null;
        }

        private void UseOne(int index, byte[] file)
        {
            long cost = ImageDecoder.BytesToDecode(file);
            _pictures.Take(cost, cancellationToken);
            try
            {
                use(index, file);
                Tell(index);
            }
            catch (InvalidDataException error)
            {
                _failures[index] = error.Message;
            }
            finally
            {
                _pictures.Give(cost);
            }
        }

        private void Tell(int index)
        {
            _done[index] = true;

            // What is told never goes back.
            lock (_telling) progress?.Report(new ReadingProgress(++_images, tree.Images.Count, Volatile.Read(ref _read)));
        }
    }
}
