using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Inference;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;

namespace Pare.Cli;

/// <summary>Reads the images that a recipe asks for.</summary>
internal static class RecipeInputs
{
    /// <summary>Reads the recipe that was named: of a build's folder as the build stands.</summary>
    /// <param name="given">What the user named.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <param name="phase">
    /// The phase to read; null for the recipe's own choice, or for the one that a build ended in where that was undone.
    /// </param>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    /// <exception cref="RunException">A later version of Pare wrote the build's record.</exception>
    public static Recipe Open(string given, IReadOnlyList<string> overrides, string? phase = null) =>
        Directory.Exists(given) ? BuildRecipe.Open(given, overrides, phase) : RecipeStore.Open(given, overrides, phase);

    /// <summary>The data set in the shape of the recipe's input; where it lies is told before it is read, which may take a while.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="path">Where the user says that it lies, before any other word.</param>
    /// <param name="named">What the user named: a run knows where its images lay.</param>
    /// <param name="messages">Told what is read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="forEvaluation">
    /// Whether a trained network is to be measured on them: then a part of the classes, or test images alone, will do.
    /// </param>
    /// <exception cref="RecipeException">The network is for other images, or another number of classes.</exception>
    public static Dataset Load(Recipe recipe, string? path, string named, Messages messages, CancellationToken cancellation,
        bool forEvaluation = false)
    {
        DataSource source = Find(recipe, path, named, messages, cancellation);
        Dataset data = Read(source, recipe.DatasetName, recipe.Graph.Input.Shape, recipe.Split, messages, forEvaluation, cancellation);
        if (!forEvaluation) Evaluator.CheckFit(recipe.Graph, data.Test, data.Source);
        return data;
    }

    /// <summary>
    /// The images that a model is measured on: what its recipe names, or, of a model without a recipe, what the user names.
    /// </summary>
    /// <param name="model">The model; a run beside its file keeps the list of its test images.</param>
    /// <param name="path">Where the user says that they lie.</param>
    /// <param name="all">Whether every image is to be measured, those that were trained on included.</param>
    /// <param name="messages">Told what is read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="DataException">There are no images, or none of the model's classes.</exception>
    public static (Dataset Data, MeasuredImages Measured) Load(Model model, string? path, bool all, Messages messages,
        CancellationToken cancellation)
    {
        string named = model.Location!;
        Recipe? recipe = RecipeOf(model);
        if (path is null && !NamesImages(model))
            throw new DataException(model.Origin.Data is null ? "The model does not say what it was trained on."
                : "The model does not say where the images lie that it was trained on.", named, "Name images of its classes: --data PATH.");
        Dataset data;
        if (recipe is not null)
        {
            data = Load(recipe, path, named, messages, cancellation, forEvaluation: true);
        }
        else
        {
            (string name, DataSource source) = path is null
                ? (model.Origin.Data!, DatasetLoader.Find(model.Origin.Data!, DataLocations.Of(given: null), cancellation))
                : ("images", DatasetLoader.Find("", new DataLocations { Given = path }, cancellation));
            data = Read(source, name, model.Input, new SplitOptions(), messages, forEvaluation: true, cancellation);
        }

        var measured = MeasuredImages.Of(data, SplitOf(model), ClassesOf(model), all);
        bool isOther = recipe is null && path is null && model.Origin.DataFingerprint is { } known && known != data.Fingerprint;
        return (data, isOther
            ? measured with { Notes = [.. measured.Notes, "These are not the images that the model was trained and tested on."] }
            : measured);
    }

    /// <summary>
    /// Whether a model's file says which images it was trained on so that they are found: by its recipe, or, as in an ONNX file, by the
    /// name of a data set that is the same everywhere.
    /// </summary>
    public static bool NamesImages(Model model) =>
        model.Origin.RecipeText is not null || (model.Origin.Data is { } data && (data == Glyphs.Name || Downloads.Names.Contains(data)));

    /// <summary>What a model was trained by; null where its file does not say.</summary>
    /// <param name="model">The model.</param>
    /// <param name="location">The file that it comes from, for one that was trained on in memory.</param>
    public static Recipe? RecipeOf(Model model, string? location = null) =>
        model.Origin.RecipeText is { } text ? Recipe.Parse(text, location ?? model.Location!) : null;

    /// <summary>What the run beside a model's file kept of its split; null for a model that comes without.</summary>
    /// <inheritdoc cref="RecipeOf"/>
    public static RunSplit? SplitOf(Model model, string? location = null) =>
        RunSplit.Read(Path.GetDirectoryName(Path.GetFullPath(location ?? model.Location!))!);

