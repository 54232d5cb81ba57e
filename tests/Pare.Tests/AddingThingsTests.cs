using System.Globalization;
using System.Text.RegularExpressions;
using Pare.Evaluation;
using Pare.Tests.Support;

namespace Pare.Tests;

/// <summary>What <c>docs/adding-things.md</c> names is there.</summary>
public partial class AddingThingsTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(TechniqueCard.Tests, "..", ".."));

    [Fact]
    public void The_files_that_one_touches_to_add_things_are_there()
    {
        string text = File.ReadAllText(Path.Combine(s_root, "docs", "adding-things.md"));
        string[] paths =
            [.. Paths().Matches(text).Select(static match => match.Groups[1].Value)
            .Where(static path => !path.Contains("NAME", StringComparison.Ordinal))];

        Assert.InRange(paths.Length, 15, 100);
        Assert.All(paths, static path => Assert.True(Path.Exists(Path.Combine(s_root, path)), path));
    }

    // What stands between the two marks stands in the document, too.
    [Theory]
    [InlineData("95 % interval ±2.48, p 0.074", 0.01, 0.02, 0.03)]
    [InlineData("no interval: one seed, or the same difference in all", 0.01)]
    [InlineData("no interval: one seed, or the same difference in all", 0.01, 0.01)]
    public void What_a_technique_is_worth_has_an_interval_or_says_that_it_has_none(string expected, params double[] differences)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        SeedSummary gain = SeedSummary.Of(differences);

        // Worth begins
        string worth = gain.HalfWidth is double half ? $"95 % interval ±{100 * half:0.00}, p {gain.PValue:0.000}"
            : "no interval: one seed, or the same difference in all";
        // Worth ends
        Assert.Equal(expected, worth);
        string here = File.ReadAllText(Path.Combine(TechniqueCard.Tests, "AddingThingsTests.cs")).ReplaceLineEndings("\n");
        string piece = here.Split("        // Worth begins\n        ")[1].Split("        // Worth ends\n")[0];
        Assert.Contains("\n" + piece.Replace("\n        ", "\n", StringComparison.Ordinal),
            File.ReadAllText(Path.Combine(s_root, "docs", "adding-things.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [GeneratedRegex("`((?:src|tests|docs|recipes)/[^`]+)`")]
    private static partial Regex Paths();
}
