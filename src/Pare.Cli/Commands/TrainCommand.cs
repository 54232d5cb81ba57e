using System.CommandLine;
using System.Globalization;
using Pare.Data;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Runs;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare train</c>: trains one recipe into a run folder.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string?> _recipe = new("RECIPE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description =
            "A recipe file, the folder of a run (an interrupted one is resumed), or one of the shipped recipes: " +
            $"{string.Join(", ", RecipeStore.Names)}.",
    };
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<int?> _seed =
        CommonOptions.WholeNumber("--seed", 0, "The seed of weights, order and augmentation. The same seed gives the same network.");
    private readonly Option<int?> _epochs =
        CommonOptions.WholeNumber("--epochs", 1, "Number of epochs, instead of the recipe's.");
    private readonly Option<double?> _minutes =
        CommonOptions.PositiveNumber("--minutes",
        "How many minutes the training may take on this machine: as many epochs as fit, measured before the first step.",
        TimeBudget.MostMinutes, TimeBudget.LeastMinutes);
    private readonly Option<string?> _onDivergence = new("--on-divergence")
    {
        HelpName = "WHAT",
        Description = "What to do when the training diverges: fail, or halve-rate, which goes back to the beginning of the epoch with " +
            "half the learning rate, up to three times.",
    };
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FOLDER",
            Description = "The run's folder: new, empty, or of the same run, which is then resumed. Default: runs/RECIPE-DATE-TIME."
        };
    private readonly Option<string?> _resume =
        new("--resume")
        {
            HelpName = "RUN",
            Description = "Resumes the interrupted run in this folder, with the same result as an uninterrupted one.",
        };
    private readonly Option<int?> _extend = CommonOptions.WholeNumber("--extend", 1,
        "Trains a finished run for N more epochs: a new run that begins with the weights of the run that RECIPE names.");
    private readonly Option<string?> _initFrom = new("--init-from")
    {
        HelpName = "MODEL",
        Description = "Fine-tunes: begins with the weights of a model or run. For another number of classes the last layer is new.",
    };
    private readonly CheckpointChoice _checkpoints = new();
    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand(CliConsole console, CancellationToken cancellation)
        : base("train", "Trains the network of a recipe and measures it on the test images.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        AddOptions(
        [
            _data, _phase, _seed, _epochs, _minutes, _onDivergence, _threads, _set, _out, _resume, _extend, _initFrom,
            .. _checkpoints.Options, _json,
        ]);
        Examples =
        [
            ("pare train glyphs", "built-in drawn digits, nothing to download"),
            ("pare train mnist --data data/mnist --seed 3", null),
            ("pare train my.yaml --set training.batch_size=64", "one key changed"),
            ("pare train my.yaml --minutes 10", "as many epochs as ten minutes hold"),
            ("pare train runs/my-20260304-050607", "resumes an interrupted run"),
            ("pare train my.yaml --init-from models/mnist.safetensors", "fine-tunes a trained network"),
        ];
        Validators.Add(result =>
        {
            if (result.GetResult(_recipe) is not { Tokens.Count: > 0 } && result.GetResult(_resume) is null)
                result.AddError("RECIPE is missing.");
            if (result.GetValue(_onDivergence) is not (null or "fail" or "halve-rate") and { } what)
                result.AddError($"--on-divergence needs fail or halve-rate, not `{what}`.");
            if (result.GetResult(_epochs) is not null && result.GetResult(_minutes) is not null)
                result.AddError("--epochs and --minutes both say how long to train: name one of them.");
            foreach (Option other in (Option[])[_epochs, _minutes, _initFrom])
                if (result.GetResult(_extend) is not null && result.GetResult(other) is not null)
                    result.AddError($"--extend and {other.Name} do not go together: --extend says how long and from which weights.");
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        string[] overrides = [.. Overrides(parsed)];
        string? resumed = Resumed(parsed, overrides), place = resumed ?? parsed.GetValue(_out);
        string given = parsed.GetValue(_recipe) ?? resumed!;
        Recipe asked = RecipeInputs.Open(given, overrides, parsed.GetValue(_phase)), recipe = RunBudget.AsBegun(asked, place);
        TrainingOptions options = recipe.Training with { Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount };
        if (Target.CheckSize(_console, recipe) is not ExitCode.Done and int missed) return missed;
        options.Open(recipe.Graph);
        Describe(recipe, parsed, messages);
        if (asked.Training.Minutes is not null && recipe.Training.Minutes is null)
            messages.Fact("budget",
                $"{Amounts.Count(recipe.Training.Epochs, "epoch")}, as the run was begun with: minutes are not measured again");
        if (resumed is null) NoteRunLeft(given, place, overrides, isExtended: parsed.GetValue(_extend) is not null, messages);
        messages.Fact("machine", $"{Amounts.Threads(options.Threads)}, {Simd.InstructionSet}");
        RunFolder.CheckFree(place, recipe);
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), resumed ?? given, messages, _cancellation);
        RecipeInputs.Describe(messages, data, recipe);
        RunSettings settings = _checkpoints.Settings(parsed, messages) with
        {
            InitialWeights = parsed.GetValue(_extend) is null ? parsed.GetValue(_initFrom) : given,
        };
        RecipeRun.Check(recipe, data, settings);
        recipe = Fit(recipe, data, options.Threads, messages);
        foreach (string note in TrainingCheck.Length(recipe.Training, recipe.Training.Split(data).Train.Length))
            messages.Fact("note", note);
        if (place is not null && RecipeRun.Finished(place, recipe, data, settings) is { } finished)
        {
            messages.Exact("run", place);
            messages.Fact("note", "this run is finished: there is nothing to train");
            return Show(finished with { Run = place }, recipe, messages, json, isNew: false);
        }

        using RunFolder run = place is not null && RunFolder.IsUnfinished(place) ? RunFolder.Open(place, _console.Clock)
            : RunFolder.Create(place, recipe.Name, _console.Clock);
        messages.Exact("run", run.Location);
        messages.Line();
        RunSummary summary = Train(run, recipe, data, settings, messages, new RunEnvironment
        {
            Started = _console.Clock.GetUtcNow(),
            CommandLine = CommandLine.Of(parsed),
            Seed = options.Seed,
            Threads = options.Threads,
            DataSource = data.Source,
        });
        return Show(summary, recipe, messages, json, isNew: true);
    }

    private void Describe(Recipe recipe, ParseResult parsed, Messages messages)
    {
        RecipeInputs.Describe(messages, recipe.Name, recipe.Description);
        RecipeInputs.ShowPhase(messages, recipe, parsed.GetValue(_phase));
        var cost = Cost.Of(recipe.Graph);
        messages.Fact("model", $"{Amounts.Count(cost.Parameters)} parameters, {Amounts.Macs(cost.Macs)} per image");
    }

    // Of a new run of a folder's recipe: what becomes of the one that lies there.
    private static void NoteRunLeft(string given, string? place, string[] overrides, bool isExtended, Messages messages)
    {
        if (place is null && !isExtended && RunFolder.IsFinished(given))
            messages.Fact("note", "the run in this folder is finished: this is a new one of " +
                (ChangesNothing(given, overrides) ? "the same recipe" : "its recipe with other settings"));
        if (RunFolder.IsUnfinished(given) && !IsSame(given, place))
            messages.Fact("note", $"the unfinished run in {given} stays as it is: this is a new one, from the beginning. To resume " +
                $"that one: pare train {CommandLine.Quoted(given)}");
    }

    // As many epochs as the recipe's minutes hold, where it has some.
    private Recipe Fit(Recipe recipe, Dataset data, int threads, Messages messages)
    {
        if (recipe.Training.Minutes is not double minutes) return recipe;
        Recipe fitted = RunBudget.Fit(recipe, data, threads, _cancellation);
        string epochs = fitted.Training.Epochs == 1 ? "1 epoch, the least" : $"{Amounts.Count(fitted.Training.Epochs)} epochs";
        messages.Fact("budget", string.Create(CultureInfo.InvariantCulture, $"{minutes:0.###} minutes: {epochs} on this machine"));
        return fitted;
    }

    private int Show(RunSummary summary, Recipe recipe, Messages messages, bool json, bool isNew)
    {
        messages.Line();
        messages.Fact("test",
            $"accuracy {Amounts.Percent(summary.TestAccuracy)}, loss {Amounts.Loss(summary.TestLoss)}, in " +
            $"{Amounts.Seconds(summary.Seconds)} at {Amounts.Rate(summary.ImagesPerSecond)}", Amounts.Percent(summary.TestAccuracy));
        if (summary.BalancedTestAccuracy is float balanced) UnevenClasses.ShowBalanced(messages, balanced);
        if (summary.Restarts is [.., var restart])
            messages.Fact("diverged", string.Create(CultureInfo.InvariantCulture,
                $"{(summary.Restarts.Count == 1 ? "once" : $"{summary.Restarts.Count} times")}: the learning rate ended at " +
                $"{restart.RateFactor:G3} of the recipe's"));
        if (summary.Stopped is { } stopped)
            messages.Fact("stopped", string.Create(CultureInfo.InvariantCulture,
                $"after {summary.Epochs} of {Amounts.Count(recipe.Training.Epochs, "epoch")}: {stopped}"));
        if (summary.UnaveragedTestAccuracy is float unaveraged)
            messages.Fact("last step", $"accuracy {Amounts.Percent(unaveraged)}, before averaging");
        try
        {
            messages.Exact("report", HtmlReport.Save(summary.Run, messages.LeftOut));
        }
        catch (RunException error) when (!isNew)
        {
            // As on a disk that is only read by now.
            messages.Fact("note", $"the report is not made again: {error.Message}");
        }

        messages.Exact("next", $"pare eval {CommandLine.Quoted(summary.Run)}");
        messages.Exact("or", $"pare predict {CommandLine.Quoted(summary.Run)} PICTURE");
        if (recipe.Quantization is not null) messages.Exact("or", $"pare export {CommandLine.Quoted(summary.Run)} --to c --int8");
        if (json) JsonOutput.WriteLine(_console.Out, summary.ToJson());
        return Target.Check(
            _console, recipe, summary.TestAccuracy, summary.Parameters, summary.Run,
            $"Train longer than {Amounts.Count(summary.Epochs, "epoch")} (--epochs N), try another --seed");
    }

    private RunSummary Train(RunFolder run, Recipe recipe, Dataset data, RunSettings settings, Messages messages,
        RunEnvironment environment)
    {
        try
        {
            return RecipeRun.Train(run, recipe, data, environment, settings, new TrainingView(messages), _cancellation);
        }
        catch (Exception error) when (error is OperationCanceledException or RunException && RunFolder.IsUnfinished(run.Location))
        {
            messages.EndLive();
            if (error is OperationCanceledException) messages.Line($"The weights of the last step are in {run.ModelPath}");
            string again = $"pare train {CommandLine.Quoted(run.Location)}";
            if (error is RunException { IsDivergence: true })
            {
                if (RunFolder.HasCheckpoint(run.Location))
                    messages.Line("The last good checkpoint is kept; resuming from it with the same recipe would diverge again.");
                if (recipe.Training.OnDivergence == DivergenceResponse.Fail)
                    messages.Line("To train from the beginning, and go back with half the rate where it diverges: " +
                        $"{again} --on-divergence halve-rate");
            }
            else if (RunFolder.HasCheckpoint(run.Location))
            {
                messages.Line($"To resume: {again}");
            }

            throw;
        }
        finally
        {
            messages.EndLive();
        }
    }

    // A run's folder stands for going on with it; with settings that are not its own, or another folder, for its recipe.
    private string? Resumed(ParseResult parsed, string[] overrides)
    {
        string? given = parsed.GetValue(_recipe), resume = parsed.GetValue(_resume);
        int? extend = parsed.GetValue(_extend);
        if (resume is not null)
        {
            if (parsed.GetValue(_out) is not null || extend is not null || parsed.GetValue(_initFrom) is not null)
                throw new RecipeException("A run resumes in its own folder, from its own checkpoint.", "--resume",
                    "Omit --out, --extend and --init-from.");
            if (!Directory.Exists(resume))
                throw new RecipeException("There is no run in this folder.", Path.GetFullPath(resume), "Name the folder of a run.");
            return resume;
        }

        if (extend is not null)
        {
            if (given is null || !RunFolder.IsFinished(given))
                throw new RecipeException("--extend is for a finished run.",
                    given is null ? "--extend" : Path.GetFullPath(given),
                    "Name the folder of such a run; an interrupted one is resumed without --extend.");
            return null;
        }

        bool isAlone = parsed.GetValue(_out) is null && parsed.GetValue(_phase) is null && parsed.GetValue(_initFrom) is null;
        return isAlone && given is not null && RunFolder.IsUnfinished(given) && ChangesNothing(given, overrides) ? given : null;
    }

    private static bool ChangesNothing(string run, string[] overrides) =>
        overrides.Length == 0 || RecipeStore.Open(run).ToYaml() == RecipeStore.Open(run, overrides).ToYaml();

    private static bool IsSame(string folder, string? place) => place is not null
        && Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));

    private IEnumerable<string> Overrides(ParseResult parsed)
    {
        foreach (string pair in parsed.GetValue(_set) ?? []) yield return pair;
        if (parsed.GetValue(_seed) is int seed) yield return string.Create(CultureInfo.InvariantCulture, $"training.seed={seed}");
        if ((parsed.GetValue(_epochs) ?? parsed.GetValue(_extend)) is int epochs)
        {
            // They take the place of a recipe's minutes.
            yield return string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}");
            yield return "training.minutes=";
        }

        if (parsed.GetValue(_onDivergence) is { } what) yield return $"training.on_divergence={what.Replace('-', '_')}";
        if (parsed.GetValue(_minutes) is double minutes)
            yield return string.Create(CultureInfo.InvariantCulture, $"training.minutes={minutes}");
    }
}
