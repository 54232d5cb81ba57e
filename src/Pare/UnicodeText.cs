using System.Text;

namespace Pare;

/// <summary>Texts that files hold as UTF-8, which has no form for half of a surrogate pair.</summary>
internal static class UnicodeText
{
    /// <summary>Whether a text comes back from UTF-8 as it is.</summary>
    public static bool IsValid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
