using System.CommandLine;
using System.Text.Json;
using Pare.Data;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare lr-find</c>: the learning rate range test.</summary>
internal sealed class LrFindCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<int?> _seed = CommonOptions.WholeNumber("--seed", 0, "The seed of weights, order and augmentation.");
    private readonly Option<int?> _steps =
        CommonOptions.WholeNumber("--steps", 20, "Number of steps, each at a higher rate. Default: 100.", 1_000_000);
    private readonly Option<double?> _minRate =
        CommonOptions.PositiveNumber("--min-rate", "The learning rate of the first step. Default: 1e-5.");
    private readonly Option<double?> _maxRate =
        CommonOptions.PositiveNumber("--max-rate", "The learning rate of the last step. Default: 10.");
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<string?> _out =
        new("--out") { HelpName = "FOLDER", Description = "The folder for the curve. Default: runs/RECIPE-lr-find-DATE-TIME." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public LrFindCommand(CliConsole console, CancellationToken cancellation)
        : base("lr-find", "Tries rising learning rates for some steps and suggests one to train with.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        AddOptions(_data, _phase, _seed, _steps, _minRate, _maxRate, _threads, _set, _out, _json);
        Examples = [("pare lr-find glyphs", null), ("pare lr-find my.yaml --steps 300 --max-rate 1", "a finer look at a smaller range")];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        string given = parsed.GetRequiredValue(_recipe);
        string[] overrides = parsed.GetValue(_set) ?? [];
        Recipe recipe =
            RecipeInputs.Open(given, parsed.GetValue(_seed) is int seed
            ? [.. overrides, Invariant($"training.seed={seed}")] : overrides, parsed.GetValue(_phase));
        var defaults = new RateFinderOptions();
        var rates = new RateFinderOptions
        {
            Steps = parsed.GetValue(_steps) ?? defaults.Steps,
            MinRate = parsed.GetValue(_minRate) ?? defaults.MinRate,
            MaxRate = parsed.GetValue(_maxRate) ?? defaults.MaxRate,
        };
        rates.Validate();
        RecipeInputs.Describe(messages, recipe.Name, recipe.Description);
        RecipeInputs.ShowPhase(messages, recipe, parsed.GetValue(_phase));
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), parsed.GetRequiredValue(_recipe), messages, _cancellation);
        messages.Fact("test",
            $"{Amounts.Count(rates.Steps)} steps of {Amounts.Count(recipe.Training.BatchSize, "image")}, rates from " +
            $"{Amounts.LearningRate(rates.MinRate)} to {Amounts.LearningRate(rates.MaxRate)}");
        RateCurve curve = Find(recipe, data, rates, parsed.GetValue(_threads), messages);
        string folder = RateReport.Save(parsed.GetValue(_out), recipe.Name, curve, _console.Clock);
        if (!json) Draw(curve, messages);
        Explain(curve, messages);
        string? next = curve.HighestRate is double rate ? Next(parsed, recipe, rate) : null;
        messages.Exact("files", $"{Path.Combine(folder, RateReport.SvgFile)}, {RateReport.CsvFile}");
        if (next is not null) messages.Exact("next", next);
        if (json) JsonOutput.WriteObject(_console.Out, writer => Write(writer, recipe, curve, folder, next));
        return ExitCode.Done;
    }

    private RateCurve Find(Recipe recipe, Dataset data, RateFinderOptions rates, int? threads, Messages messages)
    {
        try
        {
            int step = 0;
            return RateFinder.Run(recipe.Graph, data, recipe.Training with { Threads = threads ?? Environment.ProcessorCount }, rates,
                Report, _cancellation);

            void Report(RatePoint point)
            {
                step++;
                messages.Live(width =>
                    $"step {step}/{rates.Steps}  rate {Amounts.LearningRate(point.Rate)}  loss {Amounts.Loss(point.Smoothed)}  " +
                        $"{ProgressBar.Draw((double)step / rates.Steps, width - 50)}");
            }
        }
        finally
        {
            messages.EndLive();
        }
    }

    private void Draw(RateCurve curve, Messages messages)
    {
        messages.Line();
        foreach (
            string line in TerminalChart.Draw([.. curve.Points.Select(static point => (point.Rate, point.Smoothed))], logX: true,
            RateReport.Marks(curve), messages.Width, _console.OutIsTerminal && _console.Color)) messages.Line(line);
        messages.Line();
    }

    private static void Explain(RateCurve curve, Messages messages)
    {
        RatePoint last = curve.Points[^1];
        if (curve.SteepestRate is not double steepest || curve.HighestRate is not double highest)
        {
            messages.Fact("suggest",
                $"nothing: the loss falls nowhere between rates {Amounts.LearningRate(curve.Points[0].Rate)} and " +
                $"{Amounts.LearningRate(last.Rate)}; try others with --min-rate and --max-rate, or more --steps");
            return;
        }

        string highestRate = Amounts.LearningRate(highest), steepestRate = Amounts.LearningRate(steepest);
        string[] ends = [$"{highestRate} (a tenth of where the loss is lowest)", $"{steepestRate} (where it falls most steeply)"];
        messages.Fact("suggest", $"a highest rate of {string.Join(" to ", highest <= steepest ? ends : ends.Reverse())}",
            highestRate, steepestRate);
        if (curve.Diverged)
            messages.Fact("note",
                $"stopped at rate {Amounts.LearningRate(last.Rate)}: the loss had grown to more than 5 times its lowest, or was no " +
                $"longer finite");
        else if (curve.Lowest == last)
            messages.Fact("note", "the loss was still falling at the last step; a higher --max-rate shows where it ends");
    }

    private string Next(ParseResult parsed, Recipe recipe, double rate) => CommandLine.Join(
    [
        "train", parsed.GetRequiredValue(_recipe),
        .. parsed.GetValue(_data) is string data ? ["--data", data] : Array.Empty<string>(),
        .. parsed.GetValue(_phase) is string phase ? ["--phase", phase] : Array.Empty<string>(),
        .. (parsed.GetValue(_set) ?? []).Append($"{recipe.PeakRateKey}={Amounts.LearningRate(rate)}")
            .SelectMany(static pair => new[] { "--set", pair }),
    ]);

    private static void Write(Utf8JsonWriter json, Recipe recipe, RateCurve curve, string folder, string? next)
    {
        json.WriteString("recipe", recipe.Name);
        json.WriteString("folder", folder);
        JsonOutput.WriteNumber(json, "steepest_rate", curve.SteepestRate);
        JsonOutput.WriteNumber(json, "highest_rate", curve.HighestRate);
        json.WriteNumber("lowest_loss_rate", curve.Lowest.Rate);
        json.WriteBoolean("diverged", curve.Diverged);
        json.WriteNumber("steps", curve.Points.Count);
        json.WriteString("next", next);
    }
}
