using System.Xml.Linq;
using Pare.Evaluation;

namespace Pare.Reporting;

/// <summary>A reliability diagram: the accuracy of the images of each interval of confidence, beside what it should be.</summary>
internal static class CalibrationChart
{
    /// <summary>Bars of fewer images are pale: their accuracy is mostly chance.</summary>
    public const int FewImages = 10;

    /// <summary>What is to be seen.</summary>
    public static readonly string Legend =
        Invariant($"Bars: the accuracy of the images of each interval of confidence, pale where there are fewer than {FewImages}. ") +
        "Orange: their mean confidence, where the bar should end. Grey: how many images there are.";

    private const double Left = 50, Top = 24, Side = 260, Strip = 40;

    /// <summary>Draws the bins.</summary>
    public static XElement Draw(Calibration calibration)
    {
        XElement svg = Svg.Root(
            Left + Side + 24, Top + Side + Strip + 48, "Calibration",
            $"Accuracy against confidence in {calibration.Bins.Count} bins; a calibrated network follows the diagonal. The expected " +
            $"calibration error is {Figures.Percent(calibration.ExpectedError)}.");
        svg.Add(Svg.Text(2, 12, "accuracy", "axis-name"));
        foreach (double tick in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            double y = Top + ((1 - tick) * Side);
            svg.Add(Svg.Line(Left, y, Left + Side, y, "grid"), Svg.Text(Left - 6, y + 4, Figures.ShortPercent(tick), "tick", "end"));
            svg.Add(Svg.Text(Left + (tick * Side), Top + Side + Strip + 24, Figures.ShortPercent(tick), "tick", "middle"));
        }

        double most = Math.Max(1, calibration.Bins.Select(static bin => bin.Images).DefaultIfEmpty(0).Max());
        foreach (CalibrationBin bin in calibration.Bins.Where(static bin => bin.Images > 0))
        {
            double x = Left + (bin.From * Side) + 1, width = ((bin.To - bin.From) * Side) - 2;
            XElement title() => Svg.Element("title")
                .With($"confidence {Figures.Percent(bin.From)} to {Figures.Percent(bin.To)}: {Figures.Count(bin.Images, "image")}, " +
                $"{Figures.Percent(bin.Accuracy)} right");
            svg.Add(Svg.Rectangle(x, Top + ((1 - bin.Accuracy) * Side), width, bin.Accuracy * Side, bin.Images < FewImages
                ? "fill color0 pale" : "fill color0").With(title()));
            svg.Add(Svg.Line(x, Top + ((1 - bin.Confidence) * Side), x + width, Top + ((1 - bin.Confidence) * Side), "line color1"));
            double height = Math.Max(1, Strip * bin.Images / most);
            svg.Add(Svg.Rectangle(x, Top + Side + 8 + Strip - height, width, height, "empty").With(title()));
        }

        svg.Add(Svg.Line(Left, Top + Side, Left + Side, Top, "axis dashed"), Svg.Line(Left, Top + Side, Left + Side, Top + Side, "axis"));
        svg.Add(Svg.Text(Left - 6, Top + Side + 8 + (Strip / 2) + 4, "images", "tick", "end"));
        svg.Add(Svg.Text(Left + (Side / 2), Top + Side + Strip + 42, "confidence", "axis-name", "middle"));
        return svg;
    }
}
