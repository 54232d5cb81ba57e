using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Pare.Data;
using Pare.Reporting;
using Pare.Training;

namespace Pare.Tests.Reporting;

/// <summary>Charts in files of their own are looked at in more than browsers.</summary>
public sealed class SvgFileTests
{
    private static readonly string[] s_drawn = ["rect", "path", "line", "circle", "text"];

    public static TheoryData<string> Charts => [.. Files.Keys];

    public static TheoryData<string> Committed =>
        [.. Directory.EnumerateFiles(Path.Combine(Root(), "docs"), "*.svg", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Root(), file)).Order(StringComparer.Ordinal)];

    private static Dictionary<string, LineChart> Files { get; } = new()
    {
        ["everything"] = Everything("everything"),
        ["a name that XML cannot hold"] = Everything("</text>\u0001\ud800\ufffe\u0085&amp;"),
        ["nothing"] = new LineChart { Title = "nothing", XLabel = "x", YLabel = "y" },
        ["range test"] =
        RateReport.Chart(
        new RateCurve(
            [.. Enumerable.Range(1, 40)
            .Select(static i => new RatePoint(i, i == 20 ? 1e9 : 2 + Math.Cos(i / 9.0), 2 + Math.Cos(i / 9.0)))], Diverged: false), "tiny"),
    };

    [Theory]
    [MemberData(nameof(Charts))]
    public void Every_element_has_literal_colours(string name) => HasLiteralColours(Files[name].ToFile());

    [Theory]
    [MemberData(nameof(Committed))]
    public void Every_chart_of_the_documents_has_literal_colours(string file) =>
        HasLiteralColours(File.ReadAllText(Path.Combine(Root(), file)));

    [Fact]
    public void The_documents_have_charts() => Assert.True(Committed.Count >= 6);

    [Theory]
    [MemberData(nameof(Charts))]
    public void Outside_of_a_browser_colours_are_seen(string name)
    {
        (byte[] pixels, int height, int width) = ImageDecoder.DecodeUpright(Render(Files[name].ToFile()), 3);
        (byte R, byte G, byte B)[] seen =
            [.. Enumerable.Range(0, height * width).Select(i => (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]))];
        Assert.Equal((255, 255, 255), seen[0]);
        Assert.InRange(seen.Count(static pixel => pixel is { R: < 40, G: < 40, B: < 40 }), 1, seen.Length / 20);
        if (name != "nothing") Assert.Contains(seen, static pixel => pixel is (0x17, 0x69, 0xb5));
    }

    [Fact]
    public void A_page_and_a_file_have_the_same_colours()
    {
        string sheet = ChartStyle.Sheet();
        XElement svg = XElement.Parse(Files["everything"].ToFile());
        string[] used =
            [.. svg.Descendants().Attributes().Select(static attribute => attribute.Value).Where(static value => value.StartsWith('#'))
            .Distinct()];
        Assert.InRange(used.Length, 5, 20);
        Assert.All(used, color => Assert.Contains($": {color};", sheet, StringComparison.Ordinal));
    }

    // WCAG asks for 4.5 to 1 for text and 3 to 1 for what is drawn.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Colours_stand_out_from_their_paper(bool dark)
    {
        string sheet = ChartStyle.Sheet();
        string part = dark ? sheet[sheet.IndexOf("@media", StringComparison.Ordinal)..] : sheet;
        foreach (string paper in new[] { "paper", "card" })
        {
            Assert.All(new[] { "ink", "muted", "link" }, name =>
                Assert.True(Contrast(name, paper) >= 4.5, $"{name} on {paper}: {Contrast(name, paper)}"));
            Assert.All(Enumerable.Range(0, ChartStyle.SeriesColors), i =>
                Assert.True(Contrast($"c{i}", paper) >= 3, $"c{i} on {paper}: {Contrast($"c{i}", paper)}"));
        }

        double Contrast(string one, string other)
        {
            double[] light = [.. new[] { Luminance(one), Luminance(other) }.Order()];
            return (light[1] + 0.05) / (light[0] + 0.05);
        }

        double Luminance(string name)
        {
            int start = part.IndexOf($"--{name}: #", StringComparison.Ordinal) + name.Length + 5;
            double[] linear =
                [.. Convert.FromHexString(part.AsSpan(start, 6)).Select(static value => value / 255.0)
                .Select(static value => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4))];
            return (0.2126 * linear[0]) + (0.7152 * linear[1]) + (0.0722 * linear[2]);
        }
    }

    private static LineChart Everything(string name) => new()
    {
        Title = name,
        XLabel = "x",
        YLabel = "y",
        RangeY = (0, 3),
        Series =
        [
            new LineSeries(name, [(1, 1), (2, 2), (3, 9)]),
                new LineSeries("dots", [(1, 2), (2, 1)]) { Dotted = true, Labels = [name, "b"] },
            new LineSeries("rings", [(3, 1)]) { Dotted = true, Hollow = true, Joined = false, Labels = ["c"] },
            new LineSeries("", [(1, 0.5), (3, 0.6)]) { Faint = true, Dashed = true },
        ],
        Marks = [new ChartMark(2.5, name)],
    };

    private static void HasLiteralColours(string file)
    {
        Assert.DoesNotContain("var(", file, StringComparison.Ordinal);
        XElement svg = XElement.Parse(file);
        Assert.DoesNotContain(svg.DescendantsAndSelf(), static element => element.Name.LocalName == "style");
        XElement[] drawn = [.. svg.Descendants().Where(static element => s_drawn.Contains(element.Name.LocalName))];
        Assert.NotEmpty(drawn);
        Assert.All(drawn, static element =>
        {
            string?[] colours = [element.Attribute("fill")?.Value, element.Attribute("stroke")?.Value];
            Assert.Contains(colours, static colour => colour is not null && colour.StartsWith('#'));
            if (element.Name.LocalName == "path" && element.Attribute("stroke") is not null) Assert.NotNull(element.Attribute("fill"));
        });
        Assert.Equal((svg.Attribute("width")!.Value, svg.Attribute("height")!.Value),
            (drawn[0].Attribute("width")?.Value, drawn[0].Attribute("height")?.Value));
    }

    private static byte[] Render(string svg)
    {
        try
        {
            using Process process =
                Process.Start(
                new ProcessStartInfo("rsvg-convert", ["--format", "png"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            process.StandardInput.Write(svg);
            process.StandardInput.Close();
            using var png = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(png);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return png.ToArray();
        }
        catch (Win32Exception)
        {
            Assert.Skip("rsvg-convert is not installed.");
            return [];
        }
    }

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
