namespace Pare.Data;

/// <summary>The pictures of a folder or an archive, whatever their classes; links are followed as <see cref="EntryList"/> does.</summary>
internal static class PictureEntries
{
    /// <summary>A picture.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Read">
    /// Gives its bytes until the next picture is asked for, and throws <see cref="InvalidDataException"/> where it cannot be read.
    /// </param>
    public readonly record struct Picture(string Path, Func<byte[]> Read);

    /// <summary>
    /// Goes through the files once, in their own order; then, where there are links that the file system does not follow itself, through
    /// what they lead to, and at last those that lead nowhere.
    /// </summary>
    /// <param name="source">The folder or the archive.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="leftOut">
    /// Told the path of each file that is no picture by its name, and of each pipe, socket or device, but for what systems leave lying
    /// about.
    /// </param>
    /// <exception cref="DataException">
    /// The folder or archive cannot be read, or is one with links that holds too much or one path twice.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IEnumerable<Picture> Of(EntrySource source, CancellationToken cancellation, Action<string>? leftOut = null)
    {
        bool hasLinks = false;
        foreach (FileEntry entry in source.Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            hasLinks |= entry.Kind == EntryKind.Link;
            if (entry.Kind is not (EntryKind.File or EntryKind.Special) || LeftOut.In(entry.Path) is not null) continue;
            if (entry.Kind == EntryKind.File && ImageDecoder.IsImageName(entry.Path))
                yield return new Picture(entry.Path, () => TreeReader.ReadBytes(source, entry));
            else leftOut?.Invoke(entry.Path);
        }

        if (!hasLinks) yield break;
        EntryList.Image[] links =
            [.. EntryList.Of(source, cancellation).Images.Where(static image => image.Path != image.Source || image.Fault is not null)];
        ILookup<string, string> followed = links.Where(static link => link.Fault is null)
            .ToLookup(static link => link.Source, static link => link.Path, StringComparer.Ordinal);
        foreach (FileEntry entry in source.Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Kind != EntryKind.File) continue;

            // An entry of a tar can be read once, and several links may lead to it.
            var bytes = new Lazy<byte[]>(() => TreeReader.ReadBytes(source, entry));
            foreach (string path in followed[entry.Path]) yield return new Picture(path, () => bytes.Value);
        }

        foreach (EntryList.Image link in links)
        {
            if (link.Fault is { } fault) yield return new Picture(link.Path, () => throw new InvalidDataException(fault));
        }
    }
}
