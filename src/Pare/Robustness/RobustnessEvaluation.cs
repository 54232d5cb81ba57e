using Pare.Evaluation;
using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>Measures how a network stands what is not in its training set, section by section.</summary>
public static class RobustnessEvaluation
{
    // A section more is a line here, a class beside it, and a property of the record.
    private static readonly RobustnessSection[] s_sections = [new CorruptionSection(), new ShiftSection(), new CalibrationSection(),
        new ConfidenceSection(), new StrangerSection(), new FlatnessSection(), new AttackSection()];

    /// <summary>The names of the sections, in the order in which they are measured.</summary>
    public static IReadOnlyList<string> Sections => [.. s_sections.Select(static section => section.Name)];

    /// <summary>Measures a network.</summary>
    /// <param name="classifier">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">What is measured; null for everything on all test images.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="sectionDone">
    /// Told the record so far after each section: what one that is stopped, or fails, has measured. The last is what is returned.
    /// </param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <returns>The same bytes for any number of threads.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a section has another name.</exception>
    /// <exception cref="DataException">
    /// The images cannot tell anything: there is none, or all are of one class; or they are smaller than a corruption's kernel.
    /// </exception>
    /// <exception cref="RecipeException">
    /// The images are of another size, or of another number of classes, or a corruption has another name.
    /// </exception>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RobustnessRecord Measure(ImageClassifier classifier, RobustnessData data, RobustnessOptions? options = null,
        IProgress<RobustnessProgress>? progress = null, Action<RobustnessRecord>? sectionDone = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new RobustnessOptions();
        RobustnessSection[] chosen = Check(options);
        Evaluator.CheckFit(classifier.Input, new Shape(classifier.Classes, 1, 1), data.Test, "the test images");
        if (data.Test.Count == 0) throw new DataException("There are no test images.", data.Name, "Name a data set with test images.");
        var inputs = new RobustnessInputs(classifier, data, options, progress, cancellation) { Doing = "the images as they are" };
        if (!inputs.Labels.AsSpan().ContainsAnyExcept(inputs.Labels[0]))
            throw new DataException(
                $"{(inputs.Count == 1 ? "The one test image is" : $"All {inputs.Count} test images are")} of the class " +
                $"'{data.Test.Classes[inputs.Labels[0]]}': whoever says so always is never wrong, however they are corrupted.", data.Name,
                inputs.Count < data.Test.Count ? "Measure on more of them." : "Name a data set with test images of two classes or more.");
        var not = new List<NotMeasured>();
        chosen = [.. chosen.Where(section =>
        {
            if (section.Obstacle(inputs) is not { } obstacle) return true;
            not.Add(new NotMeasured(section.Name, obstacle));
            return false;
        })];
        foreach (RobustnessSection section in chosen) section.Check(inputs);
        inputs.Total = inputs.Count + chosen.Sum(section => section.Passes(inputs));
        var record = new RobustnessRecord
        {
            Network = classifier.Form,
            Data = data.Name,
            Images = inputs.Count,
            Accuracy = inputs.AccuracyOf(inputs.CleanClasses),
            Seed = options.Seed,
            NetworkFingerprint = classifier.Fingerprint,
            ImagesFingerprint = data.Test.FingerprintOf(inputs.Indices),
            NotMeasured = not,
        };
        foreach (RobustnessSection section in chosen)
        {
            inputs.Doing = section.Name;
            record = section.Measure(inputs, record);
            sectionDone?.Invoke(record);
        }

        return record;
    }

    private static RobustnessSection[] Check(RobustnessOptions options)
    {
        if (options.MostImages is int most) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most, nameof(options));
        if (options.Threads is int threads) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, nameof(options));
        if (options.Severities.Count == 0 || options.Severities.Any(static severity => severity is < 1 or > ImageCorruption.MostSeverity))
            throw new ArgumentException("Severities are from 1 to 5, and at least one is needed.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.AttackedImages, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Restarts, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.FlatnessImages, nameof(options));
        if (options.Epsilons is { } epsilons && (epsilons.Count == 0 || epsilons.Any(static epsilon => epsilon is < 0 or > 255)))
            throw new ArgumentException("Epsilons are from 0 to 255, in steps of a byte, and at least one is needed.", nameof(options));
        if (options.Sections is not { } names) return s_sections;
        if (names.FirstOrDefault(static name => !Sections.Contains(name)) is { } stranger)
            throw new ArgumentException($"There is no section '{stranger}': there are {string.Join(", ", Sections)}.", nameof(options));
        return [.. s_sections.Where(section => names.Contains(section.Name))];
    }
}
