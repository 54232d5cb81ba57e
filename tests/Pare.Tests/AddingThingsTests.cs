using System.Text.RegularExpressions;
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

    [GeneratedRegex("`((?:src|tests|docs|recipes)/[^`]+)`")]
    private static partial Regex Paths();
}
