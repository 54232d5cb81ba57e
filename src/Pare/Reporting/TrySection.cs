using System.Xml.Linq;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Reporting;

/// <summary>
/// The network itself, which the reader tries on a drawing or a picture. It lies in the page as a model file in base64, so that no name in
/// it can become markup, and <c>network.js</c> runs it.
/// </summary>
internal static class TrySection
{
    // A page is still opened and sent around with these, and a browser has an answer in some seconds at the most.
    private const long MostBytes = 4 << 20, MostMacs = 1_000_000_000;

    // Pixels of the side that a drawing has at least; each pixel of the network's is a square of them.
    private const int PadSide = 280;

    /// <summary>The section; where the network is too large for a page, it says so.</summary>
    /// <param name="network">The network.</param>
    /// <param name="confidence">How sure it is said to be; null for no rule.</param>
    public static XElement Create(InferenceGraph network, ConfidenceRule? confidence = null)
    {
        Shape input = network.Input.Shape;
        if (WhyNot(network) is { } why)
            return Html.Section("Try it",
                Html.Element("p", why, " ", Html.Element("code", "pare predict"), " classifies pictures with it."));
        int scale = Math.Max(1, PadSide / Math.Max(input.Height, input.Width));
        bool grey = input.Channels == 1;
        return Html.Element(
            "section",
            new XAttribute("id", "try"),
            Html.Element("h2", "Try it"),
            Html.Element("noscript",
            Html.Element("p", "This section runs the network by a script, and scripts are off. The rest of the page needs none.")),
            Html.Styled(
                "div", "interactive", new XAttribute("hidden", ""),
                Html.Element(
                    "p",
                    grey ? "Draw with mouse or finger, or pick or drop a picture. " : "Pick or drop a picture; one can draw over it. ",
                    "The network is in this page and computes here: no picture leaves it."),
                Html.Styled(
                    "div", "bench",
                    Html.Element(
                        "div",
                        Canvas("pad", "Draw here, or drop a picture", input.Width * scale, input.Height * scale),
                        Html.Styled(
                            "p", "controls",
                            Html.Styled("button", "clear", new XAttribute("type", "button"), "Clear"),
                            Html.Element(
                                "label", "Pick a picture",
                                Html.Styled("input", "file", new XAttribute("type", "file"), new XAttribute("accept", "image/*"))))),
                    Html.Styled(
                        "div", "result",
                        Html.Styled("p", "answer", new XAttribute("aria-live", "polite"), Html.Styled("strong", "verdict")),
                        Html.Styled("ul", "bars"),
                        Html.Styled("p", "note status", new XAttribute("role", "status"))),
                    Html.Figure(
                        Canvas("seen", "What the network gets", input.Width, input.Height),
                        $"What the network gets: {input.Width} x {input.Height} pixels{(grey ? ", grey" : "")}.")),
                Html.Styled(
                    "div", "worst-images",
                    Html.Styled("p", "note", "Or take one of the worst images:"),
                    Html.Styled("div", "choices"))),
            Html.Element(
                "script", new XAttribute("type", "text/plain"), new XAttribute("id", "model"),
                Convert.ToBase64String(ModelFile.ToBytes(network, confidence))));
    }

    /// <summary>What runs it; null where the network is not in the page.</summary>
    public static XElement? Script(InferenceGraph network) => WhyNot(network) is null ? Html.Script(Resources.Text("network.js")) : null;

    private static string? WhyNot(InferenceGraph network)
    {
        long bytes = sizeof(float) * network.Weights.Sum(static weights => (long)weights.Values.Length);
        if (bytes > MostBytes)
        {
            (string weights, string most) = Rounding.Apart(bytes, MostBytes, Figures.Bytes);
            return $"The network is not in this page: its weights are {weights}, and a page takes up to {most}.";
        }

        if (network.Macs <= MostMacs) return null;
        (string macs, string asked) = Rounding.Apart(network.Macs, MostMacs, static macs => $"{Figures.Short(macs)} MACs", "MACs");
        return $"The network is not in this page: an image takes {macs}, and a browser is asked for up to {asked}.";
    }

    private static XElement Canvas(string name, string label, int width, int height) => Html.Styled(
        "canvas", name, new XAttribute("width", width), new XAttribute("height", height), new XAttribute("role", "img"),
        new XAttribute("aria-label", label));
}
