using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>Says in short what a phase's settings change.</summary>
internal static class PhaseChange
{
    // Sections whose keys say enough alone.
    private static readonly string[] Sections = ["model", "training", "techniques"];

    /// <summary>Such as <c>new layers, epochs 5, label_smoothing off</c>. A target changes no training.</summary>
    public static string Describe(YamlMappingNode set) =>
        string.Join(", ",
            set.Children.Where(static section => Name(section.Key) != "target").SelectMany(static section =>
            section.Value is YamlMappingNode settings && Sections.Contains(Name(section.Key)) ? Settings(settings) : [Text(section)]));

    private static IEnumerable<string> Settings(YamlMappingNode section) =>
        section.Children.Select(static setting => (Name(setting.Key), setting.Value) switch
    {
        ("layers", YamlSequenceNode) => "new layers",
        ("name", YamlScalarNode name) => $"model {name.Value}",
        ("surgery", YamlSequenceNode steps) => string.Join(", ", steps.Select(Item)),
        _ => Text(setting),
    });

    private static string Text(KeyValuePair<YamlNode, YamlNode> setting) => setting.Value switch
    {
        YamlScalarNode truth when RecipeYaml.Truth(truth.Value) == true => $"{Name(setting.Key)} on",
        YamlScalarNode truth when RecipeYaml.Truth(truth.Value) == false => $"{Name(setting.Key)} off",
        YamlScalarNode { Value: null or "" } => Name(setting.Key),
        YamlScalarNode value => $"{Name(setting.Key)} {value.Value}",
        YamlSequenceNode list => $"{Name(setting.Key)} {string.Join("/", list.Select(Item))}",
        YamlMappingNode { Children.Count: 1 } choice when choice.First().Value is YamlMappingNode =>
        $"{Name(setting.Key)} {Text(choice.First())}",
        YamlMappingNode settings => $"{Name(setting.Key)} ({string.Join(", ", settings.Children.Select(Text))})",
        _ => Name(setting.Key),
    };

    private static string Item(YamlNode item) =>
        item is YamlMappingNode mapping ? string.Join(", ", mapping.Children.Select(Text)) : Name(item);

    private static string Name(YamlNode node) => (node as YamlScalarNode)?.Value ?? string.Empty;
}
