using System.Xml.Linq;
using Pare.Evaluation;
using Pare.Export;
using Pare.Recipes;

namespace Pare.Reporting;

/// <summary>Where the network errs, how far its confidence goes, and what it looks for first.</summary>
internal static class EvaluationSections
{
    private const int MostPairs = 10;

    /// <summary>The parts for the phase that a source ends in; those that were not measured are left out.</summary>
    public static IEnumerable<XElement> Create(ReportSource source)
    {
        if (source.Final.Shown is not { } run) yield break;
        if (run.Evaluation is { } evaluation)
        {
            yield return Confusion(evaluation, source.Final.Runs.Count > 1 ? $"Of the run in {run.Folder}." : null);
            yield return Calibration(evaluation, run.Confidence);
            if (evaluation.Worst.Count > 0) yield return Worst(evaluation);
        }

        if (run.Network is { } network && FilterPictures.Draw(network) is { Count: > 0 } filters)
            yield return Filters(filters, colour: network.Graph.Input.Shape.Channels == 3);
    }

    private static XElement Confusion(EvaluationRecord evaluation, string? whose)
    {
        ConfusedPair[] pairs = [.. evaluation.ConfusedPairs.Take(MostPairs)];
        IReadOnlyList<ClassScores> scores = ClassScores.Of(evaluation.Result);
        return Html.Section(
            "Mistakes",
            Html.Element("p",
            "A row is a true class, a column what it was taken for. Mistakes are coloured by the root of their share of the row, so " +
            "that rare ones are seen. ", whose),
            Html.Styled(
                "div", "beside",
                Html.Figure(Html.Scrolling("Confusion matrix", ConfusionMap.Draw(evaluation))),
                Html.Element(
                    "div",
                    Html.Table(
                        "Precision is the share of those taken for a class that are of it, recall the share of the class that was " +
                        "recognized, F1 their harmonic mean. The mean of the recalls is the balanced accuracy.",
                        ["class", ">images", ">precision", ">recall", ">F1"],
                        [.. scores.Select((score, label) =>
                        Scores(evaluation.Classes[label], Figures.Count(score.Images), score.Precision, score.Recall, score.F1)),
                            Mean(scores)]),
                    pairs.Length == 0 ? null : Html.Table(
                        "The most frequent mistakes.", ["true", "taken for", ">images", ">of its class"],
                        pairs.Select(pair =>
                        (IReadOnlyList<object?>)[evaluation.Classes[pair.True], evaluation.Classes[pair.Predicted],
                            Figures.Count(pair.Images), Figures.Percent((double)pair.Images / scores[pair.True].Images)])))));
    }

    private static IReadOnlyList<object?> Scores(object name, string images, double? precision, double? recall, double? f1) =>
        [name, images, Share(precision), Share(recall), Share(f1)];

    // Each class counts the same, however many images it has; one without a score does not count.
    private static IReadOnlyList<object?> Mean(IReadOnlyList<ClassScores> scores) => Scores(
        Html.Element("strong", "mean of the classes"), Figures.Count(scores.Sum(static score => score.Images)),
        scores.Average(static score => score.Precision), scores.Average(static score => score.Recall),
        scores.Average(static score => score.F1));

    private static string Share(double? share) => share is { } value ? Figures.Percent(value) : SettingText.None;

