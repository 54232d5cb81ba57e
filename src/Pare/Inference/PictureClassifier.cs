using Pare.Data;

namespace Pare.Inference;

/// <summary>
/// Classifies all pictures of a folder or an archive, with as many threads as there are processors and a bounded number of pictures in
/// memory.
/// </summary>
public static class PictureClassifier
{
    // So many files are read while those before them are classified.
    private const int BatchFiles = 256, BatchBytes = 1 << 25;

    /// <summary>
    /// Classifies all pictures, in the order of the folder's paths or of the archive, links of an archive and those that lead nowhere last.
    /// One that cannot be read, as a link that leads nowhere, does not stop the others.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">A folder, with all folders below it, or a <c>.zip</c>, <c>.tar</c> or <c>.tar.gz</c>.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="leftOut">
    /// Told, from any thread, the path of each file that is passed over because its name ends in none of
    /// <see cref="ImageDecoder.Extensions"/>, and of each pipe, socket or device.
    /// </param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">There is nothing here, no picture, or the archive is damaged.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IEnumerable<PicturePrediction> Run(Model model, string path, int? threads = null,
        Action<string>? leftOut = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        model.CheckTakesPictures();
        return Classified(model, EntrySource.Open(path, orPicture: true), path, threads, leftOut, cancellationToken);
    }

    private static IEnumerable<PicturePrediction> Classified(Model model, EntrySource source, string path, int? threads,
        Action<string>? leftOut, CancellationToken cancellationToken)
    {
        ByteBudget memory = ByteBudget.OfMemory();
        using IEnumerator<List<Picture>> batches = Batches(source, leftOut, cancellationToken).GetEnumerator();
        Task<List<Picture>?> ahead = Next();
        bool any = false;
        try
        {
            while (ahead.GetAwaiter().GetResult() is { } batch)
            {
                ahead = Next();
                var results = new PicturePrediction[batch.Count];
                Parallels.For(batch.Count, i => results[i] = Classify(batch[i]), threads, cancellationToken);
                any |= results.Length > 0;
                foreach (PicturePrediction result in results) yield return result;
            }
        }
        finally
        {
            // Nothing may read on when the archive is closed.
            ((Task)ahead)
                .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .Wait(CancellationToken.None);
        }

        if (!any)
            throw new DataException("There is no picture here.", path,
                $"Name a folder or an archive with files that end in {string.Join(", ", ImageDecoder.Extensions)}.");

        Task<List<Picture>?> Next() => Task.Run(() => batches.MoveNext() ? batches.Current : null, CancellationToken.None);

        PicturePrediction Classify(Picture picture)
        {
            if (picture.Bytes is null) return new PicturePrediction(picture.Path, null, picture.Error);
            long cost = ImageDecoder.BytesToDecode(picture.Bytes);
            memory.Take(cost, cancellationToken);
            try
            {
                return new PicturePrediction(picture.Path, model.PredictFile(picture.Bytes, picture.Path), null);
            }
            catch (DataException error)
            {
                return new PicturePrediction(picture.Path, null, error.Message) { Remedy = error.Remedy };
            }
            finally
            {
                memory.Give(cost);
            }
        }
    }

    /// <summary>
    /// Whether a path names one picture rather than a folder or an archive: by its ending or, where that says nothing, by its content.
    /// </summary>
    /// <param name="path">A path; there need be nothing.</param>
    public static bool IsPicture(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path)) return false;
        if (ImageDecoder.IsImageName(path)) return true;
        try
        {
            Span<byte> head = stackalloc byte[64];
            using FileStream file = RegularFile.Open(path);
            return ImageHeader.IsPicture(head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static IEnumerable<List<Picture>> Batches(EntrySource source, Action<string>? leftOut, CancellationToken cancellation)
    {
        var batch = new List<Picture>();
        long bytes = 0;
        foreach (PictureEntries.Picture picture in PictureEntries.Of(source, cancellation, leftOut))
        {
            try
            {
                byte[] file = picture.Read();
                batch.Add(new Picture(picture.Path, file, null));
                bytes += file.Length;
            }
            catch (InvalidDataException error)
            {
                batch.Add(new Picture(picture.Path, null, $"The picture cannot be read: {error.Message}."));
            }

            if (batch.Count < BatchFiles && bytes < BatchBytes) continue;
            yield return batch;
            (batch, bytes) = ([], 0);
        }

        if (batch.Count > 0) yield return batch;
    }

    private sealed record Picture(string Path, byte[]? Bytes, string? Error);
}
