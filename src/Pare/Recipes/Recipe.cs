using System.Globalization;
using Pare.Data;
using Pare.Graphs;
using Pare.Quantization;
using Pare.Training;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>Everything that a run needs, read from one YAML file: data set, model, training, target.</summary>
public sealed class Recipe
{
    private Setting _resolved;

    internal Recipe(SettingsReader reader, Phase? phase = null)
    {
        Phase = phase;
        Name = reader.About("The recipe's name; its file's unless it is given.")
            .Text("name", Path.GetFileNameWithoutExtension(reader.File))!;
        Description = reader.About("What it is for, in one line.").Text("description", string.Empty)!;
        (DatasetName, DatasetPath, Split) = reader.About("The images.").Section("dataset", ReadDataset);
        Graph graph = reader.About("The network.").Section("model", ReadModel);
        Quantization = reader.Optional("quantization", static section => RecordSettings.Read(section, new QuantizationOptions()),
            options => graph = options.Apply(graph));
        Graph = graph;
        TrainingOptions training = reader.About("How the network is trained.").Section("training", TrainingSection.Read);
        Training =
            training with
            {
                Techniques = reader.About("The techniques that are on, by name.")
            .Section("techniques", section => TechniqueCatalog.Read(section, training.FactsOf(Graph)))
            };
        Training.Validate(Graph);
        (TargetTestAccuracy, TargetParameters) = reader.About("What the recipe claims.").Section("target", static target => (
            (float?)target.About("The test accuracy that is reached, 0 to 1.").OptionalNumber("test_accuracy", null, 0, 1),
            target.About("The most parameters that are needed.").OptionalInt("parameters", null, 1)));
        reader.RefuseUnknown(PhaseSection.Keys);
        _resolved = Setting.OfEntries(reader.Resolved);
    }

    /// <summary>The recipe's name.</summary>
    public string Name { get; }

    /// <summary>What it is for, in one line.</summary>
    public string Description { get; }

    /// <summary>The data set: <c>mnist</c>, <c>cifar10</c>, <c>glyphs</c> or <c>folder</c>.</summary>
    public string DatasetName { get; }

    /// <summary>Where the data lies, if the recipe says so: a whole path, which the recipe's text begins at the recipe's folder.</summary>
    public string? DatasetPath { get; }

    /// <summary>How the images are divided.</summary>
    public SplitOptions Split { get; }

    /// <summary>The network's structure, with the layers that round where it is trained for integers.</summary>
    public Graph Graph { get; }

    /// <summary>How it is trained for 8-bit integers; null where it is not.</summary>
    public QuantizationOptions? Quantization { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions Training { get; private set; }

    /// <summary>The test accuracy that the recipe claims, 0 to 1; null for none.</summary>
    public float? TargetTestAccuracy { get; }

    /// <summary>The most parameters that it claims to need; null for no claim.</summary>
    public int? TargetParameters { get; }

    /// <summary>What it claims, each in a few words; empty where it claims nothing.</summary>
    public IReadOnlyList<string> Claims =>
    [
        .. TargetTestAccuracy is float accuracy
            ? [$"{Rounding.Percent(accuracy)} % test accuracy"] : Array.Empty<string>(),
        .. TargetParameters is int most
            ? [Invariant($"at most {most:N0} parameters")] : Array.Empty<string>(),
    ];

    /// <summary>The phase that this is, of a recipe with phases; otherwise null.</summary>
    public Phase? Phase { get; }

    /// <summary>The key of the highest learning rate, such as <c>training.schedule.one_cycle.peak_rate</c>.</summary>
    public string PeakRateKey => $"training.schedule.{PeakRateSetting.Schedule}.{PeakRateSetting.Key}";

    /// <summary>The highest learning rate of the schedule, whatever the length of the run.</summary>
    internal double PeakRate => double.Parse(PeakRateSetting.Value.Scalar!, CultureInfo.InvariantCulture);

    private (string Schedule, string Key, Setting Value) PeakRateSetting
    {
        get
        {
            (string schedule, Setting settings) = _resolved["training"]["schedule"].Entries![0];
            string key = settings.Entries!.Exists(static entry => entry.Key == "peak_rate") ? "peak_rate" : "rate";
            return (schedule, key, settings[key]);
        }
    }

    /// <summary>Reads a recipe.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key, such as <c>training.epochs=5</c>.</param>
    /// <param name="phase">Of a recipe with phases the one to read; null for the one that its <c>train</c> names, or else the last.</param>
    /// <exception cref="RecipeException">The recipe is wrong; the error names line and key.</exception>
    public static Recipe Parse(string text, string file, IEnumerable<string>? overrides = null, string? phase = null) =>
        Parse(text, file, overrides ?? [], phase, static (recipe, taken, rest) => recipe.Resolve(taken ?? recipe.Single, overrides: rest));

    /// <summary>Reads a recipe, of one with phases what <paramref name="resolve"/> makes of it.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <param name="phase">The phase that is asked for; null for none.</param>
    /// <param name="resolve">Takes the recipe, the phase, and the overrides that are to be laid over it.</param>
    /// <exception cref="RecipeException">The recipe is wrong; the error names line and key.</exception>
    internal static Recipe Parse(string text, string file, IEnumerable<string> overrides, string? phase,
        Func<PhasedRecipe, Phase?, IReadOnlyList<string>, Recipe> resolve)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(file);
        return Overrides.Read([.. overrides], file, pairs => Read(text, file, pairs, phase, resolve));
    }

