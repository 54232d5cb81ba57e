using System.Globalization;
using Pare.Evaluation;
using Pare.Phases;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;
using Pare.Training;

namespace Pare.Cli;

/// <summary>
/// Shows a build: the plan, on a terminal a live line while it trains, a row per phase as it ends, and what the whole came to.
/// </summary>
internal sealed class BuildView : IProgress<BuildProgress>
{
    private readonly Messages _messages;
    private readonly IReadOnlyList<PlannedPhase> _plan;
    private readonly PhaseBuildOptions _options;
    private readonly TimeProvider _clock;
    private readonly StreamedTable _table;
    private readonly Dictionary<int, int> _left;
    private readonly long _started;
    private readonly bool _deviations;
    private double _speed = 1;
    private long _runStarted;

    public BuildView(Messages messages, IReadOnlyList<PlannedPhase> plan, PhaseBuildOptions options, TimeProvider clock)
    {
        (_messages, _plan, _options, _clock) = (messages, plan, options, clock);
        _left = plan.ToDictionary(static planned => planned.Phase.Number, static planned => planned.Runs);
        _started = clock.GetTimestamp();
        _deviations = options.Seeds > 1;
        (string Heading, int Width)[] columns = Columns(_deviations);
        if (messages.Columns < TableLayout.Total([.. columns.Select(static column => column.Width)]))
            columns = Columns(_deviations = false);
        _table = new StreamedTable(messages, columns);
    }

    /// <summary>What will be trained, and what one should see.</summary>
    public void ShowPlan()
    {
        string seeds = _options.Seeds == 1 ? "one seed each" : $"{Amounts.Count(_options.Seeds)} seeds each";
        int done = _plan.Sum(static planned => planned.Done);
        _messages.Fact("plan", $"{Amounts.Count(_plan.Count, "phase")}, {seeds}"
            + (done > 0 ? $", {Amounts.Count(done)} of {Amounts.Count(_plan.Count * _options.Seeds)} trainings done already" : "")
            + (Left() > TimeSpan.Zero ? $", about {Amounts.Remaining(Left())} on this machine" : ""));
        _messages.Line();
        var table = new TextTable("", "phase", ">params", ">MACs", ">time");
        foreach (PlannedPhase planned in _plan)
        {
            Phase phase = planned.Phase;
            string time = planned.Runs > 0 ? Amounts.Remaining(planned.RunTime * planned.Runs) : planned.Done > 0 ? "done" : "left out";
            table.Add(phase.Number.ToString(CultureInfo.InvariantCulture), phase.Name, Amounts.Count(planned.Parameters),
                Amounts.Short(planned.Macs), time);
            table.Note(Wrapped("   ", "change", phase.Change.Length > 0 ? phase.Change : "none: the recipe as it stands"));
            if (phase.Target.Length > 0) table.Note(Wrapped("   ", "target", phase.Target));
            if (planned.Claims.Count > 0) table.Note(Wrapped("   ", "held to", string.Join(", ", planned.Claims)));
        }

        table.Write(_messages);
        _messages.Line();
    }

    public void Report(BuildProgress value)
    {
        if (value.Outcome is { } outcome)
        {
            // A run whose teacher came out as it was before is done after all.
            _left[value.Phase.Number] = 0;
            ShowRow(outcome);
        }
        else if (value.Training is { } training)
        {
            _messages.Live(width => LiveLine(value, training, width));
            if (training.EpochEnd is { } epoch && epoch.Epoch == training.Epochs) Learn(value.Phase);
        }
        else
        {
            _left[value.Phase.Number]--;
            _runStarted = _clock.GetTimestamp();
        }
    }

