using System.CommandLine;
using System.Globalization;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare train</c>: trains one recipe into a run folder.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<int?> _seed = CommonOptions.WholeNumber("--seed", 0, "The seed of weights, order and augmentation. The same seed gives the same network.");
    private readonly Option<int?> _epochs = CommonOptions.WholeNumber("--epochs", 1, "Passes over the training images, instead of the recipe's.");
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _out = new("--out") { HelpName = "FOLDER", Description = "The run's folder; it must be new or empty. Without it: runs/RECIPE-DATE-TIME." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand(CliConsole console, CancellationToken cancellation)
        : base("train", "Trains a network after a recipe and measures it on the test images.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        foreach (Option option in new Option[] { _data, _seed, _epochs, _threads, _set, _out, _json }) Add(option);
        Examples =
        [
            ("pare train glyphs", "built-in drawn digits, nothing to download"),
            ("pare train mnist --data data/mnist --seed 3", null),
            ("pare train my.yaml --set training.batch_size=64", "one key changed"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        Recipe recipe = RecipeStore.Open(parsed.GetRequiredValue(_recipe), Overrides(parsed));
        TrainingOptions options = recipe.Training with { Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount };
        options.Open(recipe.Graph);
        var cost = Cost.Of(recipe.Graph);
        messages.Fact("recipe", recipe.Description.Length > 0 ? $"{recipe.Name}: {recipe.Description}" : recipe.Name);
        messages.Fact("model", $"{Amounts.Count(cost.Parameters)} parameters, {Amounts.Macs(cost.Macs)} an image");
        messages.Fact("machine", $"{Amounts.Threads(options.Threads)}, {Simd.InstructionSet}");
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), messages, _cancellation);
        IndexSplit split = options.Split(data.Train);
        DescribeImages(messages, data, split);

        using var run = RunFolder.Create(parsed.GetValue(_out), recipe.Name, _console.Clock);
        messages.Fact("run", run.Location);
        messages.Line();
        run.WriteRecipe(recipe.ToYaml());
        run.WriteEnvironment(new RunEnvironment
        {
            Started = _console.Clock.GetUtcNow(),
            CommandLine = ["pare", .. parsed.Tokens.Select(static token => token.Value)],
            Seed = options.Seed,
            Threads = options.Threads,
            DataSource = data.Source,
        });
        TrainingResult result = Train(new Network(recipe.Graph, options.Seed), data, split, options, run, messages);
        var summary = new RunSummary
        {
            Run = run.Location,
            Recipe = recipe.Name,
            Parameters = cost.Parameters,
            Macs = cost.Macs,
            Epochs = result.Epochs.Count,
            TestAccuracy = result.Test.Accuracy,
            ValidationAccuracy = result.Validation?.Accuracy,
            UnaveragedTestAccuracy = result.Unaveraged?.Test.Accuracy,
            UnaveragedValidationAccuracy = result.Unaveraged?.Validation?.Accuracy,
            Seconds = result.Seconds,
            ImagesPerSecond = result.ImagesPerSecond,
            Seed = options.Seed,
        };
        run.WriteResult(summary);
        messages.Line();
        messages.Fact("test", $"accuracy {messages.Bold(Amounts.Percent(summary.TestAccuracy))}, loss {Amounts.Loss(result.Test.Loss)}, in {Amounts.Seconds(summary.Seconds)} at {Amounts.Rate(summary.ImagesPerSecond)}");
        if (summary.UnaveragedTestAccuracy is float unaveraged) messages.Fact("last step", $"accuracy {Amounts.Percent(unaveraged)}, before averaging");
        messages.Fact("next", $"pare eval {CommandLine.Quoted(run.Location)}");
        if (json) JsonOutput.WriteObject(_console.Out, summary.Write);
        return CheckTarget(recipe, summary);
    }

    private TrainingResult Train(Network network, Dataset data, IndexSplit split, TrainingOptions options, RunFolder run, Messages messages)
    {
        try
        {
            TrainingResult result = Trainer.Run(network, data, options, new Recorder(run, new TrainingView(messages)), _cancellation);
            ModelFile.Save(run.ModelPath, result.Network, result.Normalization);
            return result;
        }
        catch (OperationCanceledException)
        {
            messages.EndLive();
            ModelFile.Save(run.ModelPath, network, Normalization.Of(data.Train, split.Train));
            messages.Line($"The weights of the last step are in {run.ModelPath}");
            throw;
        }
        finally
        {
            messages.EndLive();
        }
    }

    private int CheckTarget(Recipe recipe, RunSummary summary)
    {
        if (recipe.TargetTestAccuracy is not float target || summary.TestAccuracy >= target) return ExitCode.Done;
        ErrorReport.Write(
            _console,
            $"The test accuracy of {Amounts.Percent(summary.TestAccuracy)} misses the recipe's target of {Amounts.Percent(target)}.",
            $"{summary.Run}, target.test_accuracy of recipe {recipe.Name}",
            string.Create(CultureInfo.InvariantCulture, $"Train longer than {summary.Epochs} epochs (--epochs N), try another --seed, or lower the target (--set target.test_accuracy=...)."));
        return ExitCode.TargetMissed;
    }

    private static void DescribeImages(Messages messages, Dataset data, IndexSplit split)
    {
        ImageSet images = data.Train;
        string validation = split.Validation.Length > 0 ? $", {Amounts.Count(split.Validation.Length)} for validation" : "";
        messages.Fact("images", $"{Amounts.Count(split.Train.Length)} for training{validation}, {Amounts.Count(data.Test.Count)} for testing, {new Shape(images.Channels, images.Height, images.Width)}, {Amounts.Count(images.Classes.Count)} classes");
        foreach (string note in data.Notes) messages.Fact("note", note);
    }

    private IEnumerable<string> Overrides(ParseResult parsed)
    {
        foreach (string pair in parsed.GetValue(_set) ?? []) yield return pair;
        if (parsed.GetValue(_seed) is int seed) yield return string.Create(CultureInfo.InvariantCulture, $"training.seed={seed}");
        if (parsed.GetValue(_epochs) is int epochs) yield return string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}");
    }

    // The row is on the disk before the line is on the screen.
    private sealed class Recorder(RunFolder run, TrainingView view) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.EpochEnd is EpochMetrics epoch) run.Append(epoch);
            view.Report(value);
        }
    }
}
