using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pare.Recipes;

/// <summary>Texts in YAML that is written as lines.</summary>
public static class YamlText
{
    /// <summary>A text in double quotes, on one line.</summary>
    /// <remarks>
    /// As JSON, of which YAML is more, but for the pairs of surrogates that JSON writes: YAML takes none, and holds them as they are.
    /// </remarks>
    /// <param name="text">The text.</param>
    public static string Quoted(string text) => $"\"{string.Concat(text.EnumerateRunes().Select(static rune => rune.IsBmp
        ? JsonEncodedText.Encode(rune.ToString(), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString() : rune.ToString()))}\"";
}
