using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// Turns text into YAML nodes that know their lines. It keeps to the plain part of YAML: no anchors, which could make a list
/// contain itself, no tags, one document.
/// </summary>
internal static class RecipeYaml
{
    /// <summary>The most characters of a recipe.</summary>
    public const int MaxLength = 1_000_000;

    // How YamlDotNet begins what it says of such a key.
    private const string Doubled = "Duplicate key ";

    private const int MaxDepth = 40, MaxNodes = 100_000, MaxTabs = 20;

    /// <summary>What stands under a key; null where nothing does, or where there are no keys.</summary>
    public static YamlNode? Child(YamlNode? node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    /// <summary>Reads the text of a file or the value of an override.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What to call it in errors.</param>
    /// <exception cref="RecipeException">The text is not YAML, or uses what is left out here.</exception>
    public static YamlNode Load(string text, string source)
    {
        if (text.Length > MaxLength) throw TooLong(source);
        var parser = new Parser(new StringReader(text));
        try
        {
            Check(text, source);
            var stream = new YamlStream();
            stream.Load(parser);
            YamlNode root = stream.Documents.Count > 0 ? stream.Documents[0].RootNode : new YamlScalarNode(string.Empty);
            foreach (YamlScalarNode scalar in root.AllNodes.OfType<YamlScalarNode>())
            {
                if (scalar.Style == ScalarStyle.Plain && MeansNothing(scalar.Value!)) scalar.Value = string.Empty;
            }

            return root;
        }
        catch (YamlException error) when (LineOfTab(text, error) is { } line)
        {
            throw new RecipeException("A tab stands in the indentation.", $"{source}, line {line}", "Indent with spaces.", error);
        }
        catch (YamlException error) when (error.Message.StartsWith(Doubled, StringComparison.Ordinal))
        {
            throw new RecipeException($"The key '{error.Message[Doubled.Length..]}' stands twice in one mapping.",
                $"{source}, line {error.Start.Line}", "Keep one of the two.", error);
        }
        catch (YamlException error)
        {
            throw new RecipeException(error.InnerException?.Message ?? error.Message, $"{source}, line {error.Start.Line}",
                "Correct the YAML: check indentation, colons and doubled keys.", error);
        }
        // A value without a key comes out of the parser as a group with one part missing, which the loader does not expect.
        catch (ArgumentException error)
        {
            throw new RecipeException("This is not valid YAML.", $"{source}, line {parser.Current?.Start.Line ?? 1}",
                "Correct the YAML: check indentation, colons and doubled keys.", error);
        }
    }

    /// <summary>What is said of a recipe that is longer than <see cref="MaxLength"/>.</summary>
    public static RecipeException TooLong(string source) =>
        new(Invariant($"The recipe is longer than {MaxLength:N0} characters."), source,
            "Name a recipe: a YAML file of some lines.");

    /// <summary>Whether a text without quotes stands for no value.</summary>
    public static bool MeansNothing(string text) => text is "~" or "null" or "Null" or "NULL";

    /// <summary>What a text says where true or false is asked for, as YAML 1.2's core schema writes them; null if neither.</summary>
    public static bool? Truth(string? text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    // Loading follows nesting by recursion, so depth is bounded before it starts.
    private static void Check(string text, string source)
    {
        var parser = new Parser(new StringReader(text));
        int depth = 0, documents = 0, nodes = 0;
        while (MoveNext(parser, source))
        {
            ParsingEvent current = parser.Current!;
            depth += current.NestingIncrease;
            string? refused = current switch
            {
                AnchorAlias => "Aliases (*name) are not supported.",
                NodeEvent { Anchor.IsEmpty: false } => "Anchors (&name) are not supported.",
                NodeEvent { Tag.IsEmpty: false } => "Tags (!name) are not supported.",
                DocumentStart when ++documents > 1 => "There is a second document.",
                NodeEvent when ++nodes > MaxNodes => "There are too many values.",
                _ when depth > MaxDepth => "The values are nested too deep.",
                _ => null,
            };
            if (refused is not null)
                throw new RecipeException(refused, $"{source}, line {current.Start.Line}",
                    "Write each value out in full, in one document.");
        }
    }

    // YamlDotNet names the line at which what the tab interrupts began. The tab to blame is the first with which the text up to it is
    // wrong.
    private static int? LineOfTab(string text, YamlException error)
    {
        if (!error.Message.Contains(" tab ", StringComparison.Ordinal)) return null;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int[] tabs =
            [.. Enumerable.Range(0, lines.Length)
            .Where(i => lines[i].AsSpan(0, lines[i].Length - lines[i].AsSpan().TrimStart().Length).Contains('\t'))];
        return tabs.Take(MaxTabs).Where(i => IsWrong(string.Join('\n', lines[..(i + 1)]))).Select(static i => (int?)i + 1).FirstOrDefault();
    }

    private static bool IsWrong(string text)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            while (parser.MoveNext())
            {
            }

            return false;
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException)
        {
            return error.Message.Contains(" tab ", StringComparison.Ordinal);
        }
    }

    private static bool MoveNext(Parser parser, string source)
    {
        long line = parser.Current?.End.Line ?? 1;
        try
        {
            return parser.MoveNext();
        }
        // YamlDotNet's scanner loses count of simple keys in an open bracket that goes on over several lines.
        catch (InvalidOperationException error)
        {
            throw new RecipeException("This is not valid YAML.", $"{source}, line {line}",
                "Correct the YAML: a bracket, brace or quote is probably left open.", error);
        }
    }
}
