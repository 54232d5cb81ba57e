using System.Globalization;
using System.Text;

namespace Pare.Recipes;

/// <summary>Writes resolved settings as YAML in one fixed form.</summary>
internal static class RecipeWriter
{
    public static string Write(Setting root)
    {
        var text = new StringBuilder();
        foreach ((string key, Setting value) in root.Entries!) Entry(text, 0, key, value);
        return text.ToString();
    }

    private static void Entry(StringBuilder text, int indent, string key, Setting value)
    {
        text.Append(' ', indent).Append(key).Append(':');
        Value(text, indent + 2, value);
    }

    private static void Value(StringBuilder text, int indent, Setting value)
    {
        if (value.Scalar is { } scalar)
        {
            text.Append(scalar.Length == 0 ? string.Empty : " " + Quoted(scalar)).Append('\n');
        }
        else if (value.Items is { } items)
        {
            text.Append(items.Count == 0 ? " []\n" : "\n");
            foreach (Setting item in items)
            {
                if (item.Scalar is { } plain)
                {
                    text.Append(' ', indent).Append("- ").Append(Quoted(plain)).Append('\n');
                    continue;
                }

                (string name, Setting settings) = item.Entries![0];
                text.Append(' ', indent).Append("- ").Append(name);
                if (settings.Entries is { Count: 0 })
                {
                    text.Append('\n');
                }
                else
                {
                    text.Append(':');
                    Value(text, indent + 4, settings);
                }
            }
        }
        else
        {
            text.Append('\n');
            foreach ((string key, Setting entry) in value.Entries!) Entry(text, indent, key, entry);
        }
    }

    // Plain where YAML reads it back as the same text, in double quotes otherwise.
    private static string Quoted(string scalar)
    {
        bool plain = scalar.All(static c => char.IsAsciiLetterOrDigit(c) || " ._-+/,;()%".Contains(c, StringComparison.Ordinal))
            && char.IsAsciiLetterOrDigit(scalar[0]) && !scalar.EndsWith(' ') && !RecipeYaml.MeansNothing(scalar);
        return plain ? scalar : $"\"{string.Concat(scalar.Select(Escaped))}\"";
    }

    // What would steer a terminal or turn the reading direction; the two that join or part letters stay.
    private static bool IsUnseen(char c) => c is not ('\u200c' or '\u200d') && char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escaped(char c) => c switch
    {
        '"' or '\\' => $"\\{c}",
        _ when IsUnseen(c) => Invariant($"\\u{(int)c:x4}"),
        _ => c.ToString(),
    };
}