    /// <summary>The phases against the baseline, where the report lies, and what to type next.</summary>
    public void ShowEnd(BuildRecord record, string report)
    {
        if (record is not { Baseline: { } baseline, Final: { } final }) return;
        _messages.Line();
        bool balanced = record.Phases.Any(static phase => phase.Balanced is not null);
        bool corrupted = record.Phases.Any(static phase => phase.Corrupted is not null);
        Summary(record, baseline).Write(_messages);
        _messages.Line();
        long saved = baseline.Parameters - final.Parameters;
        _messages.Fact(saved < 0 ? "added" : "saved",
            $"{Amounts.Count(Math.Abs(saved))} {(saved < 0 ? "to" : "of")} {Amounts.Count(baseline.Parameters)} parameters " +
            $"({Share(Math.Abs(saved), baseline.Parameters)}), at {Amounts.Points(final.Test.Mean - baseline.Test.Mean)} " +
            $"points of test accuracy{Interval(baseline, final)}" + (baseline.Balanced is { } first && final.Balanced is { } last
                ? $" and {Amounts.Points(last.Mean - first.Mean)} of balanced accuracy" : ""));
        if (balanced)
            _messages.Fact("balanced",
                $"{EvaluationResult.BalancedMeaning}; the classes are uneven, and verdicts go by the accuracy on all images");
        if (corrupted) _messages.Fact("corrupted", QuickCorruptions.Description + "; `pare eval RUN --robust` measures all");
        if (record.Origins?.Note is { } mixed) _messages.Fact("note", mixed);
        if (!record.Finished)
            _messages.Fact("note", "not all phases are trained; the same command without --from and --only trains the rest");
        if (record.EpochsScale < 1)
            _messages.Fact("note",
                string.Create(CultureInfo.InvariantCulture,
                $"a quick look at {record.EpochsScale} of the epochs, without the target of accuracy"));
        string[] costly = [.. record.Phases.Where(static phase => phase.Kept && phase.Costly).Select(static phase => phase.Name)];
        if (costly.Length > 0 && !_options.Auto)
            _messages.Fact("note", $"{string.Join(", ", costly)}: costs more accuracy than it saves; --auto undoes such phases");
        string run = PathOf(final.Runs[0]);
        _messages.Exact("report", report);
        _messages.Exact("next", $"pare eval {CommandLine.Quoted(run)}");
        _messages.Exact("or", $"pare predict {CommandLine.Quoted(run)} PICTURE");
    }

    // Where the terminal is too narrow, it leaves out first what the rows above have and deviations that the files have, then shares.
    private TextTable Summary(BuildRecord record, PhaseOutcome baseline)
    {
        TextTable[] forms = [.. Enumerable.Range(0, 3).Select(left => Summary(record, baseline, left))];
        return Array.Find(forms, form => form.Fits(_messages)) ?? forms[0];
    }

    private TextTable Summary(BuildRecord record, PhaseOutcome baseline, int left)
    {
        bool spread = _options.Seeds > 1;
        (string Heading, Func<PhaseOutcome, string> Cell)?[] columns =
        [
            ("phase", static phase => phase.Name),
            (">params", static phase => Amounts.Count(phase.Parameters)),
            left > 1 ? null : (">of baseline", phase => Share(phase.Parameters, baseline.Parameters)),
            left > 0 ? null : (">MACs", static phase => Amounts.Short(phase.Macs)),
            (">test %", phase => phase.Test.Percent(spread)),
            (">against baseline", phase => phase == baseline ? "" : Amounts.Points(phase.Test.Mean - baseline.Test.Mean)),
            Measured(">balanced %", static phase => phase.Balanced),
            Measured(">corrupted %", static phase => phase.Corrupted),
            ("kept", static phase => phase.Kept ? phase.Costly ? "stays" : "yes" : "no"),
        ];
        (string Heading, Func<PhaseOutcome, string> Cell)[] shown = [.. columns.OfType<(string, Func<PhaseOutcome, string>)>()];
        var table = new TextTable([.. shown.Select(static column => column.Heading)]);
        foreach (PhaseOutcome phase in record.Phases) table.Add([.. shown.Select(column => column.Cell(phase))]);
        return table;

        (string, Func<PhaseOutcome, string>)? Measured(string heading, Func<PhaseOutcome, Spread?> accuracy) =>
            record.Phases.All(phase => accuracy(phase) is null) ? null
                : (heading, phase => accuracy(phase)?.Percent(spread && left == 0) ?? "");
    }