    /// <summary>A model's classes in the order of its outputs; null where nobody named them.</summary>
    public static IReadOnlyList<string>? ClassesOf(Model model) => model.Graph.NamesClasses ? model.Classes : null;

    private static Dataset Read(DataSource source, string name, Shape input, SplitOptions split, Messages messages, bool forEvaluation,
        CancellationToken cancellation)
    {
        messages.Exact("data", source.Path.Length > 0 ? $"{name}, {source.Path}" : $"{Glyphs.Name}, {Glyphs.Source}");
        if (source.Kind == DataKind.ImageFolder && input.Channels is not (1 or 3))
            throw new RecipeException($"Pictures have 1 or 3 channels, and the network takes {input.Channels}.", "model.input",
                "Say 1x or 3x, the height and the width.")
            { Setting = "model.input" };
        var view = new ReadingView(messages);
        try
        {
            return source.Load(
                new ImageFolderOptions
                {
                    Channels = input.Channels,
                    Height = input.Height,
                    Width = input.Width,
                    Split = split,
                    ForEvaluation = forEvaluation,
                    CacheFolder = DataLocations.Of(given: null).ImageCache,
                },
                view, cancellation);
        }
        finally
        {
            messages.EndLive();
        }
    }

    private static DataSource Find(Recipe recipe, string? path, string named, Messages messages, CancellationToken cancellation)
    {
        string? before = path is null ? TrainedOn(named) : null;
        if (before == Glyphs.Source) return DatasetLoader.Find(Glyphs.Name, new DataLocations(), cancellation);
        if (before is null || Path.Exists(before))
            return DatasetLoader.Find(recipe.DatasetName, DataLocations.Of(path ?? before ?? recipe.DatasetPath), cancellation);
        try
        {
            DataSource other = DatasetLoader.Find(recipe.DatasetName, DataLocations.Of(recipe.DatasetPath), cancellation);
            messages.Fact("note", $"the images were in {before}, which is no longer there");
            return other;
        }
        catch (DataException error)
        {
            throw new DataException($"The images of this run were in {before}, which is no longer there.", named,
                "Say where they are now: --data PATH.", error);
        }
    }

    // Null for what is no run, and for images that a program had in memory.
    private static string? TrainedOn(string named)
    {
        string? folder = Directory.Exists(named) ? named : File.Exists(named) ? Path.GetDirectoryName(Path.GetFullPath(named)) : null;
        string? source = folder is null ? null
            : RunPlan.TryRead(folder)?.DataSource ?? BuildRecord.TryRead(folder)?.Environment.DataSource
            ?? RunEnvironment.ReadDataSource(Path.Combine(folder, RunFolder.EnvironmentFile));
        return source == Glyphs.Source || Path.IsPathFullyQualified(source ?? "") ? source : null;
    }

    /// <summary>Says which recipe it is and what for.</summary>
    public static void Describe(Messages messages, string name, string description) =>
        messages.Fact("recipe", description.Length > 0 ? $"{name}: {description}" : name);

    /// <summary>Says how many images there are and of what form, and what is to be known before a training with them.</summary>
    /// <exception cref="PareException">The training cannot come to a figure.</exception>
    public static void Describe(Messages messages, Dataset data, Recipe recipe)
    {
        ImageSet images = data.Train;
        IndexSplit split = recipe.Training.Split(data);
        string validation = split.Validation.Length > 0 ? $", {Amounts.Count(split.Validation.Length)} for validation" : "";
        messages.Fact("images",
            $"{Amounts.Count(split.Train.Length)} for training{validation}, {Amounts.Count(data.Test.Count)} for testing, " +
            $"{new Shape(images.Channels, images.Height, images.Width)}, {Amounts.Count(images.Classes.Count)} classes");
        foreach (string note in data.Notes.Concat(TrainingCheck.Run(recipe.Graph, data, recipe.Training))) messages.Fact("note", note);
        Note(data.CountSeen(split), "test");
        Note(data.CountSeenValidation(split), "validation");

        void Note(int seen, string part)
        {
            if (seen > 0)
                messages.Fact("note",
                    $"{Amounts.Count(seen)} of the {part} images {(seen == 1 ? "has" : "have")} the very pixels of a training image: " +
                    "`pare data check` names them");
        }
    }

    /// <summary>Says which phase of a recipe with phases was taken: the recipe's own choice unless the user named one.</summary>
    public static void ShowPhase(Messages messages, Recipe recipe, string? named)
    {
        if (recipe.Phase is { } phase)
            messages.Fact("phase", Invariant($"{phase.Name}, number {phase.Number}")
                + (named is null ? "; --phase NAME takes another, `pare down` trains all" : ""));
    }
}
