using System.Globalization;
using Pare.Evaluation;
using Pare.Robustness;

namespace Pare.Cli;

/// <summary>Shows what was measured of a network's robustness, a table or some facts a section.</summary>
internal static class RobustnessTables
{
    /// <summary>Shows a record.</summary>
    /// <param name="messages">Where.</param>
    /// <param name="record">What was measured.</param>
    /// <param name="fitsModel">Whether its temperature is the one that the model's file can keep.</param>
    public static void Write(Messages messages, RobustnessRecord record, bool fitsModel)
    {
        messages.Fact("clean", $"accuracy {Percent(record.Accuracy)}, {Amounts.Count(record.Images, "image")}, {record.Network} network",
            Percent(record.Accuracy));
        if (record.Corruptions is { } corruptions) Write(messages, corruptions);
        if (record.Shifts is { } shifts) Write(messages, shifts, record.Images);
        if (record.Calibration is { } calibration) Write(messages, calibration, fitsModel);
        if (record.Confidence is { } confidence) Write(messages, confidence);
        if (record.Strangers is { } strangers) Write(messages, strangers);
        if (record.Flatness is { } flatness) Write(messages, flatness);
        if (record.Attacks is { } attacks) Write(messages, attacks);
        foreach (NotMeasured not in record.NotMeasured) messages.Fact("note", $"{not.Section} is not measured: {not.Reason}");
    }

    private static void Write(Messages messages, CorruptionsRecord corruptions)
    {
        messages.Line();
        CorruptionAccuracy[] graded = [.. corruptions.Kinds.Where(corruptions.HasSeverities)];
        int[] severities = graded.Length == 0 ? [] : [.. corruptions.Severities];
        var table = new TextTable(["corrupted by", .. severities.Select(static severity => $">{severity}"), ">mean"]);
        foreach (CorruptionAccuracy kind in corruptions.Kinds)
        {
            IEnumerable<string> cells = corruptions.HasSeverities(kind) ? kind.Accuracies.Select(Bare) : severities.Select(static _ => "");
            table.Add([kind.Kind, .. cells, Bare(kind.Mean)]);
        }

        table.Rule();
        table.Add(["all", .. severities.Select((_, i) => Bare(graded.Average(kind => kind.Accuracies[i]))), Bare(corruptions.Accuracy)]);
        table.Write(messages);
        messages.Line();
        if (graded.Length > 0 && graded.Length < corruptions.Kinds.Count)
            messages.Fact("all",
                $"a severity's mean is over {graded.Length} of {corruptions.Kinds.Count} kinds, those that know severities; the last " +
                "column's is over all");
        messages.Fact("corrupted",
            $"mean accuracy {Percent(corruptions.Accuracy)}{Interval(corruptions.Interval)} over " +
            Amounts.Count(corruptions.Kinds.Count, "kind") +
            (corruptions.RelativeDrop is double drop ? $", a relative drop of {Percent(drop)}" : ""), Percent(corruptions.Accuracy));
    }

    private static void Write(Messages messages, ShiftsRecord shifts, int images)
    {
        messages.Line();
        string[] columns = [.. Enumerable.Range(-ShiftsRecord.Reach, (2 * ShiftsRecord.Reach) + 1).Select(Signed)];
        var table = new TextTable(["rows down", .. columns.Select(static column => $">{column}")]);
        foreach (IGrouping<int, ShiftAccuracy> row in shifts.Shifts.GroupBy(static shift => shift.Down))
            table.Add([Signed(row.Key), .. row.Select(static shift => Bare(shift.Accuracy))]);
        table.Write(messages);
        messages.Line();
        messages.Fact("shifts",
            $"{Percent(shifts.Steady)}{Interval(Wilson.Interval(shifts.Steady, images))} of the images keep their class " +
            $"wherever they are moved within {ShiftsRecord.Reach} pixels, {Percent(shifts.AlwaysRight)} are right at every place; mean " +
            "accuracy " + Percent(shifts.Accuracy), Percent(shifts.Steady));
    }

    private static string Bare(double share) => Percent(share)[..^2];

    private static string Interval((double Low, double High)? interval) =>
        interval is var (low, high) ? $" (95 %: {Bare(low)} to {Bare(high)})" : "";

    private static void Write(Messages messages, CalibrationRecord calibration, bool fitsModel)
    {
        messages.Line();
        var table = new TextTable("calibration", ">ECE", ">adaptive", ">loss", ">Brier");
        table.Add(["as it is", Percent(calibration.ExpectedError), Percent(calibration.AdaptiveError),
            Amounts.Loss(calibration.NegativeLogLikelihood), Amounts.Loss(calibration.BrierScore)]);
        if (calibration.Tempered is { } tempered)
            table.Add([$"temperature {Number(tempered.Fit.Temperature)}", Percent(tempered.ExpectedError), Percent(tempered.AdaptiveError),
                Amounts.Loss(tempered.NegativeLogLikelihood), Amounts.Loss(tempered.BrierScore)]);
        table.Write(messages);
        messages.Line();
        if (calibration.Tempered is null)
            messages.Fact("tempered", "no temperature: the training held no images out for validation");
        else if (calibration.Tempered.Fit.Kept is { } kept) messages.Fact("tempered", $"temperature 1: {kept}");
        else
            messages.Fact("tempered",
                $"temperature {Number(calibration.Tempered.Fit.Temperature)}, fitted to " +
                $"{Amounts.Count(calibration.Tempered.Fit.Images, "validation image")}, whose loss falls from " +
                $"{Amounts.Loss(calibration.Tempered.Fit.Before)} to {Amounts.Loss(calibration.Tempered.Fit.After)}" +
                (fitsModel ? "; --temperature keeps it in the model" : ""));
    }