    /// <summary>What a recipe may hold: the calls that read one, made with nothing to read.</summary>
    internal static SettingsSchema Describe(SchemaSummaries summaries) =>
        SettingsReader.Describe(summaries, string.Empty, static reader => _ = new Recipe(reader));

    /// <summary>What a trained network misses of the recipe's target, each a sentence; empty where it misses nothing.</summary>
    /// <param name="testAccuracy">Of the network on the test set, 0 to 1; null when it is not to be held to it.</param>
    /// <param name="parameters">Of the network.</param>
    public IReadOnlyList<string> Missed(double? testAccuracy, long parameters)
    {
        var missed = new List<string>();
        if (parameters > TargetParameters)
            missed.Add(Invariant($"{parameters:N0} parameters, and the target is at most {TargetParameters:N0}."));
        if (testAccuracy is double reached && TargetTestAccuracy is float target && Rounding.IsBelow(reached, target))
        {
            string text = Rounding.PercentBeside((float)reached, target);
            missed.Add($"{text} % test accuracy, and the target is {Rounding.Percent(target)} %.");
        }

        return missed;
    }

    /// <summary>Every setting, read or default.</summary>
    internal Setting Resolved => _resolved;

    /// <summary>The resolved recipe with every default, as YAML that reads back as the same recipe.</summary>
    public string ToYaml() => RecipeWriter.Write(_resolved);

    /// <summary>The recipe with a number of epochs in place of its minutes.</summary>
    internal Recipe WithEpochs(int epochs)
    {
        var fitted = (Recipe)MemberwiseClone();
        fitted.Training = Training with { Epochs = epochs, Minutes = null };
        Setting training = Setting.OfEntries([.. _resolved["training"].Entries!.Select(entry => KeyValuePair.Create(entry.Key,
            entry.Key switch
            {
                "epochs" => Setting.OfText(epochs.ToString(CultureInfo.InvariantCulture)),
                "minutes" => Setting.OfText(string.Empty),
                _ => entry.Value,
            }))]);
        fitted._resolved = Setting.OfEntries(
            [.. _resolved.Entries!.Select(entry => entry.Key == "training" ? KeyValuePair.Create(entry.Key, training) : entry)]);
        return fitted;
    }

    private static (string Name, string? Path, SplitOptions Split) ReadDataset(SettingsReader dataset)
    {
        string name = dataset.About("mnist, cifar10, glyphs, or folder for images in folders or an archive, a folder a class.")
            .RequiredText("name", "mnist", "Name a data set: mnist, cifar10, glyphs or folder.");
        string? path = dataset.About("Where the data lies: a folder or an archive, from the recipe's folder, or else from the current one.")
            .Text("path", null);
        SplitOptions split = dataset.About("How the images are divided.")
            .Section("split", static split => RecordSettings.Read(split, new SplitOptions()), static split => split.Validate());
        return (name, path, split);
    }

    private static Graph ReadModel(SettingsReader model)
    {
        string input = model.About("The shape of one image, channels x height x width, such as 1x28x28.")
            .RequiredText("input", "1x28x28", "Write the shape of one image, such as input: 1x28x28.");
        int[] sides =
            [.. input.Split('x')
            .Select(static side =>
            int.TryParse(side, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int value)
                ? value : 0)];
        if (sides.Length != 3 || sides.Any(static side => side <= 0))
            throw model.Error($"'input' is {input}; it must be channels x height x width.", model.LineOf("input"), "model.input",
                "Write it like 1x28x28.");
        var shape = new Shape(sides[0], sides[1], sides[2]);
        try
        {
            shape.Check();
        }
        catch (ArgumentException error)
        {
            throw model.Error($"'input' is too large: {error.Message}", model.LineOf("input"), "model.input", "Use smaller images.", error);
        }

        // The schema has both ways to say what the network is.
        Graph graph = model.Describes || model.Has("name") ? NamedModels.Read(model, shape) : ReadLayers(model, shape);
        if (model.Describes) ReadLayers(model, shape);
        return SurgerySection.Apply(graph, model);
    }

    private static Graph ReadLayers(SettingsReader model, Shape input)
    {
        GraphBuilder net = GraphBuilder.Input(input.Channels, input.Height, input.Width);
        LayerCatalog.Add(net, model.About("The network, layer by layer."), "layers", required: !model.Describes);
        try
        {
            return net.Build();
        }
        catch (RecipeException error)
        {
            throw model.Error(error.Message, model.LineOf("layers"), $"model.layers ({error.Where})", error.Remedy, error);
        }
    }

    private static Recipe Read(string text, string file, string[] overrides, string? phase,
        Func<PhasedRecipe, Phase?, IReadOnlyList<string>, Recipe> resolve)
    {
        bool OfBuild(string pair) => PhaseSection.Keys.Contains(pair.Split('.', '=')[0]);
        if (PhasedRecipe.Read(text, file, [.. overrides.Where(OfBuild)]) is { } phased)
            return resolve(phased, phase is null ? null : phased.Find(phase), [.. overrides.Where(pair => !OfBuild(pair))]);
        if (phase is not null)
            throw new RecipeException($"The recipe has no phase '{phase}': it has no phases.", file,
                "Name no phase.")
            { Setting = "phase" };
        YamlNode root = RecipeYaml.Load(text, file);
        Overrides.Apply(root, overrides, file);
        RecipePaths.Complete(root, file);
        PhaseSection.Take(root, file);
        return new Recipe(new SettingsReader(file, string.Empty, root, 1));
    }
}
