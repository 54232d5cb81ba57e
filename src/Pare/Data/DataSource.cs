namespace Pare.Data;

/// <summary>A data set that was found but not yet read.</summary>
/// <param name="Kind">Its form.</param>
/// <param name="Path">Where it lies; empty for the built-in one.</param>
public sealed record DataSource(DataKind Kind, string Path)
{
    /// <summary>Recognises what lies at a path by looking at it.</summary>
    /// <returns>The source, or null where there is no data set in a known form.</returns>
    /// <exception cref="DataException">An archive is damaged, or a path in it leads out of it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataSource? Recognise(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Mnist.IsAt(path)) return new DataSource(DataKind.Mnist, path);
        if (Cifar10.IsAt(path)) return new DataSource(DataKind.Cifar10, path);
        if (!Directory.Exists(path) && !IsArchive(path)) return null;
        foreach (FileEntry entry in Files(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ImageDecoder.IsImageName(entry.Path) && entry.Path.Contains('/')) return new DataSource(DataKind.ImageFolder, path);
            if (Cifar10.IsBatch(System.IO.Path.GetFileName(entry.Path))) return new DataSource(DataKind.Cifar10, path);
        }

        return null;
    }

    /// <summary>Reads it.</summary>
    /// <param name="options">
    /// How images of a folder are brought to one size, and how a data set is divided; other forms have their own size and test images.
    /// </param>
    /// <param name="progress">Told after each image of a folder or archive of images, from any thread.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">It cannot be read, or is not what it claims to be.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Dataset Load(
        ImageFolderOptions? options = null, IProgress<ReadingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return Kind switch
            {
                DataKind.Glyphs => Glyphs.Create(),
                DataKind.Mnist => Mnist.Load(Path, options?.ForEvaluation == true),
                DataKind.Cifar10 => Cifar10.Load(Path, options?.ForEvaluation == true),
                _ => ImageFolder.Load(Path, options, progress, cancellationToken),
            } with
            {
                Split = options?.Split ?? new SplitOptions(),
            };
        }
        catch (OutOfMemoryException error)
        {
            throw TreeReader.OutOfMemory(Path, error);
        }
    }

    /// <summary>Whether pictures lie at the top of a folder or an archive, where no class's folder holds them.</summary>
    internal static bool HasLoosePictures(string path) => (Directory.Exists(path) || IsArchive(path))
        && Files(path).Any(static entry => ImageDecoder.IsImageName(entry.Path) && !entry.Path.Contains('/'));

    private static IEnumerable<FileEntry> Files(string path) => EntrySource.Open(path).Entries()
        .Where(static entry => entry.Kind is EntryKind.File or EntryKind.Link && LeftOut.In(entry.Path) is null);

    private static bool IsArchive(string path) =>
        File.Exists(path) && DataLocations.ArchiveEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