    private static XElement Calibration(EvaluationRecord evaluation, ConfidenceRule rule)
    {
        CalibrationBin[] bins = [.. evaluation.Calibration.Bins.Where(static bin => bin.Images > 0)];
        long images = bins.Sum(static bin => (long)bin.Images);
        if (images != evaluation.Result.Count)
            return Html.Section("Confidence",
                Html.Element("p",
                $"It is not shown: the intervals of the record hold {Figures.Count(images)} images, and " +
                $"{Figures.Count(evaluation.Result.Count)} were measured."));
        double confidence = bins.Sum(static bin => bin.Images * bin.Confidence) / Math.Max(1, evaluation.Result.Count);
        Calibration calibration = evaluation.Calibration;
        return Html.Section(
            "Confidence",
            Html.Element(
                "p",
                $"The network is {Figures.Percent(confidence)} sure on average and right on " +
                $"{Figures.Percent(evaluation.Result.Accuracy)} of the images: " +
                (Math.Abs(calibration.Excess) <= calibration.ExcessByChance ? "no more apart than chance explains. "
                    : $"it is {(calibration.Excess > 0 ? "too sure" : "not sure enough")}. "),
                "The expected calibration error (ECE) is ", Html.Element("strong", Figures.Percent(calibration.ExpectedError)),
                $"; a network that is calibrated perfectly shows about {Figures.Percent(calibration.ChanceError)} on so many images."),
            Kept(rule),
            Html.Styled(
                "div", "beside",
                Html.Figure(
                    Html.Scrolling("Calibration", CalibrationChart.Draw(evaluation.Calibration)), CalibrationChart.Legend),
                Html.Table(
                    $"The {bins.Length} intervals that hold images.", ["confidence", ">images", ">mean confidence", ">accuracy"],
                    bins.Select(static bin =>
                    (IReadOnlyList<object?>)[$"{Figures.ShortPercent(Math.Round(bin.From, 3))} to " +
                        $"{Figures.ShortPercent(Math.Round(bin.To, 3))}", Figures.Count(bin.Images), Figures.Percent(bin.Confidence),
                        Figures.Percent(bin.Accuracy)]))));
    }

    // The figures are of the training's end, and what is kept in the model's file was chosen later.
    private static XElement? Kept(ConfidenceRule rule)
    {
        string[] parts =
        [
            .. rule.Temperature == 1 ? Array.Empty<string>()
                : [Invariant($"divides the network's outputs by a temperature of {rule.Temperature:G4}, which these figures are without")],
            .. rule.Threshold is double threshold
                ? [Invariant($"answers \u201cunsure\u201d below a probability of {threshold:G4} at temperature 1")] : Array.Empty<string>(),
        ];
        return parts.Length == 0 ? null : Html.Element("p", "The model's file keeps a rule: ", Html.Element("code", "pare predict"),
            $" {string.Join(", and ", parts)}.");
    }

    private static XElement Worst(EvaluationRecord evaluation) => Html.Section(
        "Worst images",
        Html.Element("p", "The test images with the highest loss, the worst first. Look here for wrong labels."),
        Html.Styled("ul", "pictures worst", evaluation.Worst.Select(image =>
        {
            string label = evaluation.Classes[image.True], predicted = evaluation.Classes[image.Predicted];
            bool wrong = image.True != image.Predicted;
            return Html.Element(
                "li",
                Html.Element(
                    "img", new XAttribute("src", "data:image/png;base64," + Convert.ToBase64String(image.Png)),
                    new XAttribute("width", 64), new XAttribute("height", 64),
                    new XAttribute("alt",
                    $"test image {image.Path ?? Number(image)}: {label}, {(wrong ? $"taken for {predicted}" : "recognized")}")),
                Html.Element("strong", label),
                Html.Element("span", wrong ? $"taken for {predicted}" : "recognized"),
                Html.Styled("span", "note", $"{Figures.Percent(image.Confidence)} sure"),
                Html.Styled("span", "note", image.Path ?? $"image {Number(image)}"));
        })));

    private static string Number(WorstImage image) => Invariant($"{image.Index}");

    private static XElement Filters(IReadOnlyList<XElement> filters, bool colour) => Html.Section(
        "First filters",
        Html.Element("p", colour
            ? "The weights of the first convolution, each filter as a colour picture in which grey is 0."
            : "The weights of the first convolution, each filter scaled to its largest weight: blue is positive, orange negative."),
        Html.Styled("div", "pictures filters", filters));
}