    // Two forms: where the terminal is too narrow, only the test accuracy shows its deviation.
    private (string Heading, int Width)[] Columns(bool deviations)
    {
        const int plain = 6, spread = 12;
        static int Accuracy(bool deviation) => deviation ? spread : plain;
        return
        [
            ("phase", Math.Max(5, _plan.Max(static planned => Printable.Width(Printable.Text(planned.Phase.Name))))),
            (">params", Math.Max(6, _plan.Max(static planned => Amounts.Count(planned.Parameters).Length))),
            (">MACs", _plan.Max(static planned => Amounts.Short(planned.Macs).Length)),
            (">train %", Accuracy(deviations)),
            (">valid. %", Accuracy(deviations)),
            (">test %", Accuracy(_options.Seeds > 1)),
            (">gap", 6),
            (">seconds", 7),
        ];
    }

    private void ShowRow(PhaseOutcome phase)
    {
        _table.Add([
            phase.Name, Amounts.Count(phase.Parameters), Amounts.Short(phase.Macs), phase.Train.Percent(_deviations),
                phase.Validation?.Percent(_deviations) ?? "",
            phase.Test.Percent(_options.Seeds > 1), Amounts.Points(phase.Gap), phase.Seconds.ToString("F1", CultureInfo.InvariantCulture)]);
        foreach (
            string line in Wrapped("  ", !phase.Kept ? "undone" : phase.Costly ? "stays, though it costs more than it saves"
            : "kept", phase.Why)) _messages.Line(line);
    }

    private string LiveLine(BuildProgress build, TrainingProgress training, int width)
    {
        TimeSpan left = training.Remaining + Left(), elapsed = _clock.GetElapsedTime(_started);
        double fraction = elapsed + left > TimeSpan.Zero ? elapsed / (elapsed + left) : 0;
        string seed = _options.Seeds > 1 ? string.Create(CultureInfo.InvariantCulture, $" seed {build.SeedNumber}/{_options.Seeds}") : "";
        string before = string.Create(CultureInfo.InvariantCulture, $"{build.Phase.Number}/{_plan.Count} {build.Phase.Name}{seed} ");
        string after =
            string.Create(CultureInfo.InvariantCulture,
            $" {100 * fraction,3:F0} %  epoch {training.Epoch}/{training.Epochs}  loss {Amounts.Loss(training.Loss)}  " +
            $"{Amounts.Remaining(left)} left");
        return before + ProgressBar.Draw(fraction, width - before.Length - after.Length) + after;
    }

    // Of the trainings that have not begun, at the speed of the last one against its estimate.
    private TimeSpan Left() =>
        _plan.Aggregate(TimeSpan.Zero, (sum, planned) => sum + (planned.RunTime * _left[planned.Phase.Number])) * _speed;

    private void Learn(Phase phase)
    {
        double estimate = _plan[phase.Number - 1].RunTime.TotalSeconds;
        if (estimate > 0) _speed = _clock.GetElapsedTime(_runStarted).TotalSeconds / estimate;
    }

    private string[] Wrapped(string indent, string name, string text)
    {
        string first = $"{indent}{name}: ";
        return _messages.Columns is int columns ? Messages.Wrap(first + text, columns, first.Length) : [first + text];
    }

    private string PathOf(string run) => Path.Combine([_options.Folder, .. run.Split('/')]);

    // Of a single seed each, image by image; empty where that is not known.
    private string Interval(PhaseOutcome baseline, PhaseOutcome final)
    {
        if (baseline.Runs.Count > 1 || baseline == final) return "";
        try
        {
            return RunPredictions.Read(PathOf(baseline.Runs[0]))?.Test is { } first
                && RunPredictions.Read(PathOf(final.Runs[0]))?.Test is { } last && first.Against(last) is { } pairs
                ? $" ({Amounts.Points(pairs.Interval)} with 95 % confidence, over other images)" : "";
        }
        catch (PareException)
        {
            return "";
        }
    }

    private static string Share(long part, long whole)
    {
        double percent = 100.0 * part / whole;
        int digits = Rounding.PercentDigits(percent, percent is (> 0 and < 10) or (> 90 and < 100) ? 1 : 0);
        return percent.ToString(string.Create(CultureInfo.InvariantCulture, $"F{digits}"), CultureInfo.InvariantCulture) + " %";
    }
}
