using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Pare.Tests.Support;

/// <summary>A card that lies beside a technique: a Markdown file under <c>src/Pare</c>.</summary>
internal sealed partial class TechniqueCard
{
    private readonly string[] _lines;

    private TechniqueCard(string path)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        _lines = File.ReadAllLines(path);
    }

    /// <summary>The folder of the tests' source.</summary>
    public static string Tests { get; } = FolderOfTests();

    /// <summary>The file's name without its extension.</summary>
    public string Name { get; }

    /// <summary>The headings of the second level, in order.</summary>
    public IEnumerable<string> Headings =>
        _lines.Where(static line => line.StartsWith("## ", StringComparison.Ordinal)).Select(static line => line[3..]);

    /// <summary>The rows of the settings' table: a dotted key of a recipe, or its end, and the default.</summary>
    public IEnumerable<(string Key, string Default)> Settings =>
        Section("Settings").Select(static line => Row().Match(line)).Where(static match => match.Success)
            .Select(static match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>All cards, in the order of their paths.</summary>
    public static IEnumerable<TechniqueCard> All() =>
        Directory.EnumerateFiles(Path.Combine(Tests, "..", "..", "src", "Pare"), "*.md", SearchOption.AllDirectories)
            .Where(static path =>
                !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                    && !path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(static path => new TechniqueCard(path));

    /// <summary>The lines under a heading.</summary>
    public string[] Section(string heading) =>
        [.. _lines.SkipWhile(line => line != "## " + heading).Skip(1)
            .TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal))];

    /// <summary>The one code block of a language under the heading "Switch it on".</summary>
    public string Snippet(string language)
    {
        string[] lines = Section("Switch it on");
        Assert.True(lines.Count(line => line == "```" + language) == 1, $"{Name}: not one {language} snippet under 'Switch it on'");
        return string.Join('\n', lines.SkipWhile(line => line != "```" + language).Skip(1).TakeWhile(static line => line != "```"));
    }

    private static string FolderOfTests([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, ".."));

    [GeneratedRegex(@"^\| `([a-z0-9_.]+)` \| (.*?) \| .+ \|$")]
    private static partial Regex Row();
}
