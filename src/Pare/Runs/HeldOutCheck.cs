using System.Globalization;
using Pare.Data;
using Pare.Export;
using Pare.Recipes;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Runs;

/// <summary>
/// Holds the models that a run takes answers or first weights from against the images that it holds out: what such a model was trained on
/// can neither test the run nor choose for it.
/// </summary>
internal static class HeldOutCheck
{
    private const string Overrides = "overrides";

    /// <summary>
    /// Refuses a teacher or first weights that know images which the run is tested on or chosen by, or of which nobody can tell. Those
    /// that they themselves were made from count as well, where they are still there; each was held against its own run's images.
    /// </summary>
    /// <param name="options">The run's training.</param>
    /// <param name="data">The run's images.</param>
    /// <param name="initialWeights">The file or folder of the model that it begins with; null for drawn weights.</param>
    /// <param name="planned">The run of the same build that its teacher is to come from; null where the teacher lies in a file.</param>
    /// <exception cref="RecipeException">A model knows them, or the teacher is not there or knows other classes.</exception>
    public static void Check(TrainingOptions options, Dataset data, string? initialWeights = null, PlannedTeacher? planned = null)
    {
        Distillation? distillation = options.Distillation;
        var models = new Queue<Origin>();
        if (distillation is not null && planned is not null) models.Enqueue(Of(planned));
        else if (distillation?.Teacher is { } teacher)
        {
            Distillation.Places(teacher.Classes, data.Train.Classes);
            if (teacher.Location is { } location)
                models.Enqueue(new Origin(location, "the teacher", $"techniques.distillation.teacher, {location}"));
        }

        if (initialWeights is not null && BuildFolder.ModelFileOf(initialWeights) is var file && File.Exists(file))
            models.Enqueue(new Origin(file, "the model that this run begins with", file));
        if (models.Count == 0) return;
        IndexSplit split = options.Split(data);
        var own = RunSplit.Of(data, split, options.ValidationFraction);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (models.TryDequeue(out Origin? model))
        {
            if (!seen.Add(Path.GetFullPath(model.File))) continue;
            RunSplit? earlier = model.Planned is { Training: var training }
                ? RunSplit.Of(data, training.Split(data), training.ValidationFraction) : RunSplit.Read(FolderOf(model));
            Check(model, earlier, new HeldOut("tested on", "test", own.Test, own.TestImages, data.IsTestDrawn, own.TestFraction,
                earlier?.TestFraction, data.Test, [.. Enumerable.Range(0, data.Test.Count)]), own, data);
            Check(model, earlier, new HeldOut("chosen by", "valid", own.Validation, own.ValidationImages, data.Validation.Count == 0,
                own.ValidationFraction, earlier?.ValidationFraction, data.Train, split.Validation), own, data);
            if (earlier is null) continue;
            foreach (Origin before in Before(model)) models.Enqueue(before);
        }
    }

    private static void Check(Origin model, RunSplit? earlier, HeldOut images, RunSplit own, Dataset data)
    {
        if (images.Count == 0) return;
        string which = Invariant($"{images.Count:N0} images that this run is to be {images.Use}");
        if (earlier is null)
        {
            bool isOther = ModelFile.ReadClassNames(model.File)?.Intersect(own.Classes, StringComparer.Ordinal).Any() == false;
            if (images.IsDrawn && !isOther)
                throw Refused($"Nothing beside {model.Name} says which images it was trained on: it may know some of the {which}.", model,
                    $"Name a model in the folder of its run, or bring these images in a part of their own ({images.Part}/<class>/)" +
                    $"{(images.Part == "valid" ? ", or hold none out: training.validation=0" : "")}.",
                    images.Part == "valid" ? Overrides : null);
            return;
        }

        bool isSameRule = (earlier.Seed, earlier.Group, earlier.IsTestDrawn) == (own.Seed, own.Group, own.IsTestDrawn)
            && images.EarlierFraction >= images.Fraction;
        if (earlier.DataFingerprint == own.DataFingerprint)
        {
            // Without paths a test part is the data set's own, and the rule says which images are held out of the rest.
            if (images.List is null ? images.IsDrawn && !isSameRule : Known(images.List, earlier) > 0)
                throw Divided($"{(model.Planned is null ? "was" : "is")} trained on "
                    + $"{(images.List is null ? "some" : Number(Known(images.List, earlier)))} of the {which}.");
        }
        else if (images.IsDrawn && !isSameRule ? earlier.MayShareImages(data)
            : (!own.IsTestDrawn || earlier.TestFraction <= own.TestFraction) && earlier.IsDividedOtherwise(data))
        {
            // Image by image the same rule gives the same side to the same name, whatever else the data set has gained or lost.
            throw Divided($"was trained on other images, divided in another way: it may know some of the {which}.");
        }
        else if (earlier.CountTrained(images.Set, images.Indices.Where(IsUnknown(images, own))) is int trained
            && RunSplit.IsPart(trained, images.Count))
        {
            throw Refused($"{Name(model)} was trained on {Number(trained)} of the {which}, as their pixels tell.", model,
                "Bring images that it was not trained on.");
        }

        RecipeException Divided(string what) => Refused($"{Name(model)} {what}", model,
            !images.IsDrawn ? "Bring images that it was not trained on."
            : model.Planned is not null ? "Hold the same images out in all phases: write training.validation at the top of the recipe."
            : isSameRule ? "Images are divided by their paths, which have changed since. Train that model again on these, or bring those " +
                $"held out in a part of their own ({images.Part}/<class>/)."
            : "Train that model again as this run divides them, or divide them as that run did: " +
                Invariant($"dataset.split.seed={earlier.Seed}, dataset.split.test={earlier.TestFraction}, ") +
                Invariant($"training.validation={earlier.ValidationFraction}."),
            images.IsDrawn && model.Planned is null && !isSameRule ? Overrides : null);
    }

