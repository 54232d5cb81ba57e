using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Pare.Cli;

/// <summary>
/// Text of others (names of classes, files and recipes, messages of the system) as a terminal may see it. What would steer the terminal,
/// turn the reading direction or be invisible is written as an escape: a name cannot recolour, overwrite or break a line.
/// </summary>
internal static class Printable
{
    // Joins the parts of one emoji, or keeps letters apart: they show as what they are.
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D;

    /// <summary>The text with escapes such as <c>\n</c> and <c>\u001B</c> for everything that is not to be seen as itself.</summary>
    public static string Text(string text)
    {
        if (IsPlain(text)) return text;
        var escaped = new StringBuilder(text.Length + 8);
        for (int at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out Rune rune))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at++]:X4}");
                continue;
            }

            at += rune.Utf16SequenceLength;
            if (IsSeen(rune)) escaped.Append(rune);
            else escaped.Append(Escape(rune));
        }

        return escaped.ToString();
    }

    /// <summary>How many columns of a terminal the text takes.</summary>
    public static int Width(string text) => IsPlain(text) ? text.Length : text.GetCellWidth();

    /// <summary>As much of the beginning as fits into so many columns; no character is taken apart.</summary>
    public static string Crop(string text, int columns)
    {
        if (Width(text) <= columns) return text;
        if (IsPlain(text)) return text[..columns];
        int end = 0;
        for (TextElementEnumerator element = StringInfo.GetTextElementEnumerator(text); element.MoveNext();)
        {
            int next = element.ElementIndex + element.GetTextElement().Length;
            if (Width(text[..next]) > columns) break;
            end = next;
        }

        return text[..end];
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static bool IsSeen(Rune rune) => rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        > 0xFFFF => Invariant($"\\U{rune.Value:X8}"),
        _ => Invariant($"\\u{rune.Value:X4}"),
    };
}
