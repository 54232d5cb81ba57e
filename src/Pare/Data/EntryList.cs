namespace Pare.Data;

/// <summary>What an <see cref="EntrySource"/> holds, gone through once: its images and folders, links resolved within it.</summary>
internal sealed class EntryList
{
    /// <summary>More entries than this are refused.</summary>
    public const int MaxEntries = 2_000_000;

    private const int MaxLinks = 40, MostNamed = 5;

    private readonly EntrySource _source;
    private readonly HashSet<string> _files = new(StringComparer.Ordinal), _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _links = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [], _special = [], _rings = [];
    private readonly SortedSet<string> _leftOut = new(StringComparer.Ordinal);

    private EntryList(EntrySource source) => _source = source;

    /// <summary>An image: its path, the entry that holds its bytes, and why it cannot be read where that is known.</summary>
    public readonly record struct Image(string Path, string Source, string? Fault);

    /// <summary>The images in ordinal order.</summary>
    public IReadOnlyList<Image> Images { get; private set; } = [];

    /// <summary>The folders, empty ones too, without those that are left out.</summary>
    public IReadOnlyCollection<string> Folders => _folders;

    /// <summary>
    /// Links that lead nowhere and are not called like an image, in ordinal order, with why: such a link may stand for a class's folder.
    /// </summary>
    public IReadOnlyList<(string Path, string Fault)> DeadLinks { get; private set; } = [];

    /// <summary>What was left out and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Goes through a folder or archive once.</summary>
    /// <exception cref="DataException">It cannot be read, holds too much, or one path twice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EntryList Of(EntrySource source, CancellationToken cancellationToken)
    {
        var list = new EntryList(source);
        int count = 0;
        foreach (FileEntry entry in source.Entries())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++count > MaxEntries)
                throw new DataException(
                    $"There are more than {MaxEntries} files and folders here.", source.Path, "Give the folder that holds the classes.");
            list.Add(entry);
        }

        list.FollowFolders();
        list.Images =
        [
            .. list._files.Where(ImageDecoder.IsImageName).Select(static path => new Image(path, path, null))
                .Concat(list._links.Keys.Where(ImageDecoder.IsImageName).Select(list.Follow))
                .OrderBy(static image => image.Path, StringComparer.Ordinal),
        ];
        list.DeadLinks =
        [
            .. list._links.Keys.Where(path => !ImageDecoder.IsImageName(path) && list.Resolve(path) is null).Order(StringComparer.Ordinal)
                .Select(path => (path, list.FaultOf(path))),
        ];
        list.Note();
        return list;
    }

    private void Add(FileEntry entry)
    {
        if (LeftOut.In(entry.Path) is string name)
        {
            _leftOut.Add(name);
            return;
        }

        for (string folder = entry.IsFolder ? entry.Path : EntrySource.FolderOf(entry.Path); folder.Length > 0 && _folders.Add(folder);)
            folder = EntrySource.FolderOf(folder);
        bool isNew = entry.Kind switch
        {
            EntryKind.File => !_links.ContainsKey(entry.Path) && _files.Add(entry.Path),
            EntryKind.Link => !_files.Contains(entry.Path) && _links.TryAdd(entry.Path, entry.Target),
            _ => true,
        };
        if (!isNew && ImageDecoder.IsImageName(entry.Path))
        {
            // No folder holds a name twice, but two that are not UTF-8 read alike.
            throw _source.IsArchive ? new DataException($"The archive holds `{entry.Path}` twice.", _source.Path, "Make the archive again.")
                : FolderReader.NotUtf8(Path.Combine(_source.Path, entry.Path));
        }

        if (entry.Kind == EntryKind.Special) _special.Add(entry.Path);
        if (entry.Kind == EntryKind.Ring) _rings.Add(entry.Path);
    }

    private Image Follow(string link) => Resolve(link) is string source && _files.Contains(source)
        ? new Image(link, source, null)
        : new Image(link, link, FaultOf(link));

    private string FaultOf(string link) =>
        _links[link] is string target ? $"it is a link to `{target}`, which is not there" : "it is a link that leads out";

    /// <summary>
    /// The file or folder that a path leads to, through links to files and to folders, empty for the root; null where it leads nowhere.
    /// </summary>
    private string? Resolve(string path)
    {
        string current = path;
        for (int step = 0; step < MaxLinks; step++)
        {
            if (_files.Contains(current) || IsFolder(current)) return current;
            string? link = current;
            while (link.Length > 0 && !_links.ContainsKey(link)) link = EntrySource.FolderOf(link);
            if (link.Length == 0 || _links[link] is not string target) return null;
            current = (target + current[link.Length..]).Trim('/');
        }

        return null;
    }

    private bool IsFolder(string path) => path.Length == 0 || _folders.Contains(path);

    /// <summary>Puts the files of a folder to which a link leads below the link, too.</summary>
    private void FollowFolders()
    {
        string[] known = [.. _files.Concat(_links.Keys).Order(StringComparer.Ordinal)];
        var inner = new List<(string Path, string Target)>();
        foreach (string link in _links.Keys.Order(StringComparer.Ordinal))
        {
            if (Resolve(link) is not string folder || !IsFolder(folder)) continue;
            if (folder.Length == 0 || link.StartsWith(folder + "/", StringComparison.Ordinal))
            {
                _rings.Add(link);
                continue;
            }

            _folders.Add(link);
            string start = folder + "/";
            int first = Array.BinarySearch(known, start, StringComparer.Ordinal);
            for (int i = first < 0 ? ~first : first; i < known.Length && known[i].StartsWith(start, StringComparison.Ordinal); i++)
            {
                inner.Add((link + known[i][folder.Length..], known[i]));
                if (inner.Count > MaxEntries)
                    throw new DataException(
                        $"Its links lead to more than {MaxEntries} files.", _source.Path, "Make the archive without links.");
            }
        }

        foreach ((string path, string target) in inner)
        {
            _links.TryAdd(path, target);
            for (string folder = EntrySource.FolderOf(path); folder.Length > 0 && _folders.Add(folder);)
                folder = EntrySource.FolderOf(folder);
        }
    }

    private void Note()
    {
        int others = _files.Count(static path => !ImageDecoder.IsImageName(path));
        if (_leftOut.Count > 0)
            _notes.Add(
                $"{Count(_leftOut.Count, "hidden or system file or folder", "hidden or system files and folders")} left out: "
                + $"{Names(_leftOut)}.");
        if (_special.Count > 0)
            _notes.Add($"{Count(_special.Count, "pipe, socket or device", "pipes, sockets and devices")} left out: {Names(_special)}.");
        if (_rings.Count > 0)
            _notes.Add($"{Count(_rings.Count, "link", "links")} to a folder above left out: {Names(_rings)}.");
        if (others > 0)
            _notes.Add(
                $"{Count(others, "file", "files")} left out that {(others == 1 ? "does" : "do")} not end in "
                + $"{string.Join(", ", ImageDecoder.Extensions)}.");
        _notes.AddRange(_source.Notes);
    }

    private static string Count(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";

    private static string Names(IReadOnlyCollection<string> paths) =>
        string.Join(", ", paths.Take(MostNamed).Select(static path => $"`{path}`"))
        + (paths.Count > MostNamed ? $" and {paths.Count - MostNamed} more" : "");
}
