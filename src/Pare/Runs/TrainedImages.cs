using Pare.Data;
using Pare.Training;

namespace Pare.Runs;

/// <summary>The training images of a data set, as a network's training divided them. The run's test images are in neither part.</summary>
/// <param name="Images">All training images, their classes numbered as the network's outputs.</param>
/// <param name="Training">Those that it learned from.</param>
/// <param name="Validation">Those that were held out of it for choices; empty where none were, or nobody knows which.</param>
public sealed record TrainedImages(ImageSet Images, IReadOnlyList<int> Training, IReadOnlyList<int> Validation)
{
    /// <summary>Finds them.</summary>
    /// <param name="data">The images, as they are now.</param>
    /// <param name="split">What the run kept of its split; null for a network that comes without.</param>
    /// <param name="options">How the network was trained; null where nobody knows.</param>
    /// <param name="classes">The network's classes in the order of its outputs; null where nobody knows.</param>
    /// <exception cref="DataException">The network does not know a class.</exception>
    public static TrainedImages Of(Dataset data, RunSplit? split, TrainingOptions? options, IReadOnlyList<string>? classes)
    {
        ImageSet images = classes is null ? data.Train : data.Train.WithClasses(classes, data.Source);
        IEnumerable<int> drawn = HeldOut(data, split, options, images);

        // What another data set holds out may be what the run was trained on.
        if (split is not null && split.DataFingerprint != data.Fingerprint)
        {
            Func<int, bool> isTrained = split.IsTrained(data.Train);
            drawn = drawn.Where(index => !isTrained(index));
        }

        HashSet<int> held = [.. drawn];

        // The run's test images, wherever they lie now.
        int[] all = [.. Enumerable.Range(0, images.Count)
            .Where(index => !(split?.Test is { } test && images.HasPaths && test.ContainsKey(images.Names[index])))];
        return new TrainedImages(images, [.. all.Where(index => !held.Contains(index))], [.. all.Where(held.Contains)]);
    }

    private static IEnumerable<int> HeldOut(Dataset data, RunSplit? split, TrainingOptions? options, ImageSet images)
    {
        if (split?.Validation is { } list && images.HasPaths)
            return Enumerable.Range(0, images.Count).Where(index => list.ContainsKey(images.Names[index]));
        return options is null ? data.Validation : options.Split(data).Validation;
    }
}
