using System.Globalization;
using Pare.Data;
using Pare.Graphs;
using Pare.Robustness.Corruptions;

namespace Pare.Robustness;

/// <summary>
/// A quick look at what corruptions cost, for tables of many trainings: one kind of each family at the middle severity, on at most 1,000
/// test images. The whole evaluation has all kinds, severities and images.
/// </summary>
public static class QuickCorruptions
{
    /// <summary>The severity.</summary>
    public const int Severity = 3;

    /// <summary>The most test images, of each class its share.</summary>
    public const int MostImages = 1_000;

    private static readonly string[] s_kinds = ["gaussian_noise", "motion_blur", "contrast", "pixelate", "rotation"];

    /// <summary>What it is, for who reads a figure of it.</summary>
    public static string Description =>
        $"a quick subset: the mean over {string.Join(", ", s_kinds.Select(static kind => kind.Replace('_', ' ')))} at severity " +
        $"{Severity}, on at most {MostImages.ToString("N0", CultureInfo.InvariantCulture)} test images";

    /// <summary>The mean accuracy on corrupted images, 0 to 1.</summary>
    /// <param name="network">The network; its input must be of the images' shape.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="test">The test images.</param>
    /// <param name="threads">Threads to use. The result is the same with any number.</param>
    /// <returns>
    /// Null where it cannot be told: images that are no pictures or too small, all of one class, outputs that are no numbers.
    /// </returns>
    public static float? Measure(Network network, Normalization normalization, ImageSet test, int threads)
    {
        var form = new Shape(test.Channels, test.Height, test.Width);
        if (form.Channels is not (1 or 3) || test.Count == 0 || test.Labels.IndexOfAnyExcept(test.Labels[0]) < 0) return null;
        string[] kinds = [.. Catalog.For(form).Where(kind => s_kinds.Contains(kind.Name) && kind.Obstacle(form, Severity) is null)
            .Select(static kind => kind.Name)];
        if (kinds.Length < s_kinds.Length) return null;
        using var classifier = ImageClassifier.Of(network, normalization, threads);
        try
        {
            return (float)RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "test", Test = test }, new RobustnessOptions
            {
                Sections = ["corruptions"],
                Kinds = kinds,
                Severities = [Severity],
                MostImages = MostImages,
                Threads = threads,
            }).Corruptions!.Accuracy;
        }
        catch (RunException)
        {
            return null;
        }
    }
}
