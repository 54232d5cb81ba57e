using System.Xml.Linq;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>The frame of a report: its head with the style, and its foot.</summary>
internal static class ReportPage
{
    // Whatever a name might bring in, the browser fetches nothing, and runs nothing but the script that it is given.
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    /// <summary>Puts parts into a page.</summary>
    /// <param name="title">The page's title.</param>
    /// <param name="parts">Its parts in order; null for one that is left out.</param>
    /// <param name="script">What runs when the page has been read; null for nothing.</param>
    public static XElement Create(string title, IEnumerable<XElement?> parts, XElement? script = null) => Html.Element(
        "html",
        new XAttribute("lang", "en"),
        Html.Element(
            "head",
            Html.Element("meta", new XAttribute("charset", "utf-8")),
            Html.Element("meta", new XAttribute("http-equiv", "Content-Security-Policy"),
            new XAttribute("content", script is null ? Policy : $"{Policy}; script-src {Html.ScriptSource(script)}")),
            Html.Element("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
            Html.Element("meta", new XAttribute("name", "color-scheme"), new XAttribute("content", "light dark")),
            Html.Element("title", $"{title} - Pare"),
            Html.Element("link", new XAttribute("rel", "icon"), new XAttribute("href", "data:,")),
            Html.Element("style", ChartStyle.Sheet() + Resources.Text("report.css"))),
        Html.Element(
            "body",
            Html.Element("main", parts),
            Html.Element("footer", Html.Element("p", $"Written by Pare {RunEnvironment.Version}. This file needs nothing beside it.")),
            script));
}
