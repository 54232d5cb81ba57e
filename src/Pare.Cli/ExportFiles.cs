namespace Pare.Cli;

/// <summary>
/// The files of an export: none is written over another but those of an earlier export of the same network, and all are put into their
/// folder together, once everything is proved. Until then they lie in a folder of their own there.
/// </summary>
internal sealed class ExportFiles : IDisposable
{
    private readonly string _folder, _staging;
    private readonly bool _made;
    private readonly List<string> _files = [];
    private readonly IReadOnlyDictionary<string, string> _earlier;

    /// <param name="folder">Where they go.</param>
    /// <param name="earlier">The files there that may be replaced, by their names, each with its digest; null for none.</param>
    /// <exception cref="RunException">The folder cannot be made.</exception>
    public ExportFiles(string folder, IReadOnlyDictionary<string, string>? earlier = null)
    {
        (_folder, _made) = (Path.GetFullPath(folder), !Directory.Exists(folder));
        _earlier = earlier ?? new Dictionary<string, string>();
        _staging = Path.Combine(_folder, $".export-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(_staging);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The folder cannot be made: {error.Message}", _folder,
                "Name another one with --out FOLDER.", error);
        }
    }

    /// <summary>The digests of all files so far, by their names, and of those of earlier exports that they do not replace.</summary>
    /// <param name="card">The file that is to hold them, which cannot hold its own.</param>
    public IReadOnlyDictionary<string, string> Digests(string card)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string digest) in _earlier) digests[name] = digest;
        foreach (string name in _files.Select(static path => Path.GetFileName(path)))
            digests[name] = EarlierExport.Digest(File.ReadAllBytes(Path.Combine(_staging, name)));
        digests.Remove(Path.GetFileName(card));
        return digests;
    }

    /// <param name="path">Where a file goes.</param>
    /// <param name="earlier">The files that may be replaced, by their names.</param>
    /// <exception cref="RecipeException">There is a file already.</exception>
    public static void Refuse(string path, IReadOnlyDictionary<string, string> earlier)
    {
        if (Path.Exists(path) && !earlier.ContainsKey(Path.GetFileName(path)))
            throw new RecipeException("There is a file of this name already; nothing is written over.", Path.GetFullPath(path),
                "Name another folder with --out FOLDER, or move the file away.");
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="save">Writes it to the path that it is given.</param>
    /// <returns>Where it lies until all are done.</returns>
    /// <exception cref="RunException">It cannot be written; what is said of it is said of where it goes.</exception>
    public string Save(string path, Action<string> save)
    {
        _files.Add(path);
        string staged = Path.Combine(_staging, Path.GetFileName(path));
        try
        {
            save(staged);
        }
        catch (RunException error)
        {
            throw new RunException(Final(error.Message), Final(error.Where), error.Remedy, error) { Setting = error.Setting };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritten(path, error);
        }

        return staged;
    }

    /// <exception cref="RunException">It cannot be written.</exception>
    public void Save(string path, byte[] content) => Save(path, staged => WholeFile.Write(staged, file => file.Write(content)));

    /// <summary>Puts all files where they go, in the order in which they were begun, or none of them.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="RecipeException">There is one already.</exception>
    /// <exception cref="RunException">One cannot be written.</exception>
    public IReadOnlyList<string> Publish()
    {
        foreach (string path in _files) Refuse(path, _earlier);
        List<string> moved = [], replaced = [];
        try
        {
            foreach (string path in _files)
            {
                if (File.Exists(path))
                {
                    File.Move(path, Replaced(path));
                    replaced.Add(path);
                }

                File.Move(Path.Combine(_staging, Path.GetFileName(path)), path);
                moved.Add(path);
            }

            Disk.FlushFolder(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            foreach (string there in moved) File.Delete(there);
            foreach (string there in replaced) File.Move(Replaced(there), there);
            throw Unwritten(moved.Count < _files.Count ? _files[moved.Count] : _folder, error);
        }

        return _files;
    }

    /// <summary>Takes away what was not put in its place, and the folder if it was made for it.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_staging, recursive: true);
            if (_made && !Directory.EnumerateFileSystemEntries(_folder).Any()) Directory.Delete(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is left there is in nobody's way, and what was to be told is more important.
        }
    }

    // Where what is replaced lies until all are in their places.
    private string Replaced(string path) => Path.Combine(_staging, $".replaced-{Path.GetFileName(path)}");

    private string Final(string text) => text.Replace(_staging, _folder, StringComparison.Ordinal);

    private RunException Unwritten(string path, Exception error) =>
        new($"The file cannot be written: {Final(error.Message)}", Path.GetFullPath(path),
            "Free some space there, or choose another place.", error);
}
