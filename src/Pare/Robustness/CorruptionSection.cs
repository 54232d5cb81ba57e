using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Robustness.Corruptions;

namespace Pare.Robustness;

/// <summary>Test images with noise, blur, other light, other geometry: Hendrycks and Dietterich 2019, arXiv 1903.12261.</summary>
internal sealed class CorruptionSection : RobustnessSection
{
    public override string Name => "corruptions";

    public override string? Obstacle(RobustnessInputs inputs) => inputs.Classifier.Input.Channels is 1 or 3 ? null
        : $"images of {inputs.Classifier.Input.Channels} channels are no pictures.";

    public override long Passes(RobustnessInputs inputs) => (long)inputs.Count * Kinds(inputs).Sum(kind => Severities(inputs, kind).Length);

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        Corruption[] kinds = Kinds(inputs);
        Check(inputs, kinds);
        double[] scores = new double[inputs.Count];
        CorruptionAccuracy[] accuracies = [.. kinds.Select(kind => Measure(inputs, kind, scores, kinds.Length))];
        double mean = accuracies.Average(static kind => kind.Mean);
        return record with
        {
            Corruptions = new CorruptionsRecord(mean, record.Accuracy > 0 ? 1 - (mean / record.Accuracy) : null,
                [.. inputs.Options.Severities], accuracies)
            {
                HalfWidth = SeedSummary.Of(scores).HalfWidth,
                Pictures = inputs.Options.Pictures ? Draw(inputs, kinds) : null,
            },
        };
    }

    // Adds to each image's score the share of this kind, of so many, at which it is right.
    private static CorruptionAccuracy Measure(RobustnessInputs inputs, Corruption kind, double[] scores, int kinds)
    {
        int[] severities = Severities(inputs, kind);
        var accuracies = new List<double>();
        foreach (int severity in severities)
        {
            inputs.Doing = kind.Severities == 1 ? kind.Name : $"{kind.Name}, severity {severity}";
            Corrupter corrupt = kind.Prepare(inputs.Classifier.Input, severity);
            int[] classes = inputs.Classify(inputs.Count, (place, to) =>
            {
                SeededRandom random = Random(place);
                corrupt(ref random, inputs.Image(place), to);
            });
            accuracies.Add(inputs.AccuracyOf(classes));
            for (int place = 0; place < classes.Length; place++)
                if (classes[place] == inputs.Labels[place]) scores[place] += 1.0 / (severities.Length * kinds);
            for (int place = 0; kind.Moves is { } moves && place < classes.Length; place++)
                inputs.Know(moves(severity, Random(place)), place, classes[place]);

            SeededRandom Random(int place) => kind.Random(inputs.Options.Seed, severity, inputs.Indices[place]);
        }

        return new CorruptionAccuracy(kind.Name, kind.Family, accuracies.Average(), accuracies);
    }

    private static CorruptionPictures Draw(RobustnessInputs inputs, Corruption[] kinds)
    {
        Shape form = inputs.Classifier.Input;
        byte[] image = inputs.Image(0).ToArray(), corrupted = new byte[image.Length];
        var pictures = new List<byte[][]>();
        foreach (Corruption kind in kinds)
        {
            pictures.Add([.. Severities(inputs, kind).Select(severity =>
            {
                SeededRandom random = kind.Random(inputs.Options.Seed, severity, inputs.Indices[0]);
                kind.Prepare(form, severity)(ref random, image, corrupted);
                return Png.Encode(corrupted, form.Channels, form.Width);
            })]);
        }

        return new CorruptionPictures(inputs.Indices[0], inputs.Labels[0], Png.Encode(image, form.Channels, form.Width), pictures);
    }

    private static Corruption[] Kinds(RobustnessInputs inputs)
    {
        IReadOnlyList<Corruption> all = Catalog.For(inputs.Classifier.Input);
        if (inputs.Options.Kinds is not { } names) return [.. all];
        if (names.FirstOrDefault(name => all.All(kind => kind.Name != name)) is { } stranger)
            throw new RecipeException($"There is no corruption '{stranger}' of images of {inputs.Classifier.Input}.", "the corruptions",
                $"There are {string.Join(", ", all.Select(static kind => kind.Name))}.")
            { Setting = nameof(RobustnessOptions.Kinds) };
        return [.. all.Where(kind => names.Contains(kind.Name))];
    }

    private static int[] Severities(RobustnessInputs inputs, Corruption kind) =>
        kind.Severities == 1 ? [1] : [.. inputs.Options.Severities];

    private static void Check(RobustnessInputs inputs, Corruption[] kinds)
    {
        Shape form = inputs.Classifier.Input;
        string? Obstacle(Corruption kind) =>
            Severities(inputs, kind).Select(severity => kind.Obstacle(form, severity)).FirstOrDefault(static one => one is not null);
        if (kinds.Select(Obstacle).FirstOrDefault(static one => one is not null) is not { } obstacle) return;
        string[] fit = [.. kinds.Where(kind => Obstacle(kind) is null).Select(static kind => kind.Name)];
        throw new DataException(obstacle, inputs.Data.Name,
            fit.Length == 0 ? "Leave out the corruptions." : $"Measure only what such images allow: {string.Join(",", fit)}.")
        {
            Setting = nameof(RobustnessOptions.Kinds),
        };
    }
}
