using System.Globalization;
using System.Xml.Linq;
using Pare.Evaluation;
using Pare.Recipes;
using Pare.Robustness;

namespace Pare.Reporting;

/// <summary>What was measured of robustness beyond corrupted and shifted images: confidence, strangers, flatness and attacks.</summary>
internal static class ConfidenceSections
{
    private const double ChartWidth = 460, ChartHeight = 300;

    // What two ways of computing the same confidences may differ by.
    private const double Rounding = 1e-4;

    /// <summary>The parts that a record has.</summary>
    /// <param name="record">What was measured.</param>
    /// <param name="run">What the run itself measured of its network; null where that is missing.</param>
    public static IEnumerable<XElement> Create(RobustnessRecord record, EvaluationRecord? run)
    {
        if (record.Calibration is { } calibration)
            yield return Calibration(record, calibration, record.Network == ImageClassifier.Float ? run : null);
        if (record.Confidence is { } confidence) yield return Confidence(confidence);
        if (record.Strangers is { } strangers) yield return Strangers(strangers);
        if (record.Flatness is { } flatness) yield return Flatness(flatness);
        if (record.Attacks is { } attacks) yield return Attacks(attacks);
    }

    // The run's own evaluation has drawn the same network's confidence already, on all test images.
    private static XElement Calibration(RobustnessRecord record, CalibrationRecord calibration, EvaluationRecord? drawn)
    {
        var rows = new List<IReadOnlyList<object?>>
        {
            new object?[]
            {
                "as it is", Figures.Percent(calibration.ExpectedError), Figures.Percent(calibration.AdaptiveError),
                Loss(calibration.NegativeLogLikelihood), Loss(calibration.BrierScore),
            },
        };
        if (calibration.Tempered is { } tempered)
            rows.Add([$"temperature {Number(tempered.Fit.Temperature)}", Figures.Percent(tempered.ExpectedError),
                Figures.Percent(tempered.AdaptiveError), Loss(tempered.NegativeLogLikelihood), Loss(tempered.BrierScore)]);
        XElement errors = Html.Table(
            "ECE with 15 intervals of equal width, and with 15 of as many images each; the loss is the negative log likelihood in nats; " +
            "Brier score.", ["", ">ECE", ">adaptive", ">loss", ">Brier"], rows);
        return Html.Element("div",
            Html.Element("h3", "Calibration"),
            Html.Element("p",
                "The expected calibration error is ", Html.Element("strong", Figures.Percent(calibration.ExpectedError)),
                ", where a network that is calibrated perfectly shows about " +
                $"{Figures.Percent(new Calibration(calibration.Bins).ChanceError)} on so many images", drawn switch
                {
                    null => ". ",
                    { Result.Count: int all } when all == record.Images
                        && Math.Abs(drawn.Calibration.ExpectedError - calibration.ExpectedError) < Rounding =>
                        "; the section Confidence draws it. ",
                    { Result.Count: int all } =>
                        $" on these images; the section Confidence draws that of the run's {Figures.Count(all, "test image")}. ",
                },
                calibration.Tempered switch
                {
                    null => "The training held no images out for validation, so that no temperature can be fitted.",
                    { Fit.Kept: { } kept } => $"The temperature stays 1: {kept}.",
                    { } fitted => $"A temperature of {Number(fitted.Fit.Temperature)}, fitted to " +
                        $"{Figures.Count(fitted.Fit.Images, "validation image")}, makes it {Figures.Percent(fitted.ExpectedError)}; it " +
                        "changes no class.",
                }),
            drawn is not null ? errors : Html.Styled("div", "beside",
                Html.Figure(Html.Scrolling("Reliability diagram", CalibrationChart.Draw(new Calibration(calibration.Bins))),
                    CalibrationChart.Legend),
                errors));
    }

    private static XElement Confidence(ConfidenceRecord confidence)
    {
        var chart = new LineChart
        {
            Title = "Risk and coverage",
            Description = "How often the network errs on the images that it is surest of.",
            XLabel = "share of images that get an answer",
            YLabel = "wrong answers",
            PercentY = true,
            Width = ChartWidth,
            Height = ChartHeight,
            Series = [new LineSeries("", [.. confidence.Curve.Select(static point => (point.Coverage, point.Risk))])],
        };
        return Html.Element("div",
            Html.Element("h3", "Not sure"),
            Html.Element("p", "On the 90 % of the images that the network is surest of it is right on ",
                Html.Element("strong", Figures.Percent(confidence.AccuracyAt90)),
                $", on 95 % on {Figures.Percent(confidence.AccuracyAt95)}. The area under the risk-coverage curve (AURC) is " +
                $"{Number(confidence.Area)}."),
            Html.Styled("div", "beside",
                Html.Figure(chart.ToSvg()),
                confidence.Thresholds.Count == 0 ? null : Html.Table(
                    "Thresholds that were chosen on validation images so that with 95 % confidence answers are as right as wished; on " +
                    "the test images so many get an answer, and so many answers are right; at least is what the validation images prove.",
                    [">wished", ">threshold", ">answers", ">right", ">at least"],
                    confidence.Thresholds.Select(static threshold => (IReadOnlyList<object?>)[
                        Figures.ShortPercent(threshold.Wished),
                        threshold.Chosen is { } chosen ? Number(chosen.Threshold) : SettingText.None,
                        threshold.Coverage is double coverage ? Figures.Percent(coverage) : "",
                        threshold.Accuracy is double accuracy ? Figures.Percent(accuracy) : "",
                        threshold.Chosen is { } proven ? Figures.Percent(proven.Bound) : ""]))));
    }

