using System.Text.RegularExpressions;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Tests.Support;

namespace Pare.Tests;

/// <summary>What README and <c>docs</c> point to is there.</summary>
public partial class DocumentsTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(TechniqueCard.Tests, "..", ".."));

    public static TheoryData<string> Names =>
    [
        .. Directory.EnumerateFiles(s_root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(s_root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(static file => Path.GetRelativePath(s_root, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_lead_to_files_and_headings(string name)
    {
        string file = Path.Combine(s_root, name);
        foreach (Match link in Link().Matches(File.ReadAllText(file)))
        {
            string[] parts = link.Groups[1].Value.Split('#');
            if (parts[0].Contains(':', StringComparison.Ordinal)) continue;
            string target = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{name} points to {parts[0]}, which is not there.");
            if (parts.Length > 1)
                Assert.Contains(parts[1], Heading().Matches(File.ReadAllText(target))
                    .Select(static heading => Anchor(heading.Groups[1].Value)));
        }
    }

    [Fact]
    public void Recipes_beside_the_documents_read()
    {
        string[] recipes = Directory.GetFiles(Path.Combine(s_root, "docs"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(recipes);
        Assert.Equal(3_730, Cost.Of(RecipeStore.Open(recipes.Single(static path => path.EndsWith("blocks.yaml", StringComparison.Ordinal)))
            .Graph).Parameters);
        Assert.All(recipes, static path => Assert.NotEmpty(RecipeStore.Open(path).Description));
    }

    [Fact]
    public void The_index_of_techniques_has_every_card()
    {
        string folder = Path.Combine(s_root, "docs");
        string[] linked =
            [.. Link().Matches(File.ReadAllText(Path.Combine(folder, "techniques.md"))).Select(static link => link.Groups[1].Value)
            .Where(static link => link.StartsWith("../src", StringComparison.Ordinal))
            .Select(link => Path.GetFileNameWithoutExtension(link)).Order(StringComparer.Ordinal)];
        Assert.Equal(TechniqueCard.All().Select(static card => card.Name).Order(StringComparer.Ordinal), linked);
    }

    [Fact]
    public void Published_figures_name_their_source()
    {
        foreach (string name in new[] { "README.md", "docs/results.md", "docs/techniques.md" })
            Assert.Contains("2205.12050", File.ReadAllText(Path.Combine(s_root, name)), StringComparison.Ordinal);
    }

    // As GitHub makes it.
    private static string Anchor(string heading) => NoLetter().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoLetter();
}
