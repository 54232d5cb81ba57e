using System.Globalization;
using System.Xml.Linq;
using Pare.Reporting;
using Pare.Runs;

namespace Pare.Tests.Reporting;

public class ChartTests
{
    [Fact]
    public void Labels_of_neighbours_do_not_cover_each_other()
    {
        (double X, double Y)[] points = [(1000, 0.99), (1010, 0.9901), (1020, 0.9902), (1400, 0.992)];
        XElement svg = Chart(new LineSeries("a", points) { Dotted = true, Labels = ["first", "second", "third", "fourth"] }).ToSvg();
        (double X, double Y, double Width)[] labels =
            [.. Texts(svg, "label").Select(static text => (Number(text, "x"), Number(text, "y"), TextWidth.Of(text.Value, 11)))];
        Assert.Equal(4, labels.Length);
        for (int i = 0; i < labels.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                bool besides = labels[i].X + labels[i].Width <= labels[j].X || labels[j].X + labels[j].Width <= labels[i].X;
                Assert.True(besides || Math.Abs(labels[i].Y - labels[j].Y) >= 11, $"{i} and {j}");
            }
        }
    }

    [Fact]
    public void A_line_goes_to_the_edge_of_the_given_range_and_a_mark_says_what_lies_beyond()
    {
        LineChart chart =
            Chart(new LineSeries("a", [(1, 0.102), (2, 0.5), (3, 0.9), (4, 0.8), (5, double.PositiveInfinity)])) with
            {
                XLabel = "epoch",
                RangeY = (0.4, 1),
                PercentY = true
            };
        XElement svg = chart.ToSvg();
        (double X, double Y)[] line =
            [.. Paths(svg, "line color0").Single()[1..].Split('L').Select(static point => point.Split(' '))
            .Select(static point =>
            (double.Parse(point[0], CultureInfo.InvariantCulture), double.Parse(point[1], CultureInfo.InvariantCulture)))];
        Assert.Equal(4, line.Length);
        double bottom =
            Number(svg.Elements().Last(static element => element.Name.LocalName == "line" && element.Attribute("class")!.Value == "axis"),
            "y1");
        Assert.Equal(bottom, line[0].Y, 0.01);
        Assert.InRange(line[0].X, Tick(svg, "1") + 1, Tick(svg, "2") - 1);
        Assert.Equal(Tick(svg, "2"), line[1].X, 0.01);
        Assert.Equal(["epoch 1: 10.20 %", "epoch 5: infinity"], Titles(svg));
        Assert.Contains("down to 10.20 %", Texts(svg, "muted").Select(static text => text.Value));
        Assert.EndsWith("Points below the axis go down to 10.20 %. Points above the axis go up to infinity.", svg.Elements()
            .Single(static element => element.Name.LocalName == "desc").Value, StringComparison.Ordinal);
        Assert.Empty(Titles((chart with { RangeY = null, Series = [chart.Series[0] with { Points = [(1, 0.1), (2, 0.5)] }] }).ToSvg()));
    }

    [Fact]
    public void Marks_of_many_epochs_do_not_cover_each_other()
    {
        LineChart chart =
            Chart(new LineSeries("a",
            [.. Enumerable.Range(1, 2000).Select(static i => ((double)i, i <= 1000 ? 0.1 : 0.9))])) with
            { RangeY = (0.8, 1) };
        double[] marks =
            [.. Paths(chart.ToSvg(), "disc color0")
            .Select(static path => double.Parse(path[1..].Split(' ')[0], CultureInfo.InvariantCulture)).Order()];
        Assert.InRange(marks.Length, 10, 60);
        Assert.All(marks.Zip(marks.Skip(1)), static pair => Assert.InRange(pair.Second - pair.First, 8, 10));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1 nan 2 3 nan 4", 2)]
    [InlineData("nan nan", 0)]
    [InlineData("1 2", 0)]
    public void A_point_that_is_joined_with_nothing_is_a_dot(string values, int dots)
    {
        double[] read = [.. values.Split(' ').Select(static value => double.Parse(value, CultureInfo.InvariantCulture))];
        XElement svg = Chart(new LineSeries("", [.. read.Index().Select(static point => (point.Index + 1.0, point.Item))])).ToSvg();
        Assert.Equal(dots, svg.Elements().Count(static element => element.Name.LocalName == "circle"));
    }

    [Theory]
    [InlineData(1e300, 1e300)]
    [InlineData(-1e308, 1e308)]
    [InlineData(1e-300, 1e300)]
    [InlineData(1e17, 1e17)]
    [InlineData(1e9, 1.000000000000001e9)]
    [InlineData(0, 1e308)]
    [InlineData(1e-310, 1)]
    public void Huge_values_have_a_place(double low, double high)
    {
        foreach (bool logarithmic in new[] { false, low > 0 })
        {
            XElement svg = (Chart(new LineSeries("a", [(1, low), (2, high)])) with { LogY = logarithmic }).ToSvg();
            string[] numbers =
                [.. svg.DescendantsAndSelf().Attributes()
                .Where(static attribute => attribute.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "d")
                .Select(static attribute => attribute.Value)];
            Assert.All(numbers, static number => Assert.DoesNotMatch("NaN|∞|Infinity|E", number));
            Assert.Single(Paths(svg, "line color0"));
        }
    }

    [Fact]
    public void Epochs_are_whole()
    {
        LineChart chart = Chart(new LineSeries("a", [(1, 0.1), (2, 0.5), (3, 0.9)])) with { WholeX = true };
        Assert.Equal(["1", "2", "3"], Texts(chart.ToSvg(), "tick").Where(static tick => tick.Attribute("text-anchor")!.Value == "middle")
            .Select(static tick => tick.Value));
    }

    [Theory]
    [InlineData(0.98931, 0.00071, "98.93 ± 0.07 %")]
    [InlineData(0.99175, 0, "99.18 %")]
    [InlineData(1, 0, "100.00 %")]
    public void An_accuracy_has_its_spread(double mean, double deviation, string text) =>
        Assert.Equal(text, Figures.Percent(new Spread(mean, deviation)));

    [Theory]
    [InlineData(950, "950")]
    [InlineData(9999, "9,999")]
    [InlineData(12_345, "12.3 K")]
    [InlineData(307_318, "307 K")]
    [InlineData(2_203_296, "2.20 M")]
    [InlineData(1.5e9, "1.50 G")]
    [InlineData(2.5e13, "25.0 T")]
    [InlineData(1e300, "1e300")]
    public void Large_numbers_are_short(double value, string text) => Assert.Equal(text, Figures.Short(value));

    [Theory]
    [InlineData(42.13, "42.1 s")]
    [InlineData(187.4, "3:07 min")]
    [InlineData(3750, "1:02:30 h")]
    [InlineData(1e300, "1e300 s")]
    [InlineData(double.NaN, "not a number")]
    public void Times_have_their_unit(double seconds, string text) => Assert.Equal(text, Figures.Seconds(seconds));

    [Theory]
    [InlineData(1e39, "1e41 %")]
    [InlineData(double.PositiveInfinity, "not a number")]
    public void What_is_no_share_is_shown_all_the_same(double share, string text) =>
        Assert.Equal((text, text), (Figures.Percent(share), Figures.Percent(new Spread(share, null))));

    [Theory]
    [InlineData(5_000_000_000, "4.7 GB")]
    [InlineData(long.MaxValue, "8589934592.0 GB")]
    public void Large_files_are_gigabytes(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    [Fact]
    public void Savings_have_a_sign()
    {
        Assert.Equal(("−81 %", "+98 %", "±0 %"), (Figures.Change(7250, 1377.5), Figures.Change(250, 495), Figures.Change(10, 10)));
        Assert.Equal(("−99.99 %", "+0.02 %"), (Figures.Change(125_626, 12), Figures.Change(65_955, 65_971)));
        Assert.Equal(("+0.12", "−0.85"), (Figures.Points(0.0012), Figures.Points(-0.0085)));
        Assert.Equal("−93\u00A0% parameters for −0.30 (−0.6 to 0.1) by x=-1, one-sided, 2-3",
            Figures.Text("-93 % parameters for -0.30 (-0.6 to 0.1) by x=-1, one-sided, 2-3"));
    }

    private static LineChart Chart(LineSeries series) => new() { Title = "t", XLabel = "x", YLabel = "y", Series = [series] };

    private static IEnumerable<XElement> Texts(XElement svg, string style) =>
        svg.Descendants().Where(element => element.Name.LocalName == "text" && element.Attribute("class")?.Value == style);

    private static IEnumerable<string> Paths(XElement svg, string style) => svg.Elements()
        .Where(element => element.Name.LocalName == "path" && element.Attribute("class")?.Value == style)
        .Select(static path => path.Attribute("d")!.Value);

    private static string[] Titles(XElement svg) =>
        [.. svg.Elements().Where(static element => element.Name.LocalName == "path").SelectMany(static path => path.Elements())
            .Select(static title => title.Value)];

    private static double Tick(XElement svg, string label) =>
        Number(Texts(svg, "tick").Single(text => text.Value == label && text.Attribute("text-anchor")!.Value == "middle"), "x");

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
