using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// A recipe with phases: a starting point, and a list of changes, each laid over all before it. Every phase so is a whole
/// <see cref="Recipe"/>; all of them are checked when the file is read.
/// </summary>
public sealed class PhasedRecipe
{
    private readonly string _text;
    private readonly string _file;
    private readonly string[] _overrides;

    private PhasedRecipe(string text, string file, string[] overrides, IReadOnlyList<Phase> phases, double tolerance, Phase single)
    {
        (_text, _file, _overrides, Phases, Tolerance, Single) = (text, file, overrides, phases, tolerance, single);

        // In their order, so that an error is blamed on the phase that brought it.
        Recipe[] recipes = [.. phases.Select(phase => Resolve(phase))];
        (Name, Description) = (recipes[0].Name, recipes[0].Description);
    }

    /// <summary>The recipe's name.</summary>
    public string Name { get; }

    /// <summary>What it is for, in one line.</summary>
    public string Description { get; }

    /// <summary>The accuracy, 0 to 1, that one may lose for all parameters; for a share of them the same share.</summary>
    public double Tolerance { get; }

    /// <summary>The phases in their order; at least one.</summary>
    public IReadOnlyList<Phase> Phases { get; }

    /// <summary>The phase that is meant where one alone is trained or looked at: the one that <c>train</c> names, or the last.</summary>
    public Phase Single { get; }

    /// <summary>Reads a recipe with phases.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="overrides">
    /// Each <c>key=value</c> with a dotted key. They change the file: a phase that sets the same key has the last word.
    /// </param>
    /// <exception cref="RecipeException">
    /// The recipe or one of its phases is wrong, or it has no phases; the error names line and key.
    /// </exception>
    public static PhasedRecipe Parse(string text, string file, IEnumerable<string>? overrides = null) =>
        Find(text, file, overrides)
            ?? throw new RecipeException("The recipe has no phases.", $"{file}, key phases",
            "Add a list of phases (`pare init IMAGES --phases` writes such a recipe), or train it as it stands with `pare train`.");

    /// <summary>The whole recipe of a phase: the top part, and over it what the phases up to this one set.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="undone">Earlier phases to leave out.</param>
    /// <param name="overrides">Keys that are set last.</param>
    /// <param name="model">
    /// Where the weights of an earlier phase lie, for a teacher that is named by its phase; null leaves the name.
    /// </param>
    /// <exception cref="RecipeException">The settings together are wrong; the error names line, key and phase.</exception>
    public Recipe Resolve(Phase phase, IReadOnlyCollection<Phase>? undone = null, IReadOnlyList<string>? overrides = null, Func<Phase,
        string>? model = null)
    {
        var root = (YamlMappingNode)Load(_text, _file, _overrides);
        List<Phase> fresh = PhaseSection.Take(root, _file).Phases;
        try
        {
            foreach (Phase step in fresh.Take(phase.Number).Where(step => undone?.Any(other => other.Number == step.Number) != true))
                root = PhaseSection.Merge(step.Set, root);
            if (phase.Number < fresh.Count && !phase.HasTarget) root.Children.Remove(new YamlScalarNode("target"));
            Overrides.Apply(root, overrides ?? [], _file);
            RecipePaths.Complete(root, _file);
            NameTeacher(root, phase, model);
            return new Recipe(new SettingsReader(_file, string.Empty, root, 1), phase);
        }
        catch (RecipeException error)
        {
            throw new RecipeException(error.Message, $"{error.Where}, phase {phase.Name}", error.Remedy, error);
        }
    }

    /// <summary>The recipes of the phases that are held to a target: those that set one, and the last, to what stands at the end.</summary>
    public IEnumerable<Recipe> Held() =>
        Phases.Where(phase => phase.HasTarget || phase.Number == Phases.Count).Select(phase => Resolve(phase));

    /// <summary>The phase of a name.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public Phase Find(string name)
    {
        if (Phases.FirstOrDefault(phase => phase.Name == name) is { } found) return found;
        string[] names = [.. Phases.Select(static phase => phase.Name)];
        throw new RecipeException($"The recipe has no phase '{name}'.", $"{_file}, key phases", Nearest.Find(name, names) is { } near
            ? $"Did you mean '{near}'?" : $"Name one of: {string.Join(", ", names)}.");
    }

    /// <summary>The recipe with its phases as it was read, overrides included, as YAML.</summary>
    public string ToYaml() => RecipeWriter.Write(Written(Load(_text, _file, _overrides)));

    /// <summary>Null when the recipe has no phases.</summary>
    internal static PhasedRecipe? Find(string text, string file, IEnumerable<string>? overrides)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(file);
        return Overrides.Read([.. overrides ?? []], file, pairs => Read(text, file, pairs));
    }

    /// <summary>Null when the recipe has no phases.</summary>
    internal static PhasedRecipe? Read(string text, string file, string[] overrides)
    {
        (List<Phase> phases, double tolerance, Phase? single) = PhaseSection.Take(Load(text, file, overrides), file);
        return single is null ? null : new PhasedRecipe(text, file, overrides, phases, tolerance, single);
    }

    // Merging changes the nodes, so that each use begins with its own.
    private static YamlNode Load(string text, string file, string[] overrides)
    {
        YamlNode root = RecipeYaml.Load(text, file);
        Overrides.Apply(root, overrides, file);
        RecipePaths.Complete(root, file);
        return root;
    }

    private void NameTeacher(YamlMappingNode root, Phase phase, Func<Phase, string>? model)
    {
        if (PhaseSection.Teacher(root, out string name) is not { } teacher) return;
        Phase named = Phases.Take(phase.Number - 1).FirstOrDefault(other => other.Name == name)
            ?? throw new RecipeException($"No phase before this one is called '{name}'.",
                $"{_file}, line {teacher.Start.Line}, key techniques.distillation.teacher",
                "Name an earlier phase, as phase:NAME, or the weights' file.");
        if (model is not null) teacher.Value = model(named);
    }

    private static Setting Written(YamlNode node) => node switch
    {
        YamlMappingNode mapping =>
            Setting.OfEntries(
                [.. mapping.Children.Select(static pair =>
                new KeyValuePair<string, Setting>(((YamlScalarNode)pair.Key).Value!, Written(pair.Value)))]),
        YamlSequenceNode list => Setting.OfList([.. list.Select(Written)]),
        _ => Setting.OfText(((YamlScalarNode)node).Value ?? string.Empty),
    };
}
