using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>The list under <c>phases:</c>, and how a phase's settings are laid over those of the phases before it.</summary>
internal static class PhaseSection
{
    /// <summary>The keys that say something about a build and nothing about one network's training.</summary>
    public static readonly string[] Keys = ["phases", "tolerance", "train"];

    /// <summary>The accuracy that all parameters together are worth, unless a recipe says otherwise.</summary>
    public const double DefaultTolerance = 0.005;

    /// <summary>What the schema says of the keys.</summary>
    public const string PhasesAbout = "Changes of the recipe, each laid over all before it: `pare down` trains them one after another.",
        ToleranceAbout = "The accuracy, 0 to 1, that one may lose for all parameters; for a share of them the same share.",
        TrainAbout = "The phase that `pare train` and `pare inspect` take; the last unless it is named here.";

    private const int MostPhases = 99, LongestName = 100;

    /// <summary>What a teacher's name begins with that is an earlier phase.</summary>
    public const string TeacherPrefix = "phase:";

    // What stands for the whole build and no phase can change.
    private static readonly string[] Fixed = ["name", "description", "dataset", .. Keys];

    // Keys that hold one name with its settings: another name is another choice, not more settings.
    private static readonly string[] Choices = ["training.optimizer", "training.schedule"];

    /// <summary>Takes the phases out of a recipe, which is left with its top part.</summary>
    /// <returns>
    /// The phases, none when the recipe has none; the accuracy that all parameters together are worth; and the phase that is
    /// meant where one alone is asked for.
    /// </returns>
    /// <exception cref="RecipeException">The list is wrong; the error names line and key.</exception>
    public static (List<Phase> Phases, double Tolerance, Phase? Single) Take(YamlNode root, string file)
    {
        var phases = new List<Phase>();
        if (root is not YamlMappingNode top) return (phases, DefaultTolerance, null);
        var reader = new SettingsReader(file, string.Empty, root, 1);
        double tolerance = reader.About(ToleranceAbout).Number(Keys[1], DefaultTolerance, 0, 1);
        bool listed = reader.List(Keys[0], required: false, "phase", (name, settings, path, line) =>
        {
            var phase = new SettingsReader(file, path, settings, line);
            if (name.Length == 0 || !name.EnumerateRunes().All(FilePath.IsPlain))
                throw phase.Error($"'{name}' cannot be a phase's name, which is a folder's name, too.", line, path,
                    "Use letters, digits, - and _.");
            if (Encoding.UTF8.GetByteCount(name) is var bytes && bytes > LongestName)
                throw phase.Error($"A phase's name, which is a folder's name, too, has {bytes} bytes in UTF-8.", line, path,
                    $"Use at most {LongestName}; what the phase is for can go into its target.");
            if (phases.Any(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)))
                throw phase.Error($"Two phases are called '{name}'.", line, path, "Give each phase a name of its own.");
            if (phases.Count == MostPhases)
                throw phase.Error($"There are more than {MostPhases} phases.", line, path, "Use fewer phases, or several recipes.");
            if (RecipeYaml.Child(settings, "target") is YamlMappingNode target)
                throw phase.Error(
                    "A phase's 'target' is what one should see, in one line; what its network is held to is one of its settings.",
                    target.Start.Line, $"{path}.target", "Write it below set, as set: { target: { test_accuracy: 0.99 } }.");
            phases.Add(
                new Phase(phases.Count + 1, name, phase.Text("target", string.Empty)!.ReplaceLineEndings(" ").Trim(), ReadSet(phase)));
            phase.RefuseUnknown();
            return Setting.OfEntries(phase.Resolved);
        });
        if (listed && phases.Count == 0)
            throw reader.Error("'phases' has no phase.", reader.Line, Keys[0], "List at least one phase, or leave out the key.");
        Phase? single = listed ? reader.Choice(Keys[2], phases[^1].Name, phases.ToDictionary(static phase => phase.Name)) : null;

