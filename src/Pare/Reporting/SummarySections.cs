using System.Xml.Linq;
using Pare.Data;
using Pare.Evaluation;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>The parts of a report that sum up: headline, phases, the three axes, how to repeat it.</summary>
internal static class SummarySections
{
    private const string NotMeasured = "-";

    /// <summary>Name, purpose and the figures that count.</summary>
    public static XElement Header(ReportSource source)
    {
        PhaseRecord final = source.Final, baseline = source.Baseline;
        bool compared = source.IsBuild && final != baseline;
        RunRecord? run = final.Shown;
        return Html.Element(
            "header",
            Html.Styled("p", "kind", source.IsBuild ? $"Pare, build of {Figures.Count(source.Phases.Count, "phase")}" : "Pare, run"),
            Html.Element("h1", source.Name),
            source.Description.Length > 0 ? Html.Element("p", source.Description) : null,
            Remarks(source.Remarks),
            Html.Styled(
                "dl", "tiles",
                Tile(
                    "test accuracy", final.Test is { } test ? Figures.Percent(test) : NotMeasured, Seeds(final), final.Test is null
                    ? LastValidation(run) : null, Interval(final),
                    compared && final.Test is { } after && baseline.Test is { } before
                        ? $"{Figures.Points(after.Mean - before.Mean)} points against {baseline.Name}" : null,
                    final.Balanced is double balanced ? $"balanced {Figures.Percent(balanced)}" +
                        (compared && baseline.Balanced is double first ? $", {Figures.Points(balanced - first)} points" : "") : null),
                Tile(
                    "parameters", final.Parameters is long parameters ? Figures.Count(parameters) : NotMeasured,
                    final.Parameters is long count ? $"{Figures.Bytes(4 * count)} as 32-bit floats" : null,
                    compared && final.Parameters is long fewer && baseline.Parameters is long all
                        ? $"{Figures.Change(all, fewer)} against {baseline.Name}" : null),
                Tile(
                    "MACs per image", final.Macs is long macs ? Figures.Short(macs) : NotMeasured,
                    run?.Recipe is { } recipe ? $"input {recipe.Graph.Input.Shape}" : null,
                    compared && final.Macs is long less && baseline.Macs is long most
                    ? $"{Figures.Change(most, less)} against {baseline.Name}" : null),
                Tile(
                    "training", Trained(source) is double trained ? Figures.Seconds(trained) : NotMeasured,
                    source.IsBuild ? $"all {Figures.Count(source.Phases.Count, "phase")}" : null,
                    run?.Result is { } result
                        ? (source.IsBuild && final.Seconds is double last ? $"{final.Name}: {Figures.Seconds(last)}, " : "")
                            + Figures.Count(result.Epochs, "epoch") : null,
                    run?.Result?.ImagesPerSecond is double speed ? $"{Figures.Short(Math.Round(speed))} images/s" : null)),
            source.IsBuild && final != source.Phases[^1]
            ? Html.Element("p", $"The figures are those of the last phase that was kept, {final.Name}.") : null);
    }

    /// <summary>What one must know before the figures; null where there is nothing.</summary>
    public static XElement? Remarks(IReadOnlyList<string> remarks) => remarks.Count == 0
        ? null
        : Html.Styled("div", "remarks", new XAttribute("role", "note"),
            remarks.Select(static remark => Html.Element("p", Html.Element("strong", remark))));

    /// <summary>What each phase of a build aimed at and what came of it.</summary>
    public static XElement? Phases(ReportSource source)
    {
        if (!source.IsBuild) return null;
        bool balanced = source.Phases.Any(static phase => phase.Balanced is not null),
            corrupted = source.Phases.Any(static phase => phase.Corrupted is not null);
        return Html.Section("Phases", Html.Styled("div", "phases", Html.Table(
            "Accuracy is that of the last epoch, as the mean and the standard deviation over the seeds; the gap is training minus test " +
            "accuracy, in points." + (balanced ? $" Balanced is {EvaluationResult.BalancedMeaning}, on the test images; " +
                "verdicts go by the accuracy on all images." : "") +
            (corrupted ? $" Corrupted is {QuickCorruptions.Description}." : ""),
            ["phase", "change", ">parameters", ">MACs", ">train", ">validation", ">test",
                .. balanced ? [">balanced"] : Array.Empty<string>(), .. corrupted ? [">corrupted"] : Array.Empty<string>(), ">gap",
                ">time a run", "verdict"],
            source.Phases.SelectMany(phase => Rows(phase, balanced, corrupted)))));
    }

