using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pare.Cli;

/// <summary>Writes words so that a shell reads them back as they are: a POSIX shell, or those of Windows.</summary>
internal static partial class CommandLine
{
    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-");

    /// <summary>The whole line of a command.</summary>
    public static string Join(IEnumerable<string> args) => string.Join(' ', args.Prepend("pare").Select(Quoted));

    /// <summary>The words of the line that was parsed, program first.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed) => ["pare", .. parsed.Tokens.Select(static token => token.Value)];

    /// <summary>The word, in quotes where a shell would take it apart.</summary>
    public static string Quoted(string word) => OperatingSystem.IsWindows() ? QuotedForWindows(word) : QuotedForPosix(word);

    internal static string QuotedForPosix(string word)
    {
        if (word.Length > 0 && word.All(static c => Harmless.Contains(c) || char.IsLetterOrDigit(c))) return word;
        if (Printable.Text(word) == word) return $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        var quoted = new StringBuilder("$'");
        foreach (byte unit in Encoding.UTF8.GetBytes(word))
        {
            if (unit is (byte)'\'' or (byte)'\\') quoted.Append('\\').Append((char)unit);
            else if (unit is >= (byte)' ' and <= (byte)'~') quoted.Append((char)unit);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\x{unit:x2}");
        }

        return quoted.Append('\'').ToString();
    }

    // Backslashes stand for themselves but before a quote, where each needs another.
    internal static string QuotedForWindows(string word) =>
        word.Length > 0 && word.All(static c => Harmless.Contains(c) || char.IsLetterOrDigit(c) || c == '\\') ? word
            : $"\"{BackslashesBeforeQuotes().Replace(word, static match => match.Value + match.Value)
                .Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex("""\\+(?="|\z)""")]
    private static partial Regex BackslashesBeforeQuotes();
}
