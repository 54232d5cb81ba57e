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
        if (record.Shifts is { } shifts) Write(messages, shifts);
        foreach (NotMeasured not in record.NotMeasured) messages.Fact("note", $"{not.Section} is not measured: {not.Reason}");
    }

    private static void Write(Messages messages, ShiftsRecord shifts)
    {
        messages.Line();
        string[] columns = [.. Enumerable.Range(-ShiftsRecord.Reach, (2 * ShiftsRecord.Reach) + 1).Select(Signed)];
        var table = new TextTable(["rows down", .. columns.Select(static column => $">{column}")]);
        foreach (IGrouping<int, ShiftAccuracy> row in shifts.Shifts.GroupBy(static shift => shift.Down))
            table.Add([Signed(row.Key), .. row.Select(static shift => Amounts.Percent((float)shift.Accuracy)[..^2])]);
        table.Write(messages);
        messages.Line();
        messages.Fact("shifts",
            $"{Percent(shifts.Steady)} of the images keep their class wherever they are moved within {ShiftsRecord.Reach} pixels, " +
            $"{Percent(shifts.AlwaysRight)} are right at every place; mean accuracy {Percent(shifts.Accuracy)}", Percent(shifts.Steady));
    }

    private static string Signed(int pixels) => pixels > 0 ? $"+{pixels}" : $"{pixels}";

    private static string Percent(double share) => Amounts.Percent((float)share);
}
