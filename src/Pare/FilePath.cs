using System.Globalization;
using System.Text;

namespace Pare;

/// <summary>What a path can be.</summary>
internal static class FilePath
{
    /// <summary>The command that gives names that are not UTF-8 new ones that are.</summary>
    public const string Renamer = "`convmv -t utf8`";

    /// <summary>What is said of a path that is not UTF-8.</summary>
    public const string NotUtf8 = "The name is not UTF-8: its letters are not known.";

    /// <summary>What to do about a path that is not UTF-8.</summary>
    public const string RenameToUtf8 = $"Rename it to UTF-8 ({Renamer}).";

    /// <summary>Whether a file can have this path at all: the system refuses others as arguments, before it looks for a file.</summary>
    public static bool CanBe(string path) => path.Length > 0 && !path.Contains('\0');

    /// <summary>Whether a name is not UTF-8: .NET puts U+FFFD for its bytes, and then finds nothing there.</summary>
    public static bool IsNotUtf8(string path) => path.Contains('\uFFFD') && !Path.Exists(path);

    /// <summary>
    /// Whether a name of a file may have this on every system: a letter or a digit of any script, a mark that belongs to a letter,
    /// <c>-</c> and <c>_</c>.
    /// </summary>
    public static bool IsPlain(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>A name up to its first dot.</summary>
    public static ReadOnlySpan<char> Stem(ReadOnlySpan<char> name)
    {
        int dot = name.IndexOf('.');
        return dot < 0 ? name : name[..dot];
    }

    /// <summary>Whether Windows takes a name for that of a device, whatever follows behind a dot.</summary>
    public static bool IsDevice(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> stem = Stem(name);
        foreach (string device in (ReadOnlySpan<string>)["con", "prn", "aux", "nul"])
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return stem.Length == 4 && char.IsAsciiDigit(stem[3])
            && (stem.StartsWith("com", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("lpt", StringComparison.OrdinalIgnoreCase));
    }
}
