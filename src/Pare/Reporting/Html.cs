using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>HTML elements that also read as XML. System.Xml.Linq encodes whatever text they are given.</summary>
internal static class Html
{
    private static readonly HashSet<string> Void = ["meta", "link", "img", "input", "br", "hr"];

    /// <summary>An element; an empty one is written with both tags, as HTML wants it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Texts, elements, attributes; null for nothing.</param>
    public static XElement Element(string name, params object?[] content)
    {
        var element = new XElement(name, content);
        if (!Void.Contains(name) && !element.Nodes().Any()) element.Add(string.Empty);
        return element;
    }

    /// <summary>An element of a style class.</summary>
    public static XElement Styled(string name, string style, params object?[] content) =>
        Element(name, [new XAttribute("class", style), .. content]);

    /// <summary>A section under a heading.</summary>
    public static XElement Section(string heading, params object?[] content) => Element("section", [Element("h2", heading), .. content]);

    /// <summary>A table that scrolls by itself where the window is too narrow for it.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">The headings; those of number columns begin with <c>&gt;</c>.</param>
    /// <param name="rows">
    /// Texts or elements, a cell each; the first cell is the row's heading. A row of one cell goes across all columns, for a text on the
    /// row before it.
    /// </param>
    public static XElement Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows) => Scrolling(
        caption,
        Element(
            "table",
            Element("caption", Element("span", caption)),
            Element("thead",
            Element("tr", columns.Select(static column => Cell("th", column, column.TrimStart('>'), new XAttribute("scope", "col"))))),
            Element("tbody", rows.Select(row => row.Count == 1
                ? Styled("tr", "across", Element("td", new XAttribute("colspan", columns.Count), Element("span", row[0])))
                : Element("tr",
                    row.Select((cell, i) =>
                    i == 0 ? Cell("th", columns[i], cell, new XAttribute("scope", "row")) : Cell("td", columns[i], cell)))))));

    /// <summary>Something that scrolls sideways by itself where the window is too narrow for it, by the keyboard too.</summary>
    public static XElement Scrolling(string label, XElement content) => Styled(
        "div", "scroll", new XAttribute("role", "region"), new XAttribute("aria-label", label), new XAttribute("tabindex", "0"), content);

    /// <summary>A picture with its caption.</summary>
    public static XElement Figure(XElement picture, params object?[] caption) =>
        Element("figure", picture, caption.Length == 0 ? null : Element("figcaption", caption));

    /// <summary>
    /// A script. A browser does not decode entities in one, and an XML reader does: so it is marked as text, by marks that the script takes
    /// for comments.
    /// </summary>
    /// <param name="code">What runs, without <c>]]&gt;</c> and <c>&lt;/script</c>.</param>
    public static XElement Script(string code) => Element("script", new XText("//"), new XCData($"\n{code}\n//"));

    /// <summary>What a content security policy calls a script that may run: the hash of all that stands in its element.</summary>
    public static string ScriptSource(XElement script)
    {
        string text = string.Concat(script.Nodes().Select(static node => node.ToString(SaveOptions.DisableFormatting)));
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
    }

    /// <summary>The page as text.</summary>
    public static string Write(XElement html)
    {
        XmlText.Clean(html);
        var text = new StringBuilder("<!DOCTYPE html>\n");
        using (var writer =
            XmlWriter.Create(text,
            new XmlWriterSettings { OmitXmlDeclaration = true, Indent = false, NewLineHandling = NewLineHandling.None }))
            html.WriteTo(writer);
        return text.Append('\n').ToString();
    }

    private static XElement Cell(string name, string column, object? content, params object?[] attributes) =>
        Element(name, [column.StartsWith('>') ? new XAttribute("class", "number") : null, .. attributes, content]);
}
