using Pare.Robustness;

namespace Pare.Cli;

/// <summary>Shows what was measured of a network's robustness, a table or some facts a section.</summary>
internal static class RobustnessTables
{
    /// <summary>Shows a record.</summary>
    public static void Write(Messages messages, RobustnessRecord record)
    {
        messages.Fact("clean", $"accuracy {Percent(record.Accuracy)}, {Amounts.Count(record.Images)} images, {record.Network} network",
            Percent(record.Accuracy));
        if (record.Corruptions is { } corruptions) Write(messages, corruptions);
        if (record.Shifts is { } shifts) Write(messages, shifts);
        foreach (NotMeasured not in record.NotMeasured) messages.Fact("note", $"{not.Section} is not measured: {not.Reason}");
    }

    private static void Write(Messages messages, CorruptionsRecord corruptions)
    {
        messages.Line();
        var table = new TextTable(["corrupted by", .. corruptions.Severities.Select(static severity => $">{severity}"), ">mean"]);
        foreach (CorruptionAccuracy kind in corruptions.Kinds)
        {
            string[] cells = [.. Enumerable.Repeat("", corruptions.Severities.Count)];
            if (kind.Accuracies.Count == cells.Length) cells = [.. kind.Accuracies.Select(Bare)];
            table.Add([kind.Kind, .. cells, Bare(kind.Mean)]);
        }

        table.Rule();
        table.Add(["all", .. Enumerable.Range(0, corruptions.Severities.Count).Select(severity => Bare(corruptions.Kinds
            .Where(kind => kind.Accuracies.Count == corruptions.Severities.Count).Average(kind => kind.Accuracies[severity]))),
            Bare(corruptions.Accuracy)]);
        table.Write(messages);
        messages.Line();
        messages.Fact("corrupted",
            $"mean accuracy {Percent(corruptions.Accuracy)} over {corruptions.Kinds.Count} kinds, a relative drop of " +
            $"{Percent(corruptions.RelativeDrop)}", Percent(corruptions.Accuracy));
    }

    private static void Write(Messages messages, ShiftsRecord shifts)
    {
        messages.Line();
        string[] columns = [.. Enumerable.Range(-ShiftsRecord.Reach, (2 * ShiftsRecord.Reach) + 1).Select(Signed)];
        var table = new TextTable(["rows down", .. columns.Select(static column => $">{column}")]);
        foreach (IGrouping<int, ShiftAccuracy> row in shifts.Shifts.GroupBy(static shift => shift.Down))
            table.Add([Signed(row.Key), .. row.Select(static shift => Bare(shift.Accuracy))]);
        table.Write(messages);
        messages.Line();
        messages.Fact("shifts",
            $"{Percent(shifts.Steady)} of the images keep their class wherever they are moved within {ShiftsRecord.Reach} pixels, " +
            $"{Percent(shifts.AlwaysRight)} are right at every place; mean accuracy {Percent(shifts.Accuracy)}", Percent(shifts.Steady));
    }

    private static string Bare(double share) => Percent(share)[..^2];

    private static string Signed(int pixels) => pixels > 0 ? $"+{pixels}" : $"{pixels}";

    private static string Percent(double share) => Amounts.Percent((float)share);
}
