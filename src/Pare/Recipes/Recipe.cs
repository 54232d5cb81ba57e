using Pare.Graphs;
using Pare.Training;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>Everything that a run needs, read from one YAML file: data set, model, training, target.</summary>
public sealed class Recipe
{
    private readonly Setting _resolved;

    private Recipe(SettingsReader reader)
    {
        Name = reader.Text("name", Path.GetFileNameWithoutExtension(reader.File))!;
        Description = reader.Text("description", string.Empty)!;
        (DatasetName, DatasetPath) = reader.Section("dataset", static dataset => (dataset.RequiredText("name", "mnist", "Name a data set: mnist, cifar10, glyphs or folder."), dataset.Text("path", null)));
        Graph = reader.Section("model", ReadModel);
        TrainingOptions training = reader.Section("training", TrainingSection.Read);
        Training = training with { Techniques = reader.Section("techniques", section => TechniqueCatalog.Read(section, training.FactsOf(Graph))) };
        Training.Validate(Graph);
        TargetTestAccuracy = (float?)reader.Section("target", static target => target.OptionalNumber("test_accuracy", null, 0, 1));
        reader.RefuseUnknown();
        _resolved = Setting.OfEntries(reader.Resolved);
    }

    /// <summary>The recipe's name.</summary>
    public string Name { get; }

    /// <summary>What it is for, in one line.</summary>
    public string Description { get; }

    /// <summary>The data set: <c>mnist</c>, <c>cifar10</c>, <c>glyphs</c> or <c>folder</c>.</summary>
    public string DatasetName { get; }

    /// <summary>Where the data lies, if the recipe says so.</summary>
    public string? DatasetPath { get; }

    /// <summary>The network's structure.</summary>
    public Graph Graph { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions Training { get; }

    /// <summary>The test accuracy that the recipe claims, 0 to 1; null for none.</summary>
    public float? TargetTestAccuracy { get; }

    /// <summary>The key of the highest learning rate, such as <c>training.schedule.one_cycle.peak_rate</c>.</summary>
    public string PeakRateKey
    {
        get
        {
            (string schedule, Setting settings) = _resolved["training"]["schedule"].Entries![0];
            return $"training.schedule.{schedule}.{(settings.Entries!.Exists(static entry => entry.Key == "peak_rate") ? "peak_rate" : "rate")}";
        }
    }

    /// <summary>Reads a recipe.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key, such as <c>training.epochs=5</c>.</param>
    /// <exception cref="RecipeException">The recipe is wrong; the error names line and key.</exception>
    public static Recipe Parse(string text, string file, IEnumerable<string>? overrides = null)
    {
        string[] pairs = [.. overrides ?? []];
        try
        {
            return Parse(text, file, pairs.AsSpan());
        }
        catch (RecipeException error) when (FirstWrong(text, file, pairs) is { } pair)
        {
            throw new RecipeException(error.Message, $"--set {pair}, over {file}", error.Remedy, error);
        }
    }

    /// <summary>What a recipe may hold: the calls that read one, made with nothing to read.</summary>
    internal static SettingsSchema Describe(SchemaSummaries summaries) => SettingsReader.Describe(summaries, string.Empty, static reader => _ = new Recipe(reader));

    /// <summary>The resolved recipe with every default, as YAML that reads back as the same recipe.</summary>
    public string ToYaml() => RecipeWriter.Write(_resolved);

    private static Graph ReadModel(SettingsReader model)
    {
        string input = model.RequiredText("input", "1x28x28", "Write the shape of one image, such as input: 1x28x28.");
        int[] sides = [.. input.Split('x').Select(static side => int.TryParse(side, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int value) ? value : 0)];
        if (sides.Length != 3 || sides.Any(static side => side <= 0))
            throw model.Error($"'input' is {input}; it must be channels x height x width.", model.Line, "model.input", "Write it like 1x28x28.");
        var shape = new Shape(sides[0], sides[1], sides[2]);

        // The schema has both ways to say what the network is.
        Graph graph = model.Describes || model.Has("name") ? NamedModels.Read(model, shape) : ReadLayers(model, shape);
        if (model.Describes) ReadLayers(model, shape);
        return SurgerySection.Apply(graph, model);
    }

    private static Graph ReadLayers(SettingsReader model, Shape input)
    {
        GraphBuilder net = GraphBuilder.Input(input.Channels, input.Height, input.Width);
        LayerCatalog.Add(net, model, "layers", required: !model.Describes);
        return net.Build();
    }

    private static Recipe Parse(string text, string file, ReadOnlySpan<string> overrides)
    {
        YamlNode root = RecipeYaml.Load(text, file);
        foreach (string pair in overrides) Override(root, pair, file);
        return new Recipe(new SettingsReader(file, string.Empty, root, 1));
    }

    // The first override with which the file no longer reads; null when the file is wrong without any.
    private static string? FirstWrong(string text, string file, string[] overrides)
    {
        for (int count = 0; count <= overrides.Length; count++)
        {
            try
            {
                Parse(text, file, overrides.AsSpan(0, count));
            }
            catch (RecipeException)
            {
                return count == 0 ? null : overrides[count - 1];
            }
        }

        return null;
    }

    // Nothing, or the name alone that is short for 'name: {}'.
    private static bool StandsFor(YamlScalarNode scalar, string key) => string.IsNullOrEmpty(scalar.Value) || scalar.Value == key;

    private static void Override(YamlNode root, string pair, string file)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new RecipeException($"'{pair}' is not key=value.", "--set", "Write it like --set training.epochs=5.");
        string[] keys = pair[..equals].Split('.');
        YamlNode node = root;
        for (int i = 0; i < keys.Length; i++)
        {
            bool last = i == keys.Length - 1;
            if (node is YamlSequenceNode list && int.TryParse(keys[i], out int index) && index >= 0 && index < list.Children.Count)
            {
                if (last) list.Children[index] = RecipeYaml.Load(pair[(equals + 1)..], "--set");
                else node = list.Children[index];
            }
            else if (node is YamlMappingNode mapping)
            {
                var key = new YamlScalarNode(keys[i]);
                if (last) mapping.Children[key] = RecipeYaml.Load(pair[(equals + 1)..], "--set");
                else if (mapping.Children.TryGetValue(key, out YamlNode? next) && !(next is YamlScalarNode scalar && StandsFor(scalar, keys[i + 1]))) node = next;
                else mapping.Children[key] = node = new YamlMappingNode();
            }
            else
            {
                throw new RecipeException($"There is nothing at '{string.Join('.', keys[..(i + 1)])}' to set.", $"--set {pair}, {file}", "Use a dotted key of the recipe, such as training.epochs.");
            }
        }
    }
}
