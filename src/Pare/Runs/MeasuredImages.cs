using Pare.Data;

namespace Pare.Runs;

/// <summary>The images that a trained network is measured on again, and what a person should know about them.</summary>
/// <param name="Images">The images, their classes numbered as the network's outputs.</param>
/// <param name="Notes">What has changed since the run, what is measured instead; empty when they are the run's test images.</param>
public sealed record MeasuredImages(ImageSet Images, IReadOnlyList<string> Notes)
{
    private const int MostNamed = 3;

    /// <summary>
    /// Whether the network was trained on some of them, or nobody can tell: then they say nothing about images that are new to it.
    /// </summary>
    public bool MayBeTrainedOn { get; init; }

    /// <summary>Chooses the images: all, or those that the run was tested on.</summary>
    /// <param name="data">The images, as they are now.</param>
    /// <param name="split">What the run kept; null for a network that comes without.</param>
    /// <param name="classes">The network's classes in the order of its outputs; null where nobody knows.</param>
    /// <param name="all">Whether every image is to be measured, those that were trained on included.</param>
    /// <exception cref="DataException">The network does not know a class, there is no image to measure, or none of the run's.</exception>
    public static MeasuredImages Of(Dataset data, RunSplit? split, IReadOnlyList<string>? classes, bool all)
    {
        var notes = new List<string>();
        bool mayBeTrainedOn = MayShareTrained(data, split, all);
        ImageSet images = all ? All(data, split, mayBeTrainedOn, notes) : split is null ? WithoutList(data, notes)
            : Listed(data, split, notes, out mayBeTrainedOn);
        if (!mayBeTrainedOn && CountTrained(images, split) is > 0 and var trained)
        {
            mayBeTrainedOn = RunSplit.IsPart(trained, images.Count);
            notes.Add($"{Count(trained, "of these images has", "of these images have")} the very pixels of an image that the network was "
                + "trained on.");
        }

        if (images.Count == 0)
            throw new DataException(
                "There is no image to measure on.", data.Source,
                data.IsTestDrawn ? "Bring test images in `test/<class>/`, or measure all images." : "Add images to its test part.")
            {
                Setting = data.IsTestDrawn ? nameof(all) : null,
            };
        if (classes is null)
        {
            notes.Add(
                $"The file does not name the network's classes: they are taken to be {string.Join(", ", images.Classes)}, in this order.");
            return new MeasuredImages(images, notes) { MayBeTrainedOn = mayBeTrainedOn };
        }

        images = images.WithClasses(classes, data.Source);
        HashSet<int> shown = [.. images.Labels];
        string[] unseen = [.. classes.Where((_, label) => !shown.Contains(label))];
        if (unseen.Length > 0) notes.Add($"There are no images of {string.Join(", ", unseen.Select(static name => $"`{name}`"))}.");
        return new MeasuredImages(images, notes) { MayBeTrainedOn = mayBeTrainedOn };
    }

    /// <summary>
    /// Whether another network may have been trained on some of these images; on its run's own test images it was not.
    /// </summary>
    /// <param name="data">The data set that they were chosen from.</param>
    /// <param name="split">What that network's run kept; null where nobody knows.</param>
    /// <param name="all">Whether all images were chosen, or those for testing.</param>
    public bool MayHoldTrained(Dataset data, RunSplit? split, bool all) =>
        MayShareTrained(data, split, all) || RunSplit.IsPart(CountTrained(Images, split), Images.Count);

    // The run's own test images, too: one may well be a copy of an image that was trained on.
    private static int CountTrained(ImageSet images, RunSplit? split) =>
        split?.CountTrained(images, Enumerable.Range(0, images.Count)) ?? 0;

    // By the list of the run's test images: what shares these may share those that were trained on.
    private static bool MayShareTrained(Dataset data, RunSplit? split, bool all) => split is null ? all || data.IsTestDrawn
        : all && split.MayShareImages(data) && In(data.Train).Concat(In(data.Test)).Any(image => IsNoneOf(split, image));

    private static ImageSet All(Dataset data, RunSplit? split, bool mayBeTrainedOn, List<string> notes)
    {
        (ImageSet Set, int Index)[] both = [.. In(data.Train), .. In(data.Test)];
        if (data.Train.HasPaths) both = [.. both.OrderBy(static image => image.Set.Names[image.Index], StringComparer.Ordinal)];
        if (split is null)
            notes.Add("Nothing beside the network says which of these images it was trained on.");
        else if (split.DataFingerprint == data.Fingerprint)
            notes.Add($"All {Count(both.Length, "image")}: the network was trained on {Count(split.TrainImages, "of them", "of them")}.");
        else if (mayBeTrainedOn)
            notes.Add(
                $"All {Count(both.Length, "image")}: the data set has changed since the run, and the network may have been trained on up "
                + $"to {Count(Math.Min(split.TrainImages, both.Count(image => IsNoneOf(split, image))), "of them", "of them")}.");
        return both.Length == 0 ? data.Test : ImageSet.Of(both);
    }

