namespace Pare.Data;

/// <summary>Finds a data set by its name and reads it.</summary>
public static class DatasetLoader
{
    /// <summary>Finds a data set and reads it.</summary>
    /// <param name="name">The name a recipe gives: <c>glyphs</c>, <c>mnist</c>, <c>cifar10</c>, or that of an image folder.</param>
    /// <param name="path">What the user gave with <c>--data</c>, if anything.</param>
    /// <param name="options">How images of a folder are brought to one size.</param>
    /// <param name="progress">Told after each image of a folder or archive of images, from any thread.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">It is not found, cannot be read, or is not what it claims to be.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Dataset Load(
        string name, string? path = null, ImageFolderOptions? options = null, IProgress<ReadingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Find(name, DataLocations.Of(path), cancellationToken).Load(options, progress, cancellationToken);

    /// <summary>Finds a data set without reading it.</summary>
    /// <remarks>
    /// A given path wins over the name, whatever form lies there; it may also be a folder that holds the data set under its
    /// name, or <c>glyphs</c>, the built-in data set, where nothing of that name lies. <c>PARE_DATA</c> may be the data set or hold it as
    /// <c>mnist/</c>, <c>cifar10.tar.gz</c> and so on, as the cache does.
    /// </remarks>
    /// <exception cref="DataException">It is not found.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DataSource Find(string name, DataLocations locations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(locations);
        if (locations.Given is { } given)
            return given == Glyphs.Name && !Path.Exists(given) ? new DataSource(DataKind.Glyphs, "")
                : FindBelow(given, name, cancellationToken) ?? DataSource.Recognise(given, cancellationToken)
                ?? throw NotRecognised(given);
        if (name == Glyphs.Name) return new DataSource(DataKind.Glyphs, "");

        if (locations.Environment is { } environment)
        {
            if (FindBelow(environment, name, cancellationToken) is { } below) return below;
            if (DataSource.Recognise(environment, cancellationToken) is { } source && Fits(name, source.Kind)) return source;
        }

        if (locations.Cache is { } cache && FindBelow(cache, name, cancellationToken) is { } cached) return cached;

        bool known = Downloads.Names.Contains(name);
        throw new DataException(
            $"The data set `{name}` is not found.",
            $"looked in {DataLocations.EnvironmentVariable} ({locations.Environment ?? "not set"}) "
            + $"and the cache ({locations.Cache ?? "none"})",
            known ? $"Run `pare data download {name}`, or say where it lies." : "Say where it lies.")
        { Setting = "data" };
    }

    private static bool Fits(string name, DataKind kind) => name switch
    {
        "mnist" => kind == DataKind.Mnist,
        "cifar10" => kind == DataKind.Cifar10,
        _ => kind == DataKind.ImageFolder,
    };

    private static DataSource? FindBelow(string folder, string name, CancellationToken cancellationToken)
    {
        if (name.Length == 0 || name != Path.GetFileName(name) || !Directory.Exists(folder) || IsPart(folder, name)) return null;
        string inner = Path.Combine(folder, name);
        return DataLocations.ArchiveEndings.Select(ending => inner + ending).Prepend(inner)
            .Where(Path.Exists)
            .Select(path => DataSource.Recognise(path, cancellationToken))
            .FirstOrDefault(source => source is not null && Fits(name, source.Kind));
    }

    // A data set called `train` is another thing than the training part of the data set that was given.
    private static bool IsPart(string folder, string name) => PartNames.Of(name) is ImagePart part
        && Directory.EnumerateDirectories(folder).Any(other => PartNames.Of(Path.GetFileName(other)) is ImagePart beside && beside != part);

    // One picture or the folder of a single class is easily given for the whole.
    private static string? HintOfPictures(string path)
    {
        if (File.Exists(path) && ImageDecoder.IsImageName(path))
            return "This is a single picture: give the folder or archive in which each class has a folder of pictures.";
        return DataSource.HasLoosePictures(path)
            ? "The pictures here lie in no class's folder: put those of each class into a folder of their own, and give what holds these "
                + "folders."
            : null;
    }

    private static string? HintOfIdx(string path)
    {
        string? file = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*idx?-ubyte*").Order(StringComparer.Ordinal).FirstOrDefault()
            : null;
        return file is null ? null
            : $"`{Path.GetFileName(file)}` is in MNIST's format, but the four files are known by the names that MNIST's have: "
            + "`train-images-idx3-ubyte` and so on.";
    }

    private static DataException NotRecognised(string path) => Path.Exists(path)
        ? new DataException(
            "There is no data set in a known form here.", path,
            HintOfPictures(path) ?? HintOfIdx(path) ?? "Give MNIST's folder, CIFAR-10's binary batches, or images laid out as "
                + "`<class>/<image>` or `train/<class>/<image>`.")
        : FilePath.IsNotUtf8(path) ? FolderReader.NotUtf8(path)
        : new DataException("There is nothing at this path.", path, "Check the path that was given.") { Setting = "data" };
}
