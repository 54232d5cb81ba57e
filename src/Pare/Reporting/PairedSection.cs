using System.Globalization;
using System.Xml.Linq;
using Pare.Evaluation;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>Sources against the first one by pairs: image by image where each has one seed, otherwise seed by seed.</summary>
internal static class PairedSection
{
    private const string Unknown = "-";

    /// <summary>A row for each source but the first; null where there is no other.</summary>
    public static XElement? Create(IReadOnlyList<ReportSource> sources)
    {
        if (sources.Count < 2) return null;
        return Html.Section("By pairs", Html.Table(
            $"Accuracy on the test set against {ComparisonSections.Name(sources[0])}, in percentage points, with 95 % intervals: of one " +
            "seed image by image (McNemar), which covers other images of the same kind and not other seeds; of several seeds seed by " +
            "seed (Student's t), which covers other seeds and not other images. An interval that holds 0 shows no difference; where the " +
            "difference is the same in all seeds, nothing shows how it scatters, and there is none.",
            ["run", ">difference", ">95 % interval", ">p", ">only it is right", ">only the first is right", "compared by"],
            sources.Skip(1).Select(source => Row(sources[0].Final, source))));
    }

    private static IReadOnlyList<object?> Row(PhaseRecord first, ReportSource source)
    {
        string name = ComparisonSections.Name(source);
        (RunRecord First, RunRecord Second)[] pairs =
        [
            .. from one in first.Runs
               from other in source.Final.Runs
               where one.Result is not null && one.Result.Seed == other.Result?.Seed
               orderby one.Result!.Seed
               select (one, other),
        ];
        if (!SameTest(first, source.Final)) return [name, "", "", "", "", "", "nothing: they were not tested on the same images"];
        if (pairs.Length > 1)
        {
            var differences = SeedSummary.OfDifferences([.. pairs.Select(static pair => (double)pair.Second.Result!.TestAccuracy)],
                [.. pairs.Select(static pair => (double)pair.First.Result!.TestAccuracy)]);
            return [name, Figures.Points(differences.Mean),
                differences.HalfWidth is double half ? Interval(differences.Mean, half) : Unknown, PValue(differences.PValue), "", "",
                $"{pairs.Length} seeds"];
        }

        (RunRecord? before, RunRecord? after) = pairs.Length == 1 ? pairs[0] : (first.Shown, source.Final.Shown);
        if (before is null || after is null) return [name, "", "", "", "", "", "nothing: a run has no result"];
        if (Predictions(before) is not { } was || Predictions(after) is not { } now)
            return [name, "", "", "", "", "", "nothing: a run kept no predictions, or they cannot be read"];
        if (was.Test.Against(now.Test) is not { } counts)
            return [name, "", "", "", "", "", "nothing: they were not tested on the same images"];
        return [name, Figures.Points(counts.Difference), Interval(counts.Difference, counts.HalfWidth), PValue(counts.PValue),
            Figures.Count(counts.Better), Figures.Count(counts.Worse), Figures.Count(counts.Images, "image")];
    }

    // Unknown is not the same: what an earlier version kept no list of is compared by its predictions alone.
    private static bool SameTest(PhaseRecord first, PhaseRecord second) =>
        first.Shown?.Split is not { } one || second.Shown?.Split is not { } other || one.HasSameTest(other);

    private static RunPredictions? Predictions(RunRecord run)
    {
        try
        {
            return RunPredictions.Read(run.Folder);
        }
        catch (PareException)
        {
            return null;
        }
    }

    private static string Interval(double mean, double half) => $"{Figures.Points(mean - half)} to {Figures.Points(mean + half)}";

    private static string PValue(double? value) => value is double p ? Rounding.PValue(p) : Unknown;
}