    // The network may lie without its run, or be of a version that drew test images from the training's seed.
    private static ImageSet WithoutList(Dataset data, List<string> notes)
    {
        if (data.IsTestDrawn)
            notes.Add(
                "Nothing beside the network says which of these images it was trained on (a run of an earlier version drew its test images "
                + "from the training's seed): these test images may be others than its own, and it may know some of them.");
        return data.Test;
    }

    private static ImageSet Listed(Dataset data, RunSplit split, List<string> notes, out bool mayBeTrainedOn)
    {
        mayBeTrainedOn = false;
        bool same = split.DataFingerprint == data.Fingerprint;
        if (split.Test is not { } list)
        {
            if (!same) notes.Add("These are not the images that the run was trained and tested on.");
            return same || !data.IsTestDrawn ? data.Test : throw NoneThere(data, split);
        }

        (ImageSet Set, int Index)[] found =
            [.. In(data.Train).Concat(In(data.Test)).Where(image => image.Set.HasPaths && list.ContainsKey(Name(image)))];
        string[] changed = [.. found.Where(image => RunSplit.Digest(image.Set, image.Index) != list[Name(image)]).Select(Name)];
        if (found.Length == changed.Length)
        {
            if (data.IsTestDrawn) throw NoneThere(data, split);
            mayBeTrainedOn = split.IsDividedOtherwise(data);
            notes.Add(mayBeTrainedOn
                ? "The run's test images are here by other names, some of them to be trained on: the data set's own are measured."
                : $"None of the run's {Count(list.Count, "test image")} is here: another data set, whose own test images are measured.");
            return data.Test;
        }

        if (!same) notes.Add(Changes(data, list, [.. found.Select(Name)], changed));

        // In the order of the run where nothing has changed, so that sums come out the same to the last bit.
        if (found.Length == list.Count && data.Test.Count == list.Count && data.Test.Names.All(list.ContainsKey)) return data.Test;
        return ImageSet.Of([.. found.OrderBy(static image => Name(image), StringComparer.Ordinal)]);
    }

    private static string Changes(Dataset data, IReadOnlyDictionary<string, string> list, HashSet<string> found, string[] changed)
    {
        string[] missing = [.. list.Keys.Where(name => !found.Contains(name))];
        string[] added = [.. data.Test.Names.Where(name => !list.ContainsKey(name))];
        string[] parts =
        [
            .. missing.Length > 0 ? [$"{Count(missing.Length, "is", "are")} missing{Named(missing)}"] : Array.Empty<string>(),
            .. changed.Length > 0 ? [$"{Count(changed.Length, "has", "have")} other pixels{Named(changed)}"] : Array.Empty<string>(),
        ];
        string images = Count(list.Count, "test image");
        string test = parts.Length == 0 ? $"its {images} are as they were" : $"of its {images} {string.Join(" and ", parts)}";
        string more = added.Length > 0
            ? $"; {Count(added.Length, "test image")} came since, which {(added.Length == 1 ? "is" : "are")} not measured{Named(added)}"
            : "";
        return $"The data set has changed since the run: {test}{more}.";
    }

    // Whether an image is neither of a run's test images nor, where it kept a list, of its validation images.
    private static bool IsNoneOf(RunSplit split, (ImageSet Set, int Index) image) =>
        split.Test?.ContainsKey(Name(image)) != true && split.Validation?.ContainsKey(Name(image)) != true;

    private static DataException NoneThere(Dataset data, RunSplit split) => new(
        $"None of the run's {Count(split.TestImages, "test image")} is here.", data.Source,
        "Name the data set of the run, bring test images in `test/<class>/`, or measure every image.")
    {
        Setting = "all",
    };

    private static string Named(string[] names) =>
        $" ({string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? ", ..." : "")})";

    private static IEnumerable<(ImageSet Set, int Index)> In(ImageSet set) => Enumerable.Range(0, set.Count).Select(index => (set, index));

    private static string Name((ImageSet Set, int Index) image) => image.Set.Names[image.Index];

    private static string Count(int number, string one, string? many = null) =>
        Invariant($"{number:N0} {(number == 1 ? one : many ?? one + "s")}");
}