    private static void Write(Messages messages, ConfidenceRecord confidence)
    {
        messages.Line();
        messages.Fact("coverage",
            $"{Percent(confidence.AccuracyAt90)} right on the surest 90 % of the images, {Percent(confidence.AccuracyAt95)} on 95 %; " +
            $"area under the risk-coverage curve (AURC) {Number(confidence.Area)}");
        if (confidence.Thresholds.Count == 0)
        {
            messages.Fact("answers", "no threshold: the training held no images out for validation");
            return;
        }

        messages.Line();
        var table = new TextTable(">wished", ">threshold", ">answers", ">right", ">at least");
        foreach (ThresholdRecord threshold in confidence.Thresholds)
            table.Add(threshold.Chosen is { } chosen
                ? [Wished(threshold.Wished), Number(chosen.Threshold), Percent(threshold.Coverage!.Value),
                    threshold.Accuracy is double accuracy ? Percent(accuracy) : "", Percent(chosen.Bound)]
                : [Wished(threshold.Wished), "none", "", "", ""]);
        table.Write(messages);
        messages.Line();
        messages.Fact("answers",
            "thresholds are chosen on validation images so that with 95 % confidence answers are as right as wished; answers and right " +
            "are of the test images, at least is what the validation images prove");
    }

    private static void Write(Messages messages, StrangersRecord strangers)
    {
        messages.Line();
        var table = new TextTable("strangers", ">images", ">area", ">pass", ">sure");
        foreach (StrangerResult set in strangers.Sets)
            table.Add([set.Name, Amounts.Count(set.Images), Percent(set.Area), Percent(set.PassingAt95), Percent(set.Confidence)]);
        table.Write(messages);
        messages.Line();
        messages.Fact("strangers",
            "out-of-distribution detection by confidence: area is the AUROC, pass the false positive rate at 95 % true positives, " +
            "sure the mean confidence");
    }

    private static void Write(Messages messages, FlatnessRecord flatness)
    {
        messages.Line();
        messages.Fact("flatness",
            $"loss {Number(flatness.Loss)} on {Amounts.Count(flatness.Images, flatness.OfTraining ? "training image" : "test image")} " +
            $"rises by {Number(flatness.Sharpness)} at rho {Number(flatness.Rho)}; largest eigenvalue of the Hessian " +
            $"{(flatness.HasArrived ? "" : "about ")}{Number(flatness.LargestEigenvalue)} after " +
            $"{Amounts.Count(flatness.Iterations, "iteration")}, with a residual of {Number(flatness.EigenvalueError)}");
        foreach (double distance in new[] { 0.2, 0.5, 1 })
        {
            FlatnessPoint[] ends = [.. flatness.Curve.Where(point => Math.Abs(Math.Abs(point.Distance) - distance) < 1e-6)];
            if (ends.Length > 0)
                messages.Fact("", $"loss {Number(ends.Average(static point => point.Loss))} where each filter is moved by " +
                    $"{Amounts.Percent((float)distance)} of its length at random, from {Number(ends.Min(static point => point.Least))} " +
                    $"to {Number(ends.Max(static point => point.Most))}");
        }
    }

    private static void Write(Messages messages, AttacksRecord attacks)
    {
        messages.Line();
        string[] names = [.. attacks.Results.Select(static result => result.Attack).Distinct()];
        var table = new TextTable([">eps", .. names.Select(static name => $">{name}")]);
        foreach (IGrouping<int, AttackResult> reach in attacks.Results.GroupBy(static result => result.Epsilon))
            table.Add([$"{reach.Key}/255", .. reach.Select(static result => Percent(result.Accuracy))]);
        table.Write(messages);
        messages.Line();
        messages.Fact("attacks",
            $"accuracy on {Amounts.Count(attacks.Images, "test image")}, {Percent(attacks.Clean)} without attack; " + (attacks.Transferred
                ? "pictures made to fool the float32 network, shown to this one"
                : $"PGD begins {Times(attacks.Restarts)}"));
    }

    private static string Times(int count) => count switch { 1 => "once", 2 => "twice", _ => $"{Amounts.Count(count)} times" };

    private static string Wished(double share) => $"{(100 * share).ToString("0.##", CultureInfo.InvariantCulture)} %";

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Signed(int pixels) => pixels > 0 ? $"+{pixels}" : $"{pixels}";

    private static string Percent(double share) => Amounts.Percent((float)share);
}
