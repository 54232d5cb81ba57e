namespace Pare.Data;

/// <summary>Which images a folder or archive holds, of which class and part, read from the paths alone.</summary>
internal sealed class ImageTree
{
    private static readonly string[] TestNames = ["test", "val", "valid", "validation"];

    private readonly string _root;
    private readonly List<string> _notes = [];
    private readonly List<DataException> _problems = [];

    private ImageTree(string root) => _root = root;

    /// <summary>The classes in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; private set; } = [];

    /// <summary>The images in ordinal order of their paths.</summary>
    public IReadOnlyList<TreeImage> Images { get; private set; } = [];

    /// <summary>Whether test images are told apart.</summary>
    public bool HasTest { get; private set; }

    /// <summary>What a person should know: what was left out, what was taken for the test images.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What keeps this from being trained on.</summary>
    public IReadOnlyList<DataException> Problems => _problems;

    /// <summary>Goes through the paths once and sorts them out.</summary>
    /// <exception cref="DataException">The folder or archive cannot be read, holds no image at all, or one path twice.</exception>
    public static ImageTree Scan(EntrySource source)
    {
        var tree = new ImageTree(source.Path);
        var images = new List<(string Path, string[] Folders)>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var folders = new Dictionary<string, string[]>(StringComparer.Ordinal);
        int hidden = 0, others = 0;
        foreach (FileEntry entry in source.Entries())
        {
            string folder = entry.IsFolder ? entry.Path : entry.Path[..Math.Max(entry.Path.LastIndexOf('/'), 0)];
            if (!folders.TryGetValue(folder, out string[]? parts))
                folders.Add(folder, parts = folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
            if (entry.IsFolder) continue;
            if (parts.Any(IsHidden) || IsHidden(entry.Path[(entry.Path.LastIndexOf('/') + 1)..])) hidden++;
            else if (!ImageDecoder.IsImageName(entry.Path)) others++;
            else if (paths.Add(entry.Path)) images.Add((entry.Path, parts));
            else throw new DataException($"The archive holds `{entry.Path}` twice.", source.Path, "Make the archive again.");
        }

        if (images.Count == 0)
            throw new DataException(
                "There is no image here.", source.Path, "Give a folder or an archive with PNG, JPEG or BMP files in a folder a class.");

        IEnumerable<string[]> visible = folders.Values.Where(parts => !parts.Any(IsHidden));
        if (source.IsArchive && CommonTop(images) is { } top)
        {
            images = images.ConvertAll(image => (image.Path, image.Folders[1..]));
            visible = visible.Where(parts => parts.Length > 1 && parts[0] == top).Select(parts => parts[1..]);
        }

        if (hidden > 0) tree._notes.Add($"{Count(hidden, "hidden file")} left out.");
        if (others > 0)
            tree._notes.Add(
                $"{Count(others, "file")} left out that {(others == 1 ? "does" : "do")} not end in "
                + $"{string.Join(", ", ImageDecoder.Extensions)}.");
        tree.Arrange(images, [.. visible.Where(parts => parts.Length > 0)]);
        return tree;
    }

    private static bool IsHidden(string name) => name[0] == '.' || name == "__MACOSX";

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    private static bool IsPart(string name, string part) => string.Equals(name, part, StringComparison.OrdinalIgnoreCase);

    // An archive is often made of one folder; it is no class and no part of the data.
    private static string? CommonTop(List<(string Path, string[] Folders)> images)
    {
        string? top = images[0].Folders.FirstOrDefault();
        bool common = images.TrueForAll(image => image.Folders.Length >= 2 && image.Folders[0] == top);
        return common && !IsPart(top!, "train") && !TestNames.Any(name => IsPart(top!, name)) ? top : null;
    }

    private void Arrange(List<(string Path, string[] Folders)> images, List<string[]> folders)
    {
        string[] tops = [.. folders.Select(parts => parts[0]).Distinct().Order(StringComparer.Ordinal)];
        string? train = tops.FirstOrDefault(name => IsPart(name, "train"));
        string? test = TestNames.Select(part => tops.FirstOrDefault(name => IsPart(name, part))).FirstOrDefault(name => name is not null);
        bool partsOnly = tops.All(name => IsPart(name, "train") || TestNames.Any(part => IsPart(name, part)));
        // A class may be called `train` too; the part of that name holds folders.
        if (train is null || !(partsOnly || images.Exists(image => image.Folders.Length >= 2 && image.Folders[0] == train)))
        {
            if (partsOnly && test is not null)
                _problems.Add(new DataException(
                    "There are test images and no `train` folder.", _root, "Put the training images into `train/<class>/`."));
            Place(images, folders, [null]);
            return;
        }

        HasTest = test is not null;
        if (test is not null && !IsPart(test, "test")) _notes.Add($"The images of `{test}` are taken as the test images.");
        foreach (string top in tops.Where(top => top != train && top != test))
            _notes.Add($"The folder `{top}` beside `{train}` is left out.");
        Place(
            images.FindAll(image => image.Folders.Length > 0 && (image.Folders[0] == train || image.Folders[0] == test)), folders,
            test is null ? [train] : [train, test]);
    }

    /// <summary>
    /// Sorts the images into the classes of the parts: the training part, then the test part; one null part where there are none.
    /// </summary>
    private void Place(List<(string Path, string[] Folders)> images, List<string[]> folders, string?[] parts)
    {
        int depth = parts[0] is null ? 0 : 1;
        HashSet<string>[] classes = Array.ConvertAll(parts, part => folders
            .Where(folder => folder.Length > depth && (part is null || folder[0] == part))
            .Select(folder => folder[depth]).ToHashSet(StringComparer.Ordinal));
        Classes = [.. classes.SelectMany(names => names).Distinct().Order(StringComparer.Ordinal)];
        var labels = Classes.Select((name, label) => (name, label)).ToDictionary(
            static pair => pair.name, static pair => pair.label, StringComparer.Ordinal);

        List<(string Path, string[] Folders)> classed = images.FindAll(image => image.Folders.Length > depth);
        int strays = images.Count - classed.Count;
        if (strays > 0) _notes.Add($"{Count(strays, "image")} left out that {(strays == 1 ? "lies" : "lie")} in no class's folder.");
        List<TreeImage> placed = classed.ConvertAll(image =>
            new TreeImage(image.Path, labels[image.Folders[depth]], parts.Length == 2 && image.Folders[0] == parts[1]));
        placed.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        Images = placed;

        for (int p = 0; p < parts.Length; p++)
        {
            var used = placed.Where(image => image.IsTest == (p == 1)).Select(image => Classes[image.Label])
                .ToHashSet(StringComparer.Ordinal);
            foreach (string name in Classes.Where(name => !classes[p].Contains(name)))
                _problems.Add(new DataException(
                    $"The class `{name}` is missing from `{parts[p]}`.", _root, "Give both parts the same classes."));
            foreach (string name in Classes.Where(name => classes[p].Contains(name) && !used.Contains(name)))
                _problems.Add(new DataException(
                    $"The class `{name}` has no images.", $"{_root}: {(depth == 1 ? parts[p] + "/" : "")}{name}",
                    "Add images to its folder, or delete the folder."));
        }

        if (Classes.Count < 2)
            _problems.Add(new DataException(
                Classes.Count == 0 ? "The images lie in no class's folder." : $"There is only one class, `{Classes[0]}`.",
                _root, "Lay the images out as `<class>/<image>` or `train/<class>/<image>`, with two classes or more."));
    }
}
