using System.Reflection;
using System.Text.RegularExpressions;
using Pare.Recipes;
using Pare.Tests.Cards;
using Pare.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Pare.Tests;

/// <summary>
/// What the cards under <c>src/Pare</c> say is so: their snippets of YAML are parts of recipes, their snippets of C# are the code of
/// <c>Cards</c> here, between <c>// NAME begins</c> and <c>// NAME ends</c>, and their defaults are those that the recipe reader takes.
/// </summary>
public partial class CardTests
{
    private const string Rest = """
        dataset:
          name: glyphs
        model:
          input: 1x28x28
          layers:
            - conv: 4
            - batch_norm
            - relu
            - global_average_pool
            - linear: 10
        """;

    private static readonly string[] Headings =
        ["Idea", "Formula", "Switch it on", "Settings", "What it measured here", "What it costs", "Combines with",
            "Departs from the paper", "Credit"];

    public static TheoryData<string> Names => [.. TechniqueCard.All().Select(static card => card.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_card_has_the_headings_that_all_have(string name)
    {
        TechniqueCard card = Card(name);

        Assert.Equal(Headings, card.Headings);
        Assert.All(Headings, heading => Assert.Contains(card.Section(heading), static line => line.Length > 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_yaml_is_part_of_a_recipe(string name) => Parse(Card(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_csharp_is_code_that_the_tests_compile(string name)
    {
        string[] examples = [.. Directory.EnumerateFiles(Path.Combine(TechniqueCard.Tests, "Cards"), "*.cs")
            .SelectMany(static file => Example().Matches(File.ReadAllText(file).ReplaceLineEndings("\n")))
            .Where(match => match.Groups[2].Value == name)
            .Select(static match => match.Groups[3].Value.Replace("\n" + match.Groups[1].Value, "\n", StringComparison.Ordinal).Trim())];

        Assert.Equal(Assert.Single(examples), Card(name).Snippet("csharp"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_defaults_are_those_of_the_code(string name)
    {
        TechniqueCard card = Card(name);
        (string Key, string Default)[] settings = [.. card.Settings];
        if (settings.Length == 0)
        {
            Assert.Equal("It has no settings.", string.Join(' ', card.Section("Settings")).Trim());
            return;
        }

        // What the snippet sets is unset, so that the resolved recipe shows the default.
        string[] written = [.. Paths(Load(Text(card)))];
        string[] unset =
            [.. settings.Where(static setting => setting.Default != "required")
            .SelectMany(setting => written.Where(path => Ends(path, setting.Key))).Select(static path => path + "=")];
        (string Path, string Value)[] resolved = [.. Values(Load(Recipe.Parse(Text(card), name, unset).ToYaml()))];
        foreach ((string key, string expected) in settings)
        {
            string[] values = [.. resolved.Where(value => Ends(value.Path, key)).Select(static value => value.Value)];
            Assert.True(values.Length > 0, $"{name}: the snippet does not switch on what '{key}' belongs to");
            if (expected != "required") Assert.All(values, value => Assert.Equal(expected, value.Length == 0 ? "none" : value));
        }

        foreach (string owner in settings.Where(static setting => setting.Key.Contains('.', StringComparison.Ordinal))
            .Select(static setting => setting.Key[..setting.Key.LastIndexOf('.')]).Distinct())
        {
            IEnumerable<string> keys = resolved.Where(value => Ends(Parent(value.Path), owner))
                .Select(static value => value.Path[(value.Path.LastIndexOf('.') + 1)..]).Distinct();
            Assert.Equal([], keys.Except(settings.Select(setting => setting.Key[(setting.Key.LastIndexOf('.') + 1)..])));
        }
    }

    [Fact]
    public void Every_example_runs()
    {
        MethodInfo[] examples =
            [.. typeof(ArchitectureCards).Assembly.GetTypes()
            .Where(static type => type.Namespace == typeof(ArchitectureCards).Namespace && type.IsAbstract && type.IsSealed)
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public))];

        Assert.Equal(TechniqueCard.All().Count(), examples.Length);
        foreach (MethodInfo example in examples) example.Invoke(null, null);
    }

    private static TechniqueCard Card(string name) => TechniqueCard.All().Single(card => card.Name == name);

    private static Recipe Parse(TechniqueCard card) => Recipe.Parse(Text(card), card.Name + ".md");

    // The snippet with the sections that a recipe needs and it does not have.
    private static string Text(TechniqueCard card)
    {
        string snippet = card.Snippet("yaml");
        return string.Join('\n',
            [snippet, .. Sections().Matches(Rest).Select(static match => match.Value)
            .Where(section => !Sections().Matches(snippet).Any(own => own.Value.Split(':')[0] == section.Split(':')[0]))]);
    }

    private static bool Ends(string path, string key) => path == key || path.EndsWith("." + key, StringComparison.Ordinal);

    private static string Parent(string path) => path.LastIndexOf('.') is > 0 and int at ? path[..at] : string.Empty;

    private static YamlNode Load(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents[0].RootNode;
    }

    private static IEnumerable<string> Paths(YamlNode node) => Values(node).Select(static value => value.Path);

    // Every scalar with its dotted path, list indices included.
    private static IEnumerable<(string Path, string Value)> Values(YamlNode node, string path = "") => node switch
    {
        YamlMappingNode mapping => mapping.SelectMany(entry => Values(entry.Value, Join(path, ((YamlScalarNode)entry.Key).Value!))),
        YamlSequenceNode sequence =>
        sequence.SelectMany((item, index) => Values(item, Join(path, index.ToString(System.Globalization.CultureInfo.InvariantCulture)))),
        _ => [(path, ((YamlScalarNode)node).Value ?? string.Empty)],
    };

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    [GeneratedRegex(@"(?<=\n)( *)// (\w+) begins\n(.*?)// \2 ends", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\w+:.*(\n[ -].*)*", RegexOptions.Multiline)]
    private static partial Regex Sections();
}
