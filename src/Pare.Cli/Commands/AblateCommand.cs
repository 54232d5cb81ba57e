using System.CommandLine;
using System.Globalization;
using Pare.Ablation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Robustness;
using Pare.Runs;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare ablate</c>: what each technique of a recipe is good for.</summary>
internal sealed class AblateCommand : CliCommand
{
    private const int MostSeeds = 1000, MostNamed = 20;

    // On a narrow terminal: technique, what is chosen by, its deviation, the difference and its interval.
    private const int LeastColumns = 5;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _recipe = CommonOptions.RecipeOr("an ablation");
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<int?> _seeds =
        CommonOptions.WholeNumber("--seeds", 1, "Runs per row, each with its own seed. Default: 3.", MostSeeds);
    private readonly Option<bool> _add =
        new("--add") { Description = "Begins without any technique and adds each alone, instead of leaving each out." };
    private readonly Option<string[]> _vary =
        new("--vary")
        {
            HelpName = "KEY=A,B",
            Description = "Adds rows: the recipe with a key set to each value, such as training.batch_size=64,128; may be repeated."
        };
    private readonly Option<string[]> _grid =
        new("--grid")
        {
            HelpName = "KEY=A,B",
            Description = "Crosses keys instead: one row per combination of their values, and none for the techniques; once per key."
        };
    private readonly Option<string?> _axes =
        new("--axes")
        {
            HelpName = "NAMES",
            Description = $"The columns of a second table, separated by commas: {string.Join(", ", AblationAxes.Names)}."
        };
    private readonly Option<int?> _epochs =
        CommonOptions.WholeNumber("--epochs", 1, "Number of epochs, instead of the recipe's.");
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly CheckpointChoice _checkpoints = new();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FOLDER",
            Description = "The folder; an ablation there is resumed. Default: runs/RECIPE-ablation-DATE-TIME."
        };
    private readonly Option<string?> _planOnly = CommonOptions.PlanOnly();
    private readonly Option<bool> _json = CommonOptions.Json();

    public AblateCommand(CliConsole console, CancellationToken cancellation)
        : base("ablate", "Trains a recipe without each of its techniques in turn, to show what each contributes.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        AddOptions(
            [_data, _phase, _seeds, _add, _vary, _grid, _axes, _epochs, _threads, .. _checkpoints.Options, _set, _out, _planOnly, _json]);
        Examples =
        [
            ("pare ablate my.yaml --seeds 5 --set training.validation=0.1", "choose by images that are neither trained nor tested on"),
            ("pare ablate my.yaml --out ablation", "interrupted, the same line resumes it"),
            ("pare ablate glyphs --phase gap --epochs 5 --vary training.batch_size=32,64", "of a recipe with phases: one of them"),
            ("pare ablate my.yaml --grid training.epochs=5,9 --grid techniques.swa=false,true",
                "four rows beside the recipe as it is"),
        ];
        Check(result =>
        {
            foreach (string axis in Axes(result.GetValue(_axes)).Where(static axis => !AblationAxes.Names.Contains(axis)))
                result.AddError($"--axes knows {string.Join(", ", AblationAxes.Names)}, not `{axis}`.");
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        string given = parsed.GetRequiredValue(_recipe);
        if (parsed.GetValue(_planOnly) is { } planned) PlanText.CheckFolder(parsed.GetValue(_out), planned);
        string? place = parsed.GetValue(_planOnly) ?? parsed.GetValue(_out) ?? (RunPlan.IsAt(given) ? given : null);
        AblationPlan plan = place == given ? Planned(parsed, given) : Compared(parsed, given);
        Recipe recipe = plan.Baseline;
        int threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        RecipeInputs.Describe(messages, recipe.Name, recipe.Description);
        RecipeInputs.ShowPhase(messages, recipe, parsed.GetValue(_phase));
        messages.Fact("machine", $"{Amounts.Threads(threads)}, {Simd.InstructionSet}");
        AblationFolder.CheckFree(place);
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), parsed.GetRequiredValue(_recipe), messages, _cancellation);
        foreach (string note in TrainingCheck.Run(recipe.Graph, data, recipe.Training).Concat(Lengths(plan, data)))
            messages.Fact("note", note);
        using var folder = AblationFolder.Open(place, recipe.Name, _console.Clock);
        var study = new AblationStudy(plan, data, folder, threads, _console.Clock, CommandLine.Of(parsed))
        {
            Settings = _checkpoints.Settings(parsed, messages),
        };
        foreach (string pair in plan.SameAsBaseline)
            messages.Fact("note", $"{pair} is the recipe's own value: see the row `{plan.Rows[0].Name}`");
        foreach ((string pair, string row) in plan.SameAsOther)
            messages.Fact("note", $"{pair} trains the same as `{row}`: see that row");
        foreach (string pair in plan.Repeated) messages.Fact("note", $"{pair} is named more than once, and counts once");
        if (parsed.GetValue(_planOnly) is not null)
        {
            var before = RunPlan.TryRead(folder.Location);
            ShowRows(plan, messages);
            PlanText.Show(messages, study.WritePlan(), folder.Location, before);
            return ExitCode.Done;
        }

        foreach (string note in study.Notes) messages.Fact("note", note);

        // Before steps are timed: what ends there leaves a folder that says itself how it goes on.
        study.WritePlan();
        ShowPlan(plan, study, folder, messages);
        AblationTable table = Train(plan, study, folder, recipe.Training.Split(data).Validation.Length > 0, messages);
        messages.Line();
        ShowTests(table, messages);
        ShowBalanced(table, messages);
        ShowAxes(Axes(parsed.GetValue(_axes)), table, study, messages);
        foreach (string note in table.Notes) messages.Paragraph(note);
        messages.Exact("files", $"{Path.Combine(folder.Location, "ablation.md")}, ablation.csv, ablation.json, results.tex");
        messages.Exact("report", HtmlReport.Save(folder.Location, messages.LeftOut));
        if (json) JsonOutput.WriteLine(_console.Out, table.ToRecord().ToJson());
        return table.Rows.SelectMany(static row => row.Runs).All(static run => run.Failure is not null)
            ? throw new RunException("Every run of the ablation failed: there is nothing to compare.", folder.Location,
                "The table says why each did. Change the recipe, such as by a lower learning rate, and begin in a new folder.")
            : ExitCode.Done;
    }

    private static void ShowTests(AblationTable table, Messages messages)
    {
        if (!table.HasPValues) return;
        var tests = new TextTable([.. AblationTable.TestColumns]);
        foreach (IReadOnlyList<string> row in table.Tests) tests.Add([.. row]);
        tests.Write(messages);
        messages.Line();
    }

    private static void ShowBalanced(AblationTable table, Messages messages)
    {
        if (!table.HasBalanced) return;
        string[] axis = [AblationAxes.Balanced];
        var balanced = new TextTable([.. AblationAxes.Columns(axis)]);
        foreach (AblationRowResult row in table.Rows) balanced.Add([.. AblationAxes.Cells(row, axis, double.NaN, double.NaN)]);
        balanced.Write(messages);
        messages.Line();
        messages.Paragraph($"balanced is {EvaluationResult.BalancedMeaning}, on the test images, whose classes are uneven.");
        messages.Line();
    }

    private static void ShowAxes(string[] axes, AblationTable table, AblationStudy study, Messages messages)
    {
        if (!axes.Contains(AblationAxes.Robust) && !axes.Contains(AblationAxes.Speed)) return;
        var other = new TextTable([.. AblationAxes.Columns(axes)]);
        double[] times = [.. table.Rows.Select(row => axes.Contains(AblationAxes.Speed) ? study.Latency(row.Row) : double.NaN)];
        foreach ((AblationRowResult row, double time) in table.Rows.Zip(times))
            other.Add([.. AblationAxes.Cells(row, axes, time, times[0])]);
        other.Write(messages);
        messages.Line();
        if (axes.Contains(AblationAxes.Robust)) messages.Paragraph($"corrupted is {QuickCorruptions.Description}.");
        if (axes.Contains(AblationAxes.Speed))
            messages.Paragraph("ms per image: the median time of one image alone on one thread, which other programs disturb.");
        messages.Line();
    }

    private static string[] Axes(string? names) =>
        names?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [AblationAxes.Accuracy];

    // A folder with a plan says itself what is compared.
    private AblationPlan Planned(ParseResult parsed, string folder)
    {
        Option[] others = [_phase, _seeds, _add, _vary, _grid, _epochs, _set];
        if (Array.Find(others, option => parsed.GetResult(option) is { Implicit: false }) is { } other)
            throw new RecipeException("The folder's plan says what is compared.", other.Name, $"Leave out {other.Name}; " + (
                other == _phase || other == _epochs || other == _set
                    ? "to compare something else name the recipe, and another folder (--out FOLDER)."
                    : $"for other seeds or rows name the recipe and this folder: pare ablate RECIPE {other.Name} ... --out "
                        + $"{CommandLine.Quoted(folder)}"));
        return AblationPlan.Of(RunPlan.Read(folder));
    }

    private AblationPlan Compared(ParseResult parsed, string recipe)
    {
        string[] overrides =
            [.. parsed.GetValue(_set) ?? [], .. parsed.GetValue(_epochs) is int epochs
            ? [string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}")] : Array.Empty<string>()];
        var options = new AblationOptions
        {
            Add = parsed.GetValue(_add),
            Vary = parsed.GetValue(_vary) ?? [],
            Grid = parsed.GetValue(_grid) ?? [],
        };
        return AblationPlan.Create(more => RecipeInputs.Open(recipe, [.. overrides, .. more], parsed.GetValue(_phase)),
            options with { Seeds = parsed.GetValue(_seeds) ?? options.Seeds });
    }

    // What several rows are too short for is told of the first of them.
    private static IEnumerable<string> Lengths(AblationPlan plan, Dataset data)
    {
        int images = plan.Baseline.Training.Split(data).Train.Length;
        return plan.Rows.Zip(plan.Recipes)
            .SelectMany(row => TrainingCheck.Length(row.Second.Training, images).Select(note => (Row: row.First.Name, Note: note)))
            .DistinctBy(static found => found.Note).Select(static found => $"{found.Row}, {found.Note}");
    }

    private void ShowPlan(AblationPlan plan, AblationStudy study, AblationFolder folder, Messages messages)
    {
        int all = plan.Rows.Count * plan.Seeds.Count, open = study.CountOpen();
        ShowRows(plan, messages);
        messages.Exact("folder", folder.Location);
        if (open < all) messages.Fact("done", $"{all - open} runs are in the folder already");
        if (open > 0)
        {
            messages.Live(static _ => "timing some steps");
            messages.Fact("time", $"{Amounts.Roughly(TimeSpan.FromSeconds(study.EstimateSeconds(_cancellation)))} for {Runs(open)}");
        }

        messages.Line();
    }

    private static void ShowRows(AblationPlan plan, Messages messages)
    {
        int all = plan.Rows.Count * plan.Seeds.Count;
        string more = plan.Rows.Count > MostNamed ? $"; … and {Amounts.Count(plan.Rows.Count - MostNamed)} more" : "";
        messages.Fact("rows", string.Join("; ", plan.Rows.Take(MostNamed).Select(static row => row.Name)) + more);
        if (plan.Rows.Count == 1)
            messages.Fact("note", "nothing is left out or named to compare with (--vary, --grid): " +
                "mean and deviation of the recipe as it is");
        messages.Fact("runs",
            $"{Amounts.Count(all)}: {Amounts.Count(plan.Rows.Count, "row")} with {Seeds(plan)} each, {Epochs(plan)} per run");
    }

    private AblationTable Train(AblationPlan plan, AblationStudy study, AblationFolder folder, bool validation, Messages messages)
    {
        int name = plan.Rows.Max(static row => Printable.Width(Printable.Text(row.Name)));
        var table =
            new StreamedTable(messages,
            [.. AblationTable.Columns(validation, wide: false).Select((heading, i) => (heading, i == 0 ? name : Width(heading)))],
            LeastColumns);
        try
        {
            AblationTable done = study.Run(new View(table, validation, messages), _cancellation);
            messages.EndLive();
            if (table.LeftOut.Any())
                messages.Paragraph($"Not shown at this width: {string.Join(", ", table.LeftOut)}; ablation.md has all columns.");
            return done;
        }
        catch (Exception error) when (error is OperationCanceledException or RunException && RunPlan.IsAt(folder.Location))
        {
            messages.EndLive();
            messages.Line($"What is done stays in {folder.Location}. To resume: pare ablate {CommandLine.Quoted(folder.Location)}");
            throw;
        }
        finally
        {
            messages.EndLive();
        }
    }

    private static string Seeds(AblationPlan plan) => plan.Seeds.Count == 1
        ? string.Create(CultureInfo.InvariantCulture, $"seed {plan.Seeds[0]}")
        : string.Create(CultureInfo.InvariantCulture, $"seeds {plan.Seeds[0]} to {plan.Seeds[^1]}");

    private static string Epochs(AblationPlan plan)
    {
        int[] epochs = [.. plan.Recipes.Select(static recipe => recipe.Training.Epochs)];
        int least = epochs.Min(), most = epochs.Max();
        return least == most ? Amounts.Count(most, "epoch") : $"{Amounts.Count(least)} to {Amounts.Count(most, "epoch")}";
    }

    private static string Runs(int count) => count == 1 ? "1 run" : $"{Amounts.Count(count)} runs";

    // As wide as the widest value: a percentage, a spread, a difference with its sign.
    private static int Width(string heading) => heading switch
    {
        ">validation" or ">test" => 8,
        ">sd" => 5,
        ">95 % interval" => 16,
        _ => 7,
    };

    // A row as soon as it is finished, and how far the run is.
    private sealed class View(StreamedTable table, bool validation, Messages messages) : IProgress<AblationProgress>
    {
        public void Report(AblationProgress value)
        {
            if (value.Finished is { } row) table.Add(AblationTable.Cells(row, validation, wide: false));
            if (value.Training is not { } training) return;
            string before = Invariant($"run {value.Done + 1}/{value.Runs}, {value.Row.Name}, seed {value.Seed} ");
            string after = $"  loss {Amounts.Loss(training.Loss)}  {Amounts.Remaining(training.Remaining)} left of this run";
            messages.Live(width =>
                before + ProgressBar.Draw((double)training.Step / training.Steps, width - before.Length - after.Length) + after);
        }
    }
}