    // What has the pixels of one of the run's own training images as well tells nothing that the run does not know.
    private static Func<int, bool> IsUnknown(HeldOut images, RunSplit own)
    {
        Func<int, bool> isTrained = own.IsTrained(images.Set);
        return index => !isTrained(index);
    }

    private static string Name(Origin model) => $"{char.ToUpperInvariant(model.Name[0])}{model.Name[1..]}";

    // Of a list those that were trained on: they are neither among the test images nor among the validation images.
    private static int Known(IReadOnlyDictionary<string, string> images, RunSplit earlier) =>
        images.Keys.Count(name => earlier.Test?.ContainsKey(name) != true && earlier.Validation?.ContainsKey(name) != true);

    // What a run's model was itself made from.
    private static IEnumerable<Origin> Before(Origin model)
    {
        if (model.Planned is { } planned)
        {
            if (planned.Teacher is { } first) yield return Of(first);
            else if (planned.Training.Distillation?.Teacher?.Location is { } file)
                yield return new Origin(file, $"the teacher of phase '{planned.Phase}'", model.Where);
            yield break;
        }

        string folder = FolderOf(model);
        if (RunEnvironment.Read(Path.Combine(folder, RunFolder.EnvironmentFile))?.InitialWeights is { } weights
            && InitialWeights.PathIn(weights) is var start && File.Exists(start))
            yield return new Origin(start, $"the model that {folder} began with", model.Where);
        if (TeacherOf(folder) is { } teacher) yield return new Origin(teacher, $"the teacher of {folder}", model.Where);
    }

    private static string? TeacherOf(string folder)
    {
        try
        {
            return RecipeStore.Open(Path.Combine(folder, RunFolder.RecipeFile)).Training.Distillation?.Teacher?.Location;
        }
        catch (PareException)
        {
            // The teacher is gone, or nothing says whether there was one.
            return null;
        }
    }

    private static Origin Of(PlannedTeacher planned) =>
        new(planned.File, $"the teacher, phase '{planned.Phase}',", $"techniques.distillation.teacher, phase {planned.Phase}")
        {
            Planned = planned,
        };

    private static string FolderOf(Origin model) => Path.GetDirectoryName(Path.GetFullPath(model.File))!;

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static RecipeException Refused(string what, Origin model, string remedy, string? setting = null) =>
        new(what, model.Where, remedy) { Setting = setting };

    /// <summary>A model that something of the run comes from.</summary>
    private sealed record Origin(string File, string Name, string Where)
    {
        /// <summary>What will train it; null for one that is there.</summary>
        public PlannedTeacher? Planned { get; init; }
    }

    /// <summary>
    /// Images that a run holds out, the folder of such images, and the share of a class that it and the earlier run hold out by their rule.
    /// </summary>
    private sealed record HeldOut(string Use, string Part, IReadOnlyDictionary<string, string>? List, int Count, bool IsDrawn,
        float Fraction, float? EarlierFraction, ImageSet Set, IReadOnlyList<int> Indices);
}
