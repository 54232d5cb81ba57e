using System.Globalization;
using System.Text;

namespace Pare.Export.CSource;

/// <summary>What others named, and numbers, as C takes them.</summary>
internal static class CText
{
    /// <summary>A string literal of the text's UTF-8 bytes: nothing in it can end it, be read as a trigraph or leave ASCII.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            // Three octal digits always: what follows cannot become one of them.
            bool plain = value is >= 32 and < 127 && value is not ((byte)'"' or (byte)'\\' or (byte)'?');
            literal.Append(plain ? ((char)value).ToString() : $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}");
        }

        return literal.Append('"').ToString();
    }

    /// <summary>Text that may stand in a comment of either kind, or on one line of any other file: one line of ASCII.</summary>
    public static string Comment(string text)
    {
        var comment = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A backslash may end a line, two question marks begin a trigraph, a star and a slash end a comment.
            bool plain = rune.Value is >= 32 and < 127 and not ('\\' or '?' or '*');
            comment.Append(plain ? ((char)rune.Value).ToString() : rune.Value is 9 or 10 or 13 ? " " : "_");
        }

        return comment.ToString();
    }

    /// <summary>A number that a compiler reads as the same float.</summary>
    public static string Float(float value)
    {
        if (float.IsPositiveInfinity(value)) return "3.4028235e38f * 10.0f";
        if (float.IsNegativeInfinity(value)) return "-3.4028235e38f * 10.0f";
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny(".E") >= 0 ? text.Replace("E", "e", StringComparison.Ordinal) + "f" : text + ".0f";
    }

    /// <summary>A whole number.</summary>
    public static string Int(long value) => value.ToString(CultureInfo.InvariantCulture);
}
