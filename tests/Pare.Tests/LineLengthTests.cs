using Pare.Tests.Support;

namespace Pare.Tests;

/// <summary>
/// No line of C# is longer than .editorconfig says; only the text of a raw literal of several lines may be, which is what it is.
/// </summary>
public class LineLengthTests
{
    private const int Most = 140;

    [Fact]
    public void No_line_is_longer_than_140_characters()
    {
        string root = Path.GetFullPath(Path.Combine(TechniqueCard.Tests, "..", ".."));
        string[] files =
            [.. new[] { "src", "tests", "benchmarks", "samples" }.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
                .Where(static file => !IsBuilt(file))];

        Assert.InRange(files.Length, 400, int.MaxValue);
        Assert.Empty(files.SelectMany(file => Long(file).Select(line => $"{Path.GetRelativePath(root, file)}:{line}")));
    }

    private static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(static folder => folder is "obj" or "bin");

    private static IEnumerable<int> Long(string file)
    {
        string[] lines = File.ReadAllLines(file);
        bool literal = false;
        for (int i = 0; i < lines.Length; i++)
        {
            bool begins = lines[i].Split("\"\"\"").Length % 2 == 0;
            if (lines[i].Length > Most && !(literal && !begins)) yield return i + 1;
            literal ^= begins;
        }
    }
}