        // Without phases `train` says nothing, and more likely is a mistyped `training`: it stays and is refused.
        foreach (string key in Keys.Where(key => listed || key != Keys[2])) top.Children.Remove(new YamlScalarNode(key));
        return (phases, tolerance, single);
    }

    /// <summary>What the schema says of a phase: a name alone, or with what it is to show and the settings that it changes.</summary>
    public static JsonObject Describe() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject
            {
                ["type"] = "object",
                ["minProperties"] = 1,
                ["maxProperties"] = 1,
                ["additionalProperties"] = new JsonObject
                {
                    ["type"] = new JsonArray("object", "null"),
                    ["properties"] = new JsonObject
                    {
                        ["target"] =
                            new JsonObject
                            {
                                ["type"] = "string",
                                ["description"] = "What the phase is for and what one should see, in one line."
                            },
                        ["set"] =
                        new JsonObject
                        {
                            ["type"] = new JsonArray("object", "null"),
                            ["description"] = "The keys that it sets: mappings merge, all else replaces."
                        },
                    },
                    ["additionalProperties"] = false,
                },
            }),
    };

    /// <summary>
    /// Lays settings over others: mappings merge, all else replaces; surgery is appended, and new layers or another model clear it.
    /// </summary>
    /// <param name="over">
    /// The upper settings. The result is put here, so that errors name the lines where a phase changed something.
    /// </param>
    /// <param name="below">The lower ones.</param>
    public static YamlMappingNode Merge(YamlMappingNode over, YamlMappingNode below) =>
        over.Children.Count == 0 ? below : Merge(over, below, string.Empty);

    /// <summary>Where a recipe names a phase's network as the teacher, <c>phase:name</c>; null where it does not.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="phase">The name.</param>
    public static YamlScalarNode? Teacher(YamlMappingNode root, out string phase)
    {
        YamlScalarNode? teacher = Teacher(root);
        bool named = teacher?.Value?.StartsWith(TeacherPrefix, StringComparison.Ordinal) == true;
        phase = named ? teacher!.Value![TeacherPrefix.Length..] : string.Empty;
        return named ? teacher : null;
    }

    /// <summary>Where settings name a teacher; null where they do not.</summary>
    /// <param name="root">A recipe, or what a phase sets.</param>
    public static YamlScalarNode? Teacher(YamlNode? root)
    {
        YamlNode? technique = RecipeYaml.Child(RecipeYaml.Child(root, "techniques"), "distillation");
        return (technique is YamlMappingNode ? RecipeYaml.Child(technique, "teacher") : technique) as YamlScalarNode;
    }

    /// <summary>Lays the mapping of one key over what stands there, as a phase's settings are laid over those before.</summary>
    /// <param name="over">The upper mapping.</param>
    /// <param name="parent">What holds the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="path">Where the parent stands, as in <c>training</c>; empty at the top.</param>
    public static void Merge(YamlMappingNode over, YamlMappingNode parent, YamlScalarNode key, string path)
    {
        var upper = new YamlMappingNode(key, over);
        if (parent.Children.TryGetValue(key, out YamlNode? below))
            Merge(upper, new YamlMappingNode(key, below), path.Length == 0 ? path : path + ".");
        parent.Children[key] = upper.Children[key];
    }

    /// <summary>Whether an optimizer or the like is named without settings where the same one stands already: it keeps its own.</summary>
    /// <param name="path">The key, as in <c>training.schedule</c>.</param>
    /// <param name="over">What is laid over it.</param>
    /// <param name="below">What stands there.</param>
    public static bool NamesAgain(string path, YamlNode over, YamlNode? below) => Choices.Contains(path)
        && over is YamlScalarNode { Value: { } name } && below is YamlMappingNode mapping
        && mapping.Children.Keys.SequenceEqual([new YamlScalarNode(name)]);

    private static YamlMappingNode ReadSet(SettingsReader phase)
    {
        YamlMappingNode set = phase.Unread("set") ?? [];
        foreach (YamlNode key in set.Children.Keys)
        {
            if (key is YamlScalarNode { Value: { } name } && Fixed.Contains(name))
                throw phase.Error($"A phase cannot set '{name}', which holds for all phases.", key.Start.Line, $"{phase.Path}.set.{name}",
                    "Write it at the top of the recipe.");
        }

        return set;
    }

    private static YamlMappingNode Merge(YamlMappingNode over, YamlMappingNode below, string path)
    {
        bool otherModel = path == "model." && (RecipeYaml.Child(over, "layers") ?? RecipeYaml.Child(over, "name")) is not null;
        foreach ((YamlNode key, YamlNode value) in below.Children)
        {
            string full = path + (key as YamlScalarNode)?.Value;
            if (!over.Children.TryGetValue(key, out YamlNode? upper))
            {
                if (!otherModel || full == "model.input") over.Children.Add(key, value);
            }
            else if (value is YamlMappingNode lower)
            {
                if (upper is YamlScalarNode { Value: null or "" } || NamesAgain(full, upper, lower)) over.Children[key] = lower;
                else if (upper is YamlMappingNode mapping
                    && !(Choices.Contains(full) && !mapping.Children.Keys.SequenceEqual(lower.Children.Keys))) Merge(mapping, lower, full
                    + ".");
            }
            else if (full == "model.surgery" && !otherModel && upper is YamlSequenceNode steps && value is YamlSequenceNode earlier)
            {
                for (int i = 0; i < earlier.Children.Count; i++) steps.Children.Insert(i, earlier.Children[i]);
            }
        }

        return over;
    }
}
