using System.Globalization;
using System.Xml.Linq;
using Pare.Reporting;

namespace Pare.Tests.Reporting;

public sealed class LineChartTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData(0, 1, 5, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0.13, 0.87, 5, "0.2 0.4 0.6 0.8")]
    [InlineData(-3, 12, 4, "0 5 10")]
    [InlineData(1e6, 5e6, 5, "1e6 2e6 3e6 4e6 5e6")]
    public void Ticks_are_round_and_within_the_axis(double low, double high, int most, string labels) =>
        Assert.Equal(labels, string.Join(' ', AxisTicks.Linear(low, high, most).Select(AxisTicks.Label)));

    [Theory]
    [InlineData(1e-5, 10, 9, "1e-5 1e-4 0.001 0.01 0.1 1 10")]
    [InlineData(1e-8, 10, 5, "1e-8 1e-6 1e-4 0.01 1")]
    [InlineData(0.03, 3, 9, "0.05 0.1 0.2 0.5 1 2")]
    public void Logarithmic_ticks_are_powers_of_ten_or_between_them(double low, double high, int most, string labels) =>
        Assert.Equal(labels, string.Join(' ', AxisTicks.Logarithmic(low, high, most).Select(AxisTicks.Label)));

    [Fact]
    public void A_line_goes_from_corner_to_corner_and_a_value_that_is_not_finite_leaves_a_gap()
    {
        XElement svg = Chart([(1, 1), (10, 2), (100, double.NaN), (1000, 4), (10_000, 5)]).ToSvg();
        string path = svg.Elements(s_svg + "path").Single().Attribute("d")!.Value;
        string[] strokes = path.Split('M', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, strokes.Length);
        double[] x =
            [.. strokes.SelectMany(static stroke => stroke.Split('L'))
            .Select(static point => double.Parse(point.Split(' ')[0], CultureInfo.InvariantCulture))];
        Assert.Equal(x[1] - x[0], x[3] - x[2], 0.05);
        Assert.Equal(2 * (x[1] - x[0]), x[2] - x[1], 0.05);
    }

    [Fact]
    public void Text_is_text()
    {
        XElement svg = XElement.Parse(Chart([(1, 1), (10, 2)]).ToFile());
        string[] texts = [.. svg.Descendants(s_svg + "text").Select(static text => text.Value)];
        foreach (string text in new[] { "A <title> & more", "rate", "loss", "curve", "here" }) Assert.Contains(text, texts);
    }

    [Fact]
    public void A_chart_of_nothing_is_still_a_chart() => Assert.NotEmpty(Chart([]).ToSvg().Elements(s_svg + "line"));

    [Theory]
    [InlineData(0, "0 %|10 %|20 %|30 %|40 %|50 %")]
    [InlineData(1, "60 %|80 %|100 %")]
    [InlineData(0.3, "0 %|20 %|40 %|60 %|80 %")]
    [InlineData(1.5, "100 %|150 %|200 %")]
    public void Where_all_shares_are_the_same_the_axis_names_none_that_cannot_be(double share, string labels)
    {
        XElement svg = (Chart([(1, share), (10, share)]) with { PercentY = true, LogX = false }).ToSvg();
        Assert.Equal(labels, string.Join('|', svg.Elements(s_svg + "text").Select(static text => text.Value)
            .Where(static text => text.EndsWith('%'))));
    }

    private static LineChart Chart((double X, double Y)[] points) => new()
    {
        Title = "A <title> & more",
        XLabel = "rate",
        YLabel = "loss",
        LogX = true,
        Series = [new LineSeries("curve", points)],
        Marks = [new ChartMark(5, "here")],
    };
}