    private static XElement Strangers(StrangersRecord strangers) => Html.Element("div",
        Html.Element("h3", "Out-of-distribution pictures"),
        Html.Element("p", "Whether the network is less sure of pictures of none of its classes."),
        Html.Table(
            "Called strangers in options and records. Area: AUROC of the confidence, 100 % being perfect and 50 % chance. Passing: " +
            "the false positive rate at 95 % true positives.",
            ["pictures", ">images", ">area", ">passing", ">mean confidence"],
            strangers.Sets.Select(static set => (IReadOnlyList<object?>)[set.Name, Figures.Count(set.Images), Figures.Percent(set.Area),
                Figures.Percent(set.PassingAt95), Figures.Percent(set.Confidence)])));

    private static XElement Flatness(FlatnessRecord flatness)
    {
        var chart = new LineChart
        {
            Title = "Loss along random directions",
            Description = "The loss where every filter is moved by a share of its own length.",
            XLabel = "distance, in lengths of each filter",
            YLabel = "loss",
            LogY = true,
            Width = ChartWidth,
            Height = ChartHeight,
            Series =
            [
                new LineSeries("least", Points(static point => point.Least)) { Faint = true, Color = 0 },
                new LineSeries("most", Points(static point => point.Most)) { Faint = true, Color = 0 },
                new LineSeries("mean", Points(static point => point.Loss)) { Color = 0 },
            ],
        };
        return Html.Element("div",
            Html.Element("h3", "Flatness"),
            Html.Element("p",
                $"On {Figures.Count(flatness.Images, flatness.OfTraining ? "training image" : "test image")} the loss is " +
                $"{Number(flatness.Loss)}. A step of {Number(flatness.Rho)} up its gradient raises it by ",
                Html.Element("strong", Number(flatness.Sharpness)),
                $"; the largest eigenvalue of its Hessian is {(flatness.HasArrived ? "" : "about ")}",
                Html.Element("strong", Number(flatness.LargestEigenvalue)),
                $", after {Figures.Count(flatness.Iterations, "iteration")} with a residual of {Number(flatness.EigenvalueError)}."),
            Html.Figure(chart.ToSvg(),
                $"The mean over {Figures.Count(flatness.Directions)} random directions in which each filter is as long as the network's, " +
                "and the least and the most of them."));

        IReadOnlyList<(double X, double Y)> Points(Func<FlatnessPoint, double> loss) =>
            [.. flatness.Curve.Select(point => (point.Distance, loss(point)))];
    }

    private static XElement Attacks(AttacksRecord attacks)
    {
        string[] names = [.. attacks.Results.Select(static result => result.Attack).Distinct()];
        var chart = new LineChart
        {
            Title = "Accuracy under attack",
            Description = "The accuracy where each pixel may be moved by so many steps of a byte.",
            XLabel = "eps, in steps of a byte",
            YLabel = "accuracy",
            PercentY = true,
            RangeY = (0, 1),
            Width = ChartWidth,
            Height = ChartHeight,
            Series =
            [
                .. names.Select(name => new LineSeries(name, [(0, attacks.Clean), .. attacks.Results
                    .Where(result => result.Attack == name).Select(static result => ((double)result.Epsilon, result.Accuracy))])
                { Dotted = true }),
            ],
        };
        return Html.Element("div",
            Html.Element("h3", "Attacks"),
            Html.Element("p",
                $"{Figures.Count(attacks.Images, "test image")}, of which {Figures.Percent(attacks.Clean)} are right as they are, " +
                "changed by up to eps in each pixel so that the network errs. ", attacks.Transferred
                    ? "The pictures were made to fool the float32 network, and are shown to this one."
                    : $"PGD begins {Times(attacks.Restarts)} and counts what a " +
                    "weaker attack has fooled."),
            Html.Styled("div", "beside",
                Html.Figure(chart.ToSvg()),
                Html.Table("The accuracy under each attack.", [">eps", .. names.Select(static name => $">{name}")],
                    attacks.Results.GroupBy(static result => result.Epsilon).Select(reach => (IReadOnlyList<object?>)
                    [
                        $"{reach.Key.ToString(CultureInfo.InvariantCulture)}/255",
                        .. names.Select(name => reach.FirstOrDefault(result => result.Attack == name) is { } result
                            ? Figures.Percent(result.Accuracy) : SettingText.None),
                    ]))));
    }

    private static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => $"{Figures.Count(count)} times" };

    private static string Loss(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
