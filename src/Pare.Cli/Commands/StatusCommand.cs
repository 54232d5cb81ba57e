using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pare.Evaluation;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare status</c>: how far the runs of a plan are, as their folders say.</summary>
internal sealed class StatusCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _folder = CommonOptions.Planned();
    private readonly Option<bool> _json = CommonOptions.Json();

    public StatusCommand(CliConsole console)
        : base("status", "Shows how far the runs of a plan are, who trains them and what time is left.")
    {
        _console = console;
        Add(_folder);
        Add(_json);
        Examples = [("pare status study", null), ("pare status runs/glyphs-down --json", "every run, for programs")];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(_folder);
        var plan = RunPlan.Read(folder);
        IReadOnlyList<RunProgress> runs = RunProgress.Of(plan, folder);
        TimeSpan? left = RunProgress.Left(plan, runs);
        if (parsed.GetValue(_json)) WriteJson(plan, runs, left);
        else Show(plan, runs, left, folder);
        return ExitCode.Done;
    }

    private void Show(RunPlan plan, IReadOnlyList<RunProgress> runs, TimeSpan? left, string folder)
    {
        Messages messages = _console.Messages(json: false);
        int Count(Func<RunProgress, bool> isSo) => runs.Count(isSo);
        int ended = Count(IsEnded), failed = Count(static run => run.State == RunState.Failed),
            training = Count(static run => run.State == RunState.Training);
        messages.Fact(plan.Kind == PlanKind.Build ? "build" : "ablation", $"{plan.Recipe}: {PlanText.Count(runs.Count)}");
        messages.Fact("finished", failed == 0 ? Amounts.Count(ended) : $"{Amounts.Count(ended)}, {Amounts.Count(failed)} of them failed");
        messages.Fact("training", Amounts.Count(training));
        if (ended < runs.Count)
            messages.Fact("left", left is not { } time ? "no run has an epoch yet"
                : $"{Amounts.Roughly(time)}, {(training > 0 ? "with as many at once as now" : "one at a time")}");
        messages.Line();
        string rows = plan.Kind == PlanKind.Build ? "phase" : "technique";

        // What is chosen by: the validation split, where there is one.
        bool validated = runs.Any(static run => run.ValidationAccuracy is not null), measured = ended > failed;
        string[] accuracy = measured ? [validated ? ">validation" : ">test", ">sd"] : [];
        var table = new TextTable([rows, ">runs", ">finished", ">training", ">stopped", ">open", .. accuracy]);
        foreach ((int number, PlannedRow row) in plan.Rows.Index())
        {
            RunProgress[] own = [.. runs.Where((_, i) => plan.Runs[i].Row == number)];
            string Cell(params RunState[] states) => Amounts.Count(own.Count(run => states.Contains(run.State)));
            table.Add([row.Name, Amounts.Count(own.Length), Cell(RunState.Finished, RunState.Failed), Cell(RunState.Training),
                Cell(RunState.Stopped), Cell(RunState.Open, RunState.Waiting),
                .. measured ? Accuracy(own.Select(run => validated ? run.ValidationAccuracy : run.TestAccuracy)) : []]);
        }

        table.Write(messages);
        (RunProgress Run, int Index)[] begun =
            [.. runs.Select(static (run, i) => (run, i)).Where(static pair => pair.run.State is RunState.Training or RunState.Stopped)];
        if (begun.Length > 0) messages.Line();
        foreach ((RunProgress run, int index) in begun)
            messages.Fact(run.Holder is null ? "stopped" : "training", string.Create(CultureInfo.InvariantCulture,
                $"{PlanText.Name(plan, index)}, epoch {run.Epoch}/{run.Epochs}{(run.Holder is null ? "" : $", {run.Holder}")}"));
        messages.Line();
        int next = runs.Index().FirstOrDefault(static run => run.Item.State is RunState.Stopped or RunState.Open, (-1, null!)).Index;
        if (next >= 0) messages.Exact("next", $"pare run {CommandLine.Quoted(folder)} --index {next}");
        messages.Exact(ended == runs.Count ? "next" : "finally", PlanText.Gather(plan, folder));
    }

    // Mean and standard deviation over the seeds that are finished.
    private static string[] Accuracy(IEnumerable<double?> seeds)
    {
        double[] known = [.. seeds.OfType<double>()];
        SeedSummary? summary = known.Length == 0 ? null : SeedSummary.Of(known);
        return [SeedCells.Percent(summary), SeedCells.Deviation(summary)];
    }

    private void WriteJson(RunPlan plan, IReadOnlyList<RunProgress> runs, TimeSpan? left) => JsonOutput.WriteObject(_console.Out, json =>
    {
        json.WriteString("kind", plan.Kind == PlanKind.Build ? "build" : "ablation");
        json.WriteString("recipe", plan.Recipe);
        json.WriteNumber("waves", plan.Waves);
        JsonOutput.WriteNumber(json, "seconds_left", left is { } time ? Math.Round(time.TotalSeconds, 1) : null);
        JsonOutput.WriteArray(json, "runs", runs.Index(), pair => WriteRun(json, plan, pair.Index, pair.Item));
    });

    private static void WriteRun(Utf8JsonWriter json, RunPlan plan, int index, RunProgress run)
    {
        PlannedRun planned = plan.Runs[index];
        json.WriteNumber("index", index);
        json.WriteNumber("wave", planned.Wave);
        json.WriteString("row", plan.Rows[planned.Row].Name);
        json.WriteNumber("seed", planned.Seed);
        json.WriteString("folder", planned.Folder);
        json.WriteString("state", run.State switch
        {
            RunState.Waiting => "waiting",
            RunState.Open => "open",
            RunState.Stopped => "stopped",
            RunState.Training => "training",
            RunState.Finished => "finished",
            _ => "failed",
        });
        json.WriteNumber("epoch", run.Epoch);
        json.WriteNumber("epochs", run.Epochs);
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        JsonOutput.WriteNumber(json, "validation_accuracy", run.ValidationAccuracy);
        JsonOutput.WriteNumber(json, "test_accuracy", run.TestAccuracy);
        json.WriteString("holder", run.Holder);
    }

    private static bool IsEnded(RunProgress run) => run.State is RunState.Finished or RunState.Failed;
}
