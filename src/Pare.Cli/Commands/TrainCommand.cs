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
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<int?> _seed =
        CommonOptions.WholeNumber("--seed", 0, "The seed of weights, order and augmentation. The same seed gives the same network.");
    private readonly Option<int?> _epochs =
        CommonOptions.WholeNumber("--epochs", 1, "Passes over the training images, instead of the recipe's.");
    private readonly Option<double?> _minutes =
        CommonOptions.PositiveNumber("--minutes",
        "How long the training may take on this machine: as many epochs as fit, measured before it begins.", TimeBudget.MostMinutes);
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _out =
        new("--out") { HelpName = "FOLDER", Description = "The run's folder; it must be new or empty. Without it: runs/RECIPE-DATE-TIME." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand(CliConsole console, CancellationToken cancellation)
        : base("train", "Trains a network after a recipe and measures it on the test images.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        foreach (Option option in new Option[] { _data, _phase, _seed, _epochs, _minutes, _threads, _set, _out, _json }) Add(option);
        Examples =
        [
            ("pare train glyphs", "built-in drawn digits, nothing to download"),
            ("pare train mnist --data data/mnist --seed 3", null),
            ("pare train my.yaml --set training.batch_size=64", "one key changed"),
            ("pare train my.yaml --minutes 10", "as many epochs as ten minutes hold"),
        ];
        Validators.Add(result =>
        {
            if (result.GetResult(_epochs) is not null && result.GetResult(_minutes) is not null)
                result.AddError("--epochs and --minutes both say how long to train: name one of them.");
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        Recipe recipe = RecipeStore.Open(parsed.GetRequiredValue(_recipe), Overrides(parsed), parsed.GetValue(_phase));
        TrainingOptions options = recipe.Training with { Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount };
        if (Target.CheckSize(_console, recipe) is not ExitCode.Done and int missed) return missed;
        options.Open(recipe.Graph);
        var cost = Cost.Of(recipe.Graph);
        messages.Fact("recipe", recipe.Description.Length > 0 ? $"{recipe.Name}: {recipe.Description}" : recipe.Name);
        if (recipe.Phase is { } phase) messages.Fact("phase", RecipeInputs.Describe(phase, parsed.GetValue(_phase)));
        messages.Fact("model", $"{Amounts.Count(cost.Parameters)} parameters, {Amounts.Macs(cost.Macs)} an image");
        messages.Fact("machine", $"{Amounts.Threads(options.Threads)}, {Simd.InstructionSet}");
        RunFolder.CheckFree(parsed.GetValue(_out));
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), parsed.GetRequiredValue(_recipe), messages, _cancellation);
        RecipeInputs.Describe(messages, data, recipe);
        RecipeRun.Check(recipe, data);
        if (options.Minutes is double minutes)
        {
            recipe = RunBudget.Fit(recipe, data, options.Threads, _cancellation);
            string epochs = recipe.Training.Epochs == 1 ? "1 epoch, the least" : $"{Amounts.Count(recipe.Training.Epochs)} epochs";
            messages.Fact("budget", string.Create(CultureInfo.InvariantCulture, $"{minutes:0.###} minutes: {epochs} on this machine"));
        }

        using var run = RunFolder.Create(parsed.GetValue(_out), recipe.Name, _console.Clock);
        messages.Exact("run", run.Location);
        messages.Line();
        RunSummary summary = Train(run, recipe, data, messages, new RunEnvironment
        {
            Started = _console.Clock.GetUtcNow(),
            CommandLine = ["pare", .. parsed.Tokens.Select(static token => token.Value)],
            Seed = options.Seed,
            Threads = options.Threads,
            DataSource = data.Source,
        });
        messages.Line();
        messages.Fact("test",
            $"accuracy {Amounts.Percent(summary.TestAccuracy)}, loss {Amounts.Loss(summary.TestLoss)}, in " +
            $"{Amounts.Seconds(summary.Seconds)} at {Amounts.Rate(summary.ImagesPerSecond)}", Amounts.Percent(summary.TestAccuracy));
        if (summary.Stopped is { } stopped)
            messages.Fact("stopped", string.Create(CultureInfo.InvariantCulture,
                $"after {summary.Epochs} of {recipe.Training.Epochs} epochs: {stopped}"));
        if (summary.UnaveragedTestAccuracy is float unaveraged)
            messages.Fact("last step", $"accuracy {Amounts.Percent(unaveraged)}, before averaging");
        messages.Exact("report", HtmlReport.Save(run.Location));
        messages.Exact("next", $"pare eval {CommandLine.Quoted(run.Location)}");
        messages.Exact("or", $"pare predict {CommandLine.Quoted(run.Location)} PICTURE");
        if (json) JsonOutput.WriteLine(_console.Out, summary.ToJson());
        return Target.Check(
            _console, recipe, summary.TestAccuracy, summary.Parameters, summary.Run,
            string.Create(CultureInfo.InvariantCulture,
            $"Train longer than {summary.Epochs} epochs (--epochs N), try another --seed, or lower the target (--set " +
            $"target.test_accuracy=...)."));
    }

    private RunSummary Train(RunFolder run, Recipe recipe, Dataset data, Messages messages, RunEnvironment environment)
    {
        try
        {
            return RecipeRun.Train(run, recipe, data, environment, new TrainingView(messages), _cancellation);
        }
        catch (OperationCanceledException)
        {
            messages.Line($"The weights of the last step are in {run.ModelPath}");
            throw;
        }
        finally
        {
            messages.EndLive();
        }
    }

    private IEnumerable<string> Overrides(ParseResult parsed)
    {
        foreach (string pair in parsed.GetValue(_set) ?? []) yield return pair;
        if (parsed.GetValue(_seed) is int seed) yield return string.Create(CultureInfo.InvariantCulture, $"training.seed={seed}");
        if (parsed.GetValue(_epochs) is int epochs)
        {
            // They take the place of a recipe's minutes.
            yield return string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}");
            yield return "training.minutes=";
        }

        if (parsed.GetValue(_minutes) is double minutes)
            yield return string.Create(CultureInfo.InvariantCulture, $"training.minutes={minutes}");
    }
}
