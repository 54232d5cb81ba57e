using System.Text;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>
/// Texts that XML can hold. The name of a class is that of a folder, which may hold control characters or half of a surrogate pair.
/// </summary>
internal static class XmlText
{
    /// <summary>Replaces what XML cannot hold, in all texts and attributes below an element and in its own.</summary>
    public static void Clean(XElement root)
    {
        foreach (XText text in root.DescendantNodes().OfType<XText>()) text.Value = Clean(text.Value);
        foreach (XAttribute attribute in root.DescendantsAndSelf().Attributes()) attribute.Value = Clean(attribute.Value);
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(IsAllowed(rune.Value) ? rune.ToString() : "\uFFFD");
        return clean.ToString();
    }

    // The second range of control characters is allowed but means nothing, and browsers read it as other characters.
    private static bool IsAllowed(int letter) =>
        letter is '\t' or '\n' or (>= ' ' and not (>= 0x7F and <= 0x9F) and not (0xFFFE or 0xFFFF));
}
