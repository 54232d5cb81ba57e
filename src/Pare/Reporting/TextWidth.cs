using System.Globalization;
using System.Text;

namespace Pare.Reporting;

/// <summary>
/// How wide a text is, before a viewer with a font of its own draws it. Meant to be too wide rather than too narrow: what is placed beside
/// a text by this width must not be covered in a wide font, such as DejaVu Sans, which viewers without a system font take.
/// </summary>
internal static class TextWidth
{
    // Of DejaVu Sans; a bold letter is a tenth wider.
    private const double Narrow = 0.36, Small = 0.61, Digit = 0.64, Large = 0.78, Broad = 0.98, Wide = 1.02, Bold = 1.1;

    private static readonly (int First, int Last)[] WideRanges =
    [
        (0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6),
            (0x1F000, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>Pixels that a text takes at most, in the fonts that are common.</summary>
    /// <param name="text">The text, in one line.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <param name="bold">Whether it is bold.</param>
    public static double Of(string text, double size, bool bold = false)
    {
        double width = 0;
        foreach (Rune rune in text.EnumerateRunes()) width += Of(rune);
        return width * size * (bold ? Bold : 1);
    }

    /// <summary>The text, or as much of its beginning as fits, with an ellipsis. A letter is never taken apart from its marks.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Pixels that there are.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <param name="bold">Whether it is bold.</param>
    public static string Fit(string text, double width, double size, bool bold = false)
    {
        if (Of(text, size, bold) <= width) return text;
        double left = width - Of("…", size, bold);
        int end = 0;
        while (end < text.Length)
        {
            int next = end + StringInfo.GetNextTextElementLength(text, end);
            left -= Of(text[end..next], size, bold);
            if (left < 0 && end > 0) break;
            end = next;
        }

        return text[..end].TrimEnd() + "…";
    }

    private static double Of(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or 't' or 'f' or 'r' or 'I' or ' ' or '.' or ',' or ':' or ';' or '!' or '|' or '\'' or '(' or ')' or '[' or ']'
            or '/' or '-' => Narrow,
        'm' or 'M' or 'w' or 'W' or '@' or '%' => Broad,
        >= '0' and <= '9' => Digit,
        >= 'a' and <= 'z' or '_' => Small,
        < 0x80 => Large,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.Format => 0,
        int letter when WideRanges.Any(range => letter >= range.First && letter <= range.Last) => Wide,
        _ => Large,
    };
}
