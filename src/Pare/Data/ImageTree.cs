namespace Pare.Data;

/// <summary>Which images a folder or archive holds, of which class and part, read from the paths alone.</summary>
internal sealed class ImageTree
{
    private const int MostNamed = 4;

    private readonly string _root;
    private readonly List<string> _notes;
    private readonly List<DataException> _problems = [];

    // A network that is trained already needs no training part and not every class.
    private bool _forEvaluation;

    private ImageTree(string root, IEnumerable<string> notes) => (_root, _notes) = (root, [.. notes]);

    /// <summary>The classes in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; private set; } = [];

    /// <summary>The images in ordinal order of their paths.</summary>
    public IReadOnlyList<TreeImage> Images { get; private set; } = [];

    /// <summary>The folder of each part that is told apart; empty where none is.</summary>
    public IReadOnlyDictionary<ImagePart, string> Parts { get; private set; } = new Dictionary<ImagePart, string>();

    /// <summary>Whether test images are told apart.</summary>
    public bool HasTest => Parts.ContainsKey(ImagePart.Test);

    /// <summary>What a person should know: what was left out, what was taken for the test images.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What keeps this from being trained on.</summary>
    public IReadOnlyList<DataException> Problems => _problems;

    /// <summary>Goes through the paths once and sorts them out.</summary>
    /// <exception cref="DataException">The folder or archive cannot be read, holds no image at all, or one path twice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ImageTree Scan(EntrySource source, bool forEvaluation = false, CancellationToken cancellationToken = default)
    {
        var list = EntryList.Of(source, cancellationToken);
        DataException[] dead =
        [
            .. list.DeadLinks.Select(link => new DataException(
                $"`{link.Path}` leads nowhere, and may stand for a folder of images: {link.Fault}.", source.Path,
                "Bring back what it leads to, or delete the link.")),
        ];
        if (dead.Length > 0 && list.Images.Count == 0) throw dead[0];
        if (list.Images.Count == 0)
            throw new DataException(
                "There is no image here.", source.Path, "Give a folder or an archive with PNG, JPEG or BMP files in a folder a class.");
        var split = new Dictionary<string, string[]>(StringComparer.Ordinal);
        List<Found> images = [.. list.Images.Select(image => new Found(image, Split(EntrySource.FolderOf(image.Path))))];
        List<string[]> folders = [.. list.Folders.Select(Split)];
        var tree = new ImageTree(source.Path, list.Notes) { _forEvaluation = forEvaluation };
        PassTop(images, folders, source.IsArchive);
        tree._problems.AddRange(dead);
        tree.Arrange(images, folders);
        return tree;

        string[] Split(string folder)
        {
            if (!split.TryGetValue(folder, out string[]? parts))
                split.Add(folder, parts = folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
            return parts;
        }
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>Passes over the one folder that an archive is often made of; of a folder only where parts lie below it.</summary>
    private static void PassTop(List<Found> images, List<string[]> folders, bool isArchive)
    {
        string? top = images[0].Folders.FirstOrDefault();
        if (
            top is null || PartNames.Of(top) is not null || !images.TrueForAll(
                image => image.Folders.Length >= 2 && image.Folders[0] == top))
            return;
        if (!isArchive && !images.Exists(static image => image.Folders.Length >= 3 && PartNames.Of(image.Folders[1]) == ImagePart.Train))
            return;
        Pass(images, folders, static _ => true, 0);
        folders.RemoveAll(static parts => parts.Length == 0);
    }

    /// <summary>Takes one level out of the paths of those that are meant; folders beside them go.</summary>
    private static void Pass(List<Found> images, List<string[]> folders, Func<string[], bool> isMeant, int level)
    {
        for (int i = 0; i < images.Count; i++)
            if (isMeant(images[i].Folders)) images[i] = images[i] with { Folders = Without(images[i].Folders) };
        for (int i = 0; i < folders.Count; i++)
            if (folders[i].Length > level && isMeant(folders[i])) folders[i] = Without(folders[i]);

        string[] Without(string[] parts) => [.. parts[..level], .. parts[(level + 1)..]];
    }

    private void Arrange(List<Found> images, List<string[]> folders)
    {
        string[] tops = [.. folders.Select(static parts => parts[0]).Distinct().Order(StringComparer.Ordinal)];
        string? train = PartNames.Find(tops, ImagePart.Train), test = PartNames.Find(tops, ImagePart.Test);
        string? validation = PartNames.Find(tops, ImagePart.Validation);
        bool partsOnly = tops.All(static name => PartNames.Of(name) is not null);

        // A class may be called `train` too; the part of that name holds folders.
        bool holdsFolders = train is not null && images.Exists(image => image.Folders.Length >= 2 && image.Folders[0] == train);
        if (train is null || !(partsOnly || holdsFolders))
        {
            if (partsOnly && (test ?? validation) is string alone && _forEvaluation
                && images.Exists(static image => image.Folders.Length >= 2))
            {
                UseParts(images, folders, tops, new() { [ImagePart.Test] = alone });
                return;
            }

            if (partsOnly && (test ?? validation) is not null)
                _problems.Add(new DataException(
                    "There are test images and no `train` folder.", _root, "Put the training images into `train/<class>/`."));
            Place(images, folders, [(ImagePart.Train, null)]);
            return;
        }

        var parts = new Dictionary<ImagePart, string> { [ImagePart.Train] = train };
        if ((test ?? validation) is string measured) parts[ImagePart.Test] = measured;
        if (test is not null && validation is not null) parts[ImagePart.Validation] = validation;
        if (test is null && validation is not null)
            _notes.Add(
                $"There is no test part: the images of `{validation}` are taken as the test images, so that nothing may be chosen by them; "
                + "validation images come from the training part.");
        UseParts(images, folders, tops, parts);
    }

    private void UseParts(List<Found> images, List<string[]> folders, string[] tops, Dictionary<ImagePart, string> parts)
    {
        foreach (string top in tops.Where(top => !parts.ContainsValue(top)))
            _notes.Add($"The folder `{top}` beside `{parts.Values.First()}` is left out.");
        Parts = parts;
        images.RemoveAll(image => image.Folders.Length == 0 || !parts.ContainsValue(image.Folders[0]));
        foreach ((ImagePart part, string folder) in parts) PassInner(images, folders, part, folder);
        Place(images, folders, [.. parts.Select(static part => (part.Key, (string?)part.Value))]);
    }

    /// <summary>
    /// Passes over a part's folder that holds nothing but a folder of its own name: <c>seg_train/seg_train/&lt;class&gt;</c>.
    /// </summary>
    private static void PassInner(List<Found> images, List<string[]> folders, ImagePart part, string folder)
    {
        List<Found> own = images.FindAll(image => image.Folders[0] == folder);
        if (own.Count > 0 && own.TrueForAll(image =>
            image.Folders.Length >= 3 && image.Folders[1] == own[0].Folders[1] && PartNames.Of(image.Folders[1]) == part))
            Pass(images, folders, parts => parts[0] == folder, 1);
    }

    /// <summary>Sorts the images into the classes of the parts, the training part first; a null folder where there are no parts.</summary>
    private void Place(List<Found> images, List<string[]> folders, (ImagePart Part, string? Folder)[] parts)
    {
        int depth = parts[0].Folder is null ? 0 : 1;
        HashSet<string>[] classes = Array.ConvertAll(parts, part => folders
            .Where(folder => folder.Length > depth && (part.Folder is null || folder[0] == part.Folder))
            .Select(folder => folder[depth]).ToHashSet(StringComparer.Ordinal));
        Classes = [.. classes.SelectMany(static names => names).Distinct().Order(StringComparer.Ordinal)];
        var labels = Classes.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);

        List<Found> classed = images.FindAll(image => image.Folders.Length > depth);
        int strays = images.Count - classed.Count;
        if (strays > 0) _notes.Add($"{Count(strays, "image")} left out that {(strays == 1 ? "lies" : "lie")} in no class's folder.");
        Images =
        [
            .. classed.Select(image => new TreeImage(
                image.Entry.Path, labels[image.Folders[depth]],
                depth == 0 ? ImagePart.Train : Array.Find(parts, part => part.Folder == image.Folders[0]).Part)
            {
                Name = string.Join('/', [.. image.Folders[depth..], image.Entry.Path[(image.Entry.Path.LastIndexOf('/') + 1)..]]),
                Source = image.Entry.Source,
                Fault = image.Entry.Fault,
            }),
        ];
        WarnOfSameFolders(classed, depth);

        for (int p = 0; p < parts.Length; p++) CheckPart(parts[p].Part, parts[p].Folder, classes[p]);
        if (Classes.Count < (_forEvaluation ? 1 : 2))
            _problems.Add(new DataException(
                Classes.Count == 0 ? "The images lie in no class's folder." : $"There is only one class, `{Classes[0]}`.",
                _root, "Lay the images out as `<class>/<image>` or `train/<class>/<image>`, with two classes or more."));
    }

    private void CheckPart(ImagePart part, string? folder, HashSet<string> classes)
    {
        var used = Images.Where(image => image.Part == part).Select(image => Classes[image.Label]).ToHashSet(StringComparer.Ordinal);
        foreach (string name in Classes.Where(name => !used.Contains(name)))
        {
            bool isMissing = !classes.Contains(name);

            // To be validated on a part of the classes is less than was meant, but not wrong.
            if (_forEvaluation && part != ImagePart.Test) continue;
            if (_forEvaluation || part == ImagePart.Validation)
                _notes.Add($"The class `{name}` {(isMissing ? "is missing from" : "has no images in")} `{folder}`.");
            else if (isMissing)
                _problems.Add(new DataException(
                    $"The class `{name}` is missing from `{folder}`.", _root, "Give all parts the same classes."));
            else
                _problems.Add(new DataException(
                    $"The class `{name}` has no images.", $"{_root}: {(folder is null ? "" : folder + "/")}{name}",
                    "Add images to its folder, or delete the folder."));
        }
    }

    // `<class>/train/*`, `images/<class>/*` beside `labels/<class>/*`: what was taken for the classes is probably something else.
    private void WarnOfSameFolders(List<Found> images, int depth)
    {
        string[][] inner =
        [
            .. images.GroupBy(image => image.Folders[depth]).Select(group => group
                .Select(image => image.Folders.Length > depth + 1 ? image.Folders[depth + 1] : "").Distinct().Order(StringComparer.Ordinal)
                .ToArray()),
        ];
        if (inner.Length < 2 || inner[0].Contains("") || !inner.All(names => names.SequenceEqual(inner[0]))) return;
        string names = string.Join(", ", inner[0].Take(MostNamed).Select(static name => $"`{name}`"));
        _notes.Add(
            $"Warning: every class holds nothing but the same {(inner[0].Length == 1 ? "folder" : "folders")}, {names}"
            + $"{(inner[0].Length > MostNamed ? " and others" : "")}: their images are taken together. Are the classes right? "
            + "The layout is `<class>/<image>` or `train/<class>/<image>`.");
    }

    private sealed record Found(EntryList.Image Entry, string[] Folders);
}
