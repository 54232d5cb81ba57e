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
        (double X, double Y, double Width)[] labels = [.. Texts(svg, "label").Select(static text => (Number(text, "x"), Number(text, "y"), text.Value.Length * 11 * Svg.LetterWidth))];
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
    public void Points_beyond_the_given_range_are_not_shown()
    {
        LineChart chart = Chart(new LineSeries("a", [(1, 0.1), (2, 0.5), (3, 0.9)])) with { RangeY = (0.4, 1) };
        string path = chart.ToSvg().Elements().Single(static element => element.Name.LocalName == "path").Attribute("d")!.Value;
        Assert.Equal((1, 1), (path.Count('M'), path.Count('L')));
    }

    [Fact]
    public void Epochs_are_whole()
    {
        LineChart chart = Chart(new LineSeries("a", [(1, 0.1), (2, 0.5), (3, 0.9)])) with { WholeX = true };
        Assert.Equal(["1", "2", "3"], Texts(chart.ToSvg(), "tick").Where(static tick => tick.Attribute("text-anchor")!.Value == "middle").Select(static tick => tick.Value));
    }

    [Theory]
    [InlineData(0.98931, 0.00071, "98.93 ± 0.07 %")]
    [InlineData(0.99175, 0, "99.18 %")]
    [InlineData(1, 0, "100.00 %")]
    public void An_accuracy_has_its_spread(double mean, double deviation, string text) => Assert.Equal(text, Figures.Percent(new Spread(mean, deviation)));

    [Theory]
    [InlineData(950, "950")]
    [InlineData(9999, "9,999")]
    [InlineData(12_345, "12.3 K")]
    [InlineData(307_318, "307 K")]
    [InlineData(2_203_296, "2.20 M")]
    [InlineData(1.5e9, "1.50 G")]
    public void Large_numbers_are_short(double value, string text) => Assert.Equal(text, Figures.Short(value));

    [Theory]
    [InlineData(42.13, "42.1 s")]
    [InlineData(187.4, "3:07 min")]
    [InlineData(3750, "1:02:30 h")]
    public void Times_have_their_unit(double seconds, string text) => Assert.Equal(text, Figures.Seconds(seconds));

    [Fact]
    public void Savings_have_a_sign()
    {
        Assert.Equal(("−81 %", "+98 %", "±0 %"), (Figures.Change(7250, 1377.5), Figures.Change(250, 495), Figures.Change(10, 10)));
        Assert.Equal(("+0.12", "−0.85"), (Figures.Points(0.0012), Figures.Points(-0.0085)));
    }

    private static LineChart Chart(LineSeries series) => new() { Title = "t", XLabel = "x", YLabel = "y", Series = [series] };

    private static IEnumerable<XElement> Texts(XElement svg, string style) => svg.Descendants().Where(element => element.Name.LocalName == "text" && element.Attribute("class")?.Value == style);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