    /// <summary>Lighter, faster, robust: before and after.</summary>
    public static XElement Axes(ReportSource source)
    {
        PhaseRecord[] columns = source.Final == source.Baseline ? [source.Final] : [source.Baseline, source.Final];
        (string Axis, string Figure, Func<PhaseRecord, string?> Value)[] rows =
        [
            ("lighter", "parameters", static phase => phase.Parameters is long count ? Figures.Count(count) : null),
            ("lighter", "weights, 32-bit floats", static phase => phase.Parameters is long count ? Figures.Bytes(4 * count) : null),
            ("lighter", "feature maps of one image, at most", static phase =>
            phase.Shown?.Cost is { } cost ? Figures.Bytes(cost.PeakActivationBytes) : null),
            ("faster", "MACs per image", static phase => phase.Macs is long macs ? Figures.Count(macs) : null),
            ("faster", "one image on one thread", static phase =>
            Mean(phase, static run => run.Evaluation?.LatencyMilliseconds) is double latency
                ? $"{latency.ToString("G3", System.Globalization.CultureInfo.InvariantCulture)} ms" : null),
            ("faster", "training", static phase =>
            Mean(phase, static run => run.Result?.ImagesPerSecond) is double speed ? $"{Figures.Count((long)speed)} images/s" : null),
            ("robust", "accuracy on corrupted images, quick subset", static phase =>
            Mean(phase, static run => run.Evaluation?.CorruptedAccuracy) is double accuracy ? Figures.Percent(accuracy) : null),
        ];
        return Html.Section("Lighter, faster, robust", Html.Table(
            "What was measured on each of the three axes.",
            ["axis", "figure", .. columns.Select(static phase => ">" + phase.Name)],
            rows.Where(row => columns.Any(phase => row.Value(phase) is not null))
                .Select(row =>
                    (IReadOnlyList<object?>)[row.Axis, row.Figure, .. columns.Select(phase => row.Value(phase) ?? NotMeasured)])));
    }

    /// <summary>The machine, the seeds, and what to type to get the same again.</summary>
    public static XElement Repetition(IReadOnlyList<(string Name, string Value)> environment, IReadOnlyList<RunRecord> runs)
    {
        string? typed = environment.FirstOrDefault(static fact => fact.Name == "command_line").Value;
        string data = environment.FirstOrDefault(static fact => fact.Name == "data").Value is { Length: > 0 } path
            ? $" --data {(path == Glyphs.Source ? Glyphs.Name : Figures.Argument(path))}" : "";
        string[] commands =
            [.. typed is null ? [] : new[] { typed }, .. runs.Where(static run => run.Recipe is not null)
            .Select(run => $"pare train {Figures.Argument(Path.Combine(run.Folder, RunFolder.RecipeFile))}{data}")];
        return Html.Section(
            "To repeat it",
            commands.Length == 0 ? null
            : Html.Element("p",
            (runs.Count == 0 ? "The command that made it. "
                : "The command that made it, and those that train the same network again from its resolved recipe. ")
                    + "The same seed gives the same weights to the bit on the same kind of processor."),
            commands.Length == 0 ? null
            : Html.Element("pre", new XAttribute("tabindex", "0"), Html.Element("code", string.Join('\n', commands.Distinct()))),
            environment.Count == 0 ? null : Html.Styled("div", "settings", Html.Table(
                "The environment.", ["name", "value"],
                environment.Where(static fact => fact.Name != "command_line")
                .Select(static fact => (IReadOnlyList<object?>)[fact.Name.Replace('_', ' '), fact.Value]))));
    }

