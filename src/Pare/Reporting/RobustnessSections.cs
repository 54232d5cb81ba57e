using System.Globalization;
using System.Xml.Linq;
using Pare.Evaluation;
using Pare.Robustness;

namespace Pare.Reporting;

/// <summary>How the network stands what is not in its training set, a part for each topic that was measured.</summary>
internal static class RobustnessSections
{
    private const int PictureSide = 42;

    /// <summary>The parts for the phase that a source ends in; none where nothing was measured.</summary>
    public static IEnumerable<XElement> Create(ReportSource source)
    {
        if (source.Final.Shown is not { } run) yield break;
        foreach (RobustnessRecord record in run.Robustness?.Networks ?? [])
        {
            string form = record.Network == ImageClassifier.Float ? "" : $", {record.Network}";
            XElement?[] parts =
            [
                record.Corruptions is { } corruptions ? Corruptions(record, corruptions, run) : null,
                record.Shifts is { } shifts ? Shifts(record, shifts) : null,
                .. ConfidenceSections.Create(record, run.Evaluation),
            ];
            if (parts.All(static part => part is null)) continue;
            yield return Html.Section($"Robustness{form}",
                Html.Element("p", $"Measured on {Figures.Count(record.Images, "test image")} of {record.Data}, of which " +
                    $"{Figures.Percent(record.Accuracy)} are right as they are; seed " +
                    $"{record.Seed.ToString(CultureInfo.InvariantCulture)}."),
                parts,
                record.NotMeasured.Select(static not => Html.Styled("p", "note", $"{not.Section} is not measured: {not.Reason}")));
        }
    }

    private static XElement Corruptions(RobustnessRecord record, CorruptionsRecord corruptions, RunRecord run)
    {
        string[] columns = [.. corruptions.Severities.Select(static severity => severity.ToString(CultureInfo.InvariantCulture)), "mean"];
        (string, IReadOnlyList<double?>)[] rows =
        [
            .. corruptions.Kinds.Select(kind => (Name(kind.Kind), (IReadOnlyList<double?>)
            [
                .. corruptions.Severities.Select((_, i) => corruptions.HasSeverities(kind) ? kind.Accuracies[i] : (double?)null),
                kind.Mean,
            ])),
        ];
        return Html.Element("div",
            Html.Element("h3", "Corruptions"),
            Html.Element("p",
                "The mean accuracy on corrupted images is ", Html.Element("strong", Figures.Percent(corruptions.Accuracy)),
                $"{Interval(corruptions.Interval)} over {Figures.Count(corruptions.Kinds.Count, "kind")}" +
                (corruptions.RelativeDrop is double drop
                    ? $", a relative drop of {Figures.Percent(drop)} from the images as they are" : "") +
                $". The worst kind is {Name(corruptions.Kinds.MinBy(static kind => kind.Mean)!.Kind)}."),
            Html.Styled("div", "beside",
                Html.Figure(
                    Html.Scrolling("Accuracy by kind and severity of corruption", HeatMap.Draw("Corruptions",
                        "Accuracy in percent; a row is a kind of corruption, a column a severity.", columns, rows, record.Accuracy)),
                    "Accuracy in percent by severity. The stronger the colour, the more of the accuracy on clean images is lost. A kind " +
                    "without severities has its figure in the last column."),
                corruptions.Pictures is { } pictures ? Pictures(corruptions, pictures, run) : null));
    }

    private static XElement Pictures(CorruptionsRecord corruptions, CorruptionPictures pictures, RunRecord run)
    {
        IReadOnlyList<string> classes = run.Evaluation?.Classes ?? [];
        string label = pictures.Label >= 0 && pictures.Label < classes.Count ? $", {classes[pictures.Label]}" : "";
        return Html.Styled("div", "corrupted", Html.Table(
            $"Test image {pictures.Index.ToString(CultureInfo.InvariantCulture)}{label}, as it is and corrupted.",
            ["kind", .. corruptions.Severities.Select(static severity => severity.ToString(CultureInfo.InvariantCulture))],
            [
                Row("as it is", [Picture(pictures.Clean, "as it is")]),
                .. corruptions.Kinds.Select((kind, i) => Row(Name(kind.Kind), [.. pictures.Kinds[i].Select((png, j) =>
                    Picture(png, corruptions.HasSeverities(kind)
                        ? $"{Name(kind.Kind)}, severity {corruptions.Severities[j].ToString(CultureInfo.InvariantCulture)}"
                        : Name(kind.Kind)))])),
            ]));

        IReadOnlyList<object?> Row(string name, IReadOnlyList<XElement> cells) =>
            [name, .. cells, .. Enumerable.Repeat<object?>(null, Math.Max(0, corruptions.Severities.Count - cells.Count))];
    }

    private static XElement Shifts(RobustnessRecord record, ShiftsRecord shifts)
    {
        string[] columns = [.. Enumerable.Range(-ShiftsRecord.Reach, (2 * ShiftsRecord.Reach) + 1).Select(Signed)];
        (string, IReadOnlyList<double?>)[] rows =
        [
            .. shifts.Shifts.GroupBy(static shift => shift.Down).Select(static row =>
                (Signed(row.Key), (IReadOnlyList<double?>)[.. row.Select(static shift => (double?)shift.Accuracy)])),
        ];
        return Html.Element("div",
            Html.Element("h3", "Shifts"),
            Html.Element("p", Html.Element("strong", Figures.Percent(shifts.Steady)),
                $"{Interval(Wilson.Interval(shifts.Steady, record.Images))} of the images keep their class " +
                $"wherever they are moved within {ShiftsRecord.Reach} pixels; " +
                $"{Figures.Percent(shifts.AlwaysRight)} are right at every place. The mean accuracy over the shifts is " +
                $"{Figures.Percent(shifts.Accuracy)}."),
            Html.Figure(
                Html.Scrolling("Accuracy by shift", HeatMap.Draw("Shifts",
                    "Accuracy in percent; a row is a shift by rows, down being positive, a column one by columns.", columns, rows,
                    record.Accuracy)),
                "Accuracy in percent. A row of squares is a shift by so many rows of pixels, down where positive; a column one to the " +
                "right."));
    }

    private static XElement Picture(byte[] png, string text) => Html.Element("img",
        new XAttribute("src", "data:image/png;base64," + Convert.ToBase64String(png)), new XAttribute("width", PictureSide),
        new XAttribute("height", PictureSide), new XAttribute("alt", text));

    private static string Interval((double Low, double High)? interval) =>
        interval is var (low, high) ? $" (95 %: {Figures.Percent(low)} to {Figures.Percent(high)})" : "";

    private static string Name(string kind) => kind.Replace('_', ' ');

    private static string Signed(int pixels) => pixels.ToString("+0;−0;0", CultureInfo.InvariantCulture);
}
