using System.Globalization;
using System.Text.RegularExpressions;
using Pare.Evaluation;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Benchmarks;

/// <summary>
/// What each technique does to robustness: a row a technique, a column a figure, in pairs of one seed with the runs of the recipe alone.
/// <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- robustness FOLDER FILE.csv</c> takes the records
/// <c>FOLDER/ROW-SEED.robust.json</c> of <c>pare eval --robust --out</c> beside the runs <c>FOLDER/ROW-SEED</c>, keeps every run's
/// figures in a table and prints the tables of <c>docs/robustness.md</c>; with <c>draw</c> instead of a folder it prints them from the
/// table that is there.
/// </summary>
internal static partial class RobustnessTable
{
    private const string Baseline = "baseline", Corrupted = "corrupted, ";
    private const double Chance = 1 - SeedSummary.Confidence;

    /// <summary>Gathers the records of a folder into a table.</summary>
    public static void Gather(string folder, string file)
    {
        string[] records = [.. Directory.GetFiles(folder, "*.robust.json").Order(StringComparer.Ordinal)];
        var rows = records.Select(path =>
        {
            string name = Path.GetFileName(path)[..^".robust.json".Length];
            int dash = name.LastIndexOf('-');
            RobustnessRecord record = RunRecords.Read<RobustnessFile>(path).Networks.Single();
            var run = RunRecords.Read<RunSummary>(Path.Combine(folder, name, RunFolder.ResultFile));
            return (Name: name[..dash], Seed: name[(dash + 1)..], Figures: Figures(run, record).ToArray());
        }).ToList();

        using (var table = new StreamWriter(file))
        {
            table.Write(CsvLine.Of(["technique", "seed", .. rows[0].Figures.Select(static figure => figure.Name)]));
            foreach ((string name, string seed, (string Name, double Value)[] figures) in rows)
                table.Write(CsvLine.Of([name, seed, .. figures.Select(static figure =>
                    figure.Value.ToString("G9", CultureInfo.InvariantCulture))]));
        }

        Draw(file);
    }

    /// <summary>Prints the tables.</summary>
    public static void Draw(string file)
    {
        string[] lines = File.ReadAllLines(file);
        string[] names = [.. Cell().Matches(lines[0]).Skip(2).Select(static cell => cell.Value.Trim('"'))];
        Dictionary<string, Dictionary<string, double[]>> runs = lines.Skip(1).Select(static line => line.Split(','))
            .GroupBy(static cells => cells[0]).ToDictionary(static row => row.Key, static row => row.ToDictionary(
                static cells =>
                cells[1], static cells => cells[2..].Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()));
        int[] kinds = [.. Enumerable.Range(0, names.Length).Where(index => names[index].StartsWith(Corrupted, StringComparison.Ordinal))];
        Print(names, runs, [.. Enumerable.Range(0, names.Length).Except(kinds)]);
        Print([.. names.Select(static name => name.Replace(Corrupted, "", StringComparison.Ordinal))], runs, kinds);
    }

    /// <summary>Percentages, but flatness, which is in the units of the loss. The clean accuracy is on all test images.</summary>
    private static IEnumerable<(string Name, double Value)> Figures(RunSummary run, RobustnessRecord record)
    {
        yield return ("clean, %", 100 * run.TestAccuracy);
        yield return ("corruptions, %", 100 * record.Corruptions!.Accuracy);
        yield return ("same at every shift, %", 100 * record.Shifts!.Steady);
        yield return ("calibration error, %", 100 * record.Calibration!.ExpectedError);
        yield return ("sharpness x 1000", 1000 * record.Flatness!.Sharpness);
        yield return ("eigenvalue", record.Flatness!.LargestEigenvalue);
        foreach (AttackResult attack in record.Attacks!.Results.Where(static attack => attack.Attack == "PGD-50").Take(3))
            yield return ($"PGD-50 at {attack.Epsilon}/255, %", 100 * attack.Accuracy);
        foreach (IGrouping<string, CorruptionAccuracy> family in record.Corruptions.Kinds.GroupBy(static kind => kind.Family))
            yield return (Corrupted + family.Key, 100 * family.Average(static kind => kind.Mean));
    }

    private static void Print(string[] names, Dictionary<string, Dictionary<string, double[]>> runs, int[] columns)
    {
        string[] techniques = [.. runs.Keys.Where(static name => name != Baseline)];
        Dictionary<string, double[]> plain = runs[Baseline];
        Console.WriteLine();
        Console.WriteLine("| | " + string.Join(" | ", columns.Select(column => names[column])) + " |");
        Console.WriteLine("|---|" + string.Concat(Enumerable.Repeat("---:|", columns.Length)));
        Console.WriteLine($"| without, mean of {plain.Count} | "
            + string.Join(" | ", columns.Select(column => Number(plain.Values.Average(run => run[column])))) + " |");
        Dictionary<int, double?[]> adjusted = columns.ToDictionary(static column => column, column =>
            Holm.Adjust([.. techniques.Select(technique => Differences(runs[technique], plain, column).PValue)]));
        foreach ((int index, string technique) in techniques.Index())
        {
            Console.WriteLine($"| `{technique}` | " + string.Join(" | ", columns.Select(column =>
            {
                SeedSummary difference = Differences(runs[technique], plain, column);
                string cell = $"{(difference.Mean > 0 ? "+" : "")}{Number(difference.Mean)}"
                    + (difference.HalfWidth is { } half ? $" ± {Number(half)}" : "");
                return adjusted[column][index] < Chance ? $"**{cell}**" : difference.PValue < Chance ? $"*{cell}*" : cell;
            })) + " |");
        }
    }

    // In quotes where it holds a comma.
    [GeneratedRegex("\"[^\"]*\"|[^,]+")]
    private static partial Regex Cell();

    private static string Number(double value) => value.ToString(Math.Abs(value) < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static SeedSummary Differences(Dictionary<string, double[]> runs, Dictionary<string, double[]> plain, int column)
    {
        string[] seeds = [.. runs.Keys.Where(plain.ContainsKey)];
        return SeedSummary.OfDifferences([.. seeds.Select(seed => runs[seed][column])], [.. seeds.Select(seed => plain[seed][column])]);
    }
}