    /// <summary>What the report lacks, and why.</summary>
    public static XElement? Missing(IReadOnlyList<string> missing) => missing.Count == 0
        ? null
        : Html.Section("Left out", Html.Element("p", "These parts could not be read."),
            Html.Element("ul", missing.Select(static what => Html.Element("li", what))));

    private static IEnumerable<IReadOnlyList<object?>> Rows(PhaseRecord phase, bool balanced, bool corrupted)
    {
        yield return
        [
            phase.Name, Html.Element("code", phase.Change), Count(phase.Parameters), phase.Macs is long macs ? Figures.Short(macs) : "",
            Percent(phase.Train), Percent(phase.Validation), Html.Element("strong", Percent(phase.Test)),
            .. balanced ? [phase.Balanced is double mean ? Figures.Percent(mean) : ""] : Array.Empty<object?>(),
            .. corrupted ? [phase.Corrupted is double accuracy ? Figures.Percent(accuracy) : ""] : Array.Empty<object?>(),
            phase.Gap is double gap ? Figures.Points(gap) : "",
            phase.Seconds is double seconds ? Figures.Seconds(seconds) : "",
            new object?[] { Html.Styled("span", phase.Kept && !phase.Costly ? "kept" : "undone", !phase.Kept ? "undone" : phase.Costly
            ? "stays, though it costs more than it saves:" : "kept"), phase.Why.Length > 0 ? $" {Figures.Text(phase.Why)}" : null },
        ];
        if (phase.Target.Length > 0) yield return [phase.Target];
    }

    private static XElement Tile(string name, string value, params string?[] notes) => Html.Element(
        "div", Html.Element("dt", name), Html.Element("dd", value), notes.Where(static note => note is { Length: > 0 })
        .Select(static note => Html.Styled("dd", "note", Figures.Text(note!))));

    private static string? Seeds(PhaseRecord phase)
    {
        string[] seeds =
            [.. phase.Runs.Select(static run => run.Result?.Seed).OfType<int>().Select(static seed => Invariant($"{seed}"))];
        return seeds.Length switch
        {
            0 =>
            null,
            1 => $"seed {seeds[0]}, last epoch",
            _ => $"mean of seeds {string.Join(", ", seeds)}, last epoch"
        };
    }

    // Of one seed what other images would give, of several what other seeds would on these.
    private static string? Interval(PhaseRecord phase)
    {
        if (phase.Test is not { Mean: >= 0 and <= 1 } test || phase.Shown?.Evaluation?.Result is not { Count: > 0 } result) return null;
        if (phase.Runs.Count > 1)
        {
            if (new SeedSummary(phase.Runs.Count, test.Mean, test.Deviation).HalfWidth is not double half) return null;
            (double least, double most) = (Math.Max(0, test.Mean - half), Math.Min(1, test.Mean + half));
            return Invariant($"{100 * least:F1} to {100 * most:F1} % with 95 % confidence: the mean of other seeds, ")
                + Invariant($"on these {result.Count:N0} images");
        }

        (double low, double high) = Wilson.Interval(test.Mean, result.Count);
        return Invariant($"{100 * low:F1} to {100 * high:F1} % with 95 % confidence, {result.Count:N0} images");
    }

    // All runs of all phases.
    private static double? Trained(ReportSource source) =>
        source.Phases.Select(static phase => phase.Seconds * Math.Max(1, phase.Runs.Count)).OfType<double>()
        .ToArray() is { Length: > 0 } seconds ? seconds.Sum() : null;

    // All that an interrupted run has.
    private static string? LastValidation(RunRecord? run) =>
        run?.Metric("validation/accuracy") is { Length: > 0 } values && double.IsFinite(values[^1])
        ? $"{Figures.Percent(values[^1])} on validation after epoch {Figures.Count(values.Length)}"
        : null;

    private static double? Mean(PhaseRecord phase, Func<RunRecord, double?> figure) =>
        phase.Runs.Select(figure).OfType<double>().ToArray() is { Length: > 0 } values ? values.Average() : null;

    private static string Count(long? value) => value is long count ? Figures.Count(count) : "";

    private static string Percent(Spread? spread) => spread is { } value ? Figures.Percent(value) : "";
}
