using System.CommandLine;
using System.Text.Json;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Inference;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare eval</c>: measures a trained network.</summary>
internal sealed class EvalCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _run =
        new("MODEL")
        {
            Description =
            "A model's file (.safetensors or .onnx), or the folder of a run or of a build, whose last kept phase is taken."
        };
    private readonly Option<string?> _data =
        new("--data")
        {
            HelpName = "PATH",
            Description = "The data set, or glyphs for the built-in one. Default: the one that the model was trained on, if its file " +
                "says which."
        };
    private readonly Option<bool> _all = new("--all")
    {
        Description =
            "Measures every image of the data set, training images included, instead of the run's test images.",
    };

    private readonly RobustEvaluation _robust = new();
    private readonly ConfidenceChoice _confidence = new();

    private readonly Option<string?> _against = new("--against")
    {
        HelpName = "MODEL",
        Description = "Another model, measured on the same images and compared image by image.",
    };

    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    public EvalCommand(CliConsole console, CancellationToken cancellation)
        : base("eval", "Measures a trained network on the test images, class by class.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_run);
        AddOptions([_data, _all, _against, .. _robust.Options, .. _confidence.Options, _threads, _json]);
        Examples =
            [("pare eval runs/mnist-20260304-050607", null),
            ("pare eval models/mnist.safetensors --data data/mnist", "a network that comes with Pare"),
            ("pare eval runs/a --data data/new --all --json", "the same classes, other images"),
            ("pare eval runs/mnist-20260304-050607 --temperature --sure 99.5", "calibrates it, and sets when it says `unsure`"),
            ("pare eval runs/a --against runs/b", "is one better than the other, beyond chance?"),
            ("pare eval runs/mnist-20260304-050607 --robust", "also on corrupted and shifted pictures: takes minutes")];
        Check(result =>
        {
            if ((_robust.Refusal(result) ?? _confidence.Refusal(result)) is { } refusal) result.AddError(refusal);
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        string given = parsed.GetRequiredValue(_run);
        if (parsed.GetValue(_against) is not null && _robust.IsAsked(parsed))
            throw new RecipeException("Two models are compared on clean images only.", _against.Name,
                "Leave out --against, or --robust: measure each by itself, and `pare report A B` sets what two runs kept side by side.");
        var model = Model.Load(given);
        _confidence.Check(parsed, model);
        Show(messages, model);
        (Dataset data, MeasuredImages measured) =
            RecipeInputs.Load(model, parsed.GetValue(_data), parsed.GetValue(_all), messages, _cancellation);
        string[] notes =
        [
            .. data.Notes, .. measured.Notes,
            .. _robust.IsAsked(parsed) && measured.MayBeTrainedOn
                ? ["The network may have been trained on some of these images: the intervals say nothing of new ones."]
                : Array.Empty<string>(),
        ];
        foreach (string note in notes) messages.Fact("note", note);
        ChosenConfidence? chosen = null;
        ConfidenceRule before = model.Confidence;

        // It is kept at the end: a command that fails changes nothing.
        if (_confidence.IsAsked(parsed))
            (model, chosen) = _confidence.Choose(parsed, model, data, parsed.GetValue(_threads), messages, _cancellation);
        if (_robust.IsAsked(parsed))
        {
            RobustnessRecord record = _robust.Measure(parsed, model, data, measured.Images, parsed.GetValue(_all),
                parsed.GetValue(_threads), messages, _cancellation);
            ConfidenceChoice.Save(model, before, messages);
            if (json)
                JsonOutput.WriteObject(_console.Out, writer =>
                {
                    Write(writer, given, model.Origin.Recipe, data.Source, notes, record);
                    chosen?.Write(writer);
                });
            return ExitCode.Done;
        }

        messages.Live(_ => $"measuring on {Amounts.Count(measured.Images.Count, "image")}");
        EvaluationResult result = model.Evaluate(measured.Images, parsed.GetValue(_threads), _cancellation);
        Answered? answered = model.Confidence.Threshold is double threshold
            ? Answered.Of(result, [.. measured.Images.Labels], threshold) : null;
        messages.EndLive();
        RivalModel? rival = parsed.GetValue(_against) is { } other
            ? RivalModel.Measure(other, model, data, measured, result, parsed.GetValue(_all), parsed.GetValue(_threads), messages,
                _cancellation) : null;
        ConfidenceChoice.Save(model, before, messages);
        if (json)
        {
            JsonOutput.WriteObject(_console.Out, writer =>
            {
                Write(writer, given, model.Origin.Recipe, data.Source, notes, measured, result);
                answered?.Write(writer, measured.MayBeTrainedOn);
                chosen?.Write(writer);
                rival?.Write(writer);
            });
            return ExitCode.Done;
        }

        Show(messages, measured, result, model.Confidence.Temperature);
        answered?.Show(messages, measured.MayBeTrainedOn);
        rival?.Show(messages);
        messages.Line();
        ShowClasses(messages, measured, result);
        return ExitCode.Done;
    }

    private static void Show(Messages messages, Model model)
    {
        messages.Exact("model", model.Location!);
        foreach (string note in ModelCardView.Notes(model)) messages.Fact("note", note);
        if (ModelCardView.Confidence(model.Confidence) is { } confidence) messages.Fact("sure", confidence);
    }

    private static void Show(Messages messages, MeasuredImages measured, EvaluationResult result, double temperature)
    {
        messages.Fact("test",
            $"accuracy {Amounts.Percent(result.Accuracy)}, loss {Amounts.Loss(result.Loss)}" +
            $"{(temperature == 1 ? "" : " at temperature 1")}, {Amounts.Count(result.Count, "image")}",
            Amounts.Percent(result.Accuracy));
        if (measured.MayBeTrainedOn)
        {
            messages.Fact("interval", "none: the network may have been trained on some of these images, which tells nothing of others");
        }
        else
        {
            (double low, double high) = Interval(result);
            messages.Fact("interval",
                $"{Amounts.Percent((float)low)} to {Amounts.Percent((float)high)}: where the accuracy on all images of this kind lies, " +
                "with 95 % confidence");
        }

        if (result.IsUneven) UnevenClasses.ShowBalanced(messages, result.BalancedAccuracy);
    }

    private static (double Low, double High) Interval(EvaluationResult result) =>
        Wilson.Interval(Enumerable.Range(0, result.Confusion.GetLength(0)).Sum(label => result.Confusion[label, label]), result.Count);

    private static void ShowClasses(Messages messages, MeasuredImages measured, EvaluationResult result)
    {
        IReadOnlyList<string> classes = measured.Images.Classes;
        string[] interval = measured.MayBeTrainedOn ? [] : [">95 % interval"];
        var table = new TextTable(["class", ">images", ">accuracy", .. interval, "most often taken for"]);
        for (int label = 0; label < classes.Count; label++)
        {
            int images = result.ImagesOf(label);
            int[] wrong = [.. Enumerable.Range(0, classes.Count).Where(other => other != label && result.Confusion[label, other] > 0)];
            string mistake = wrong.Length == 0 ? "" : Mistake(classes, result, label, wrong.MaxBy(other => result.Confusion[label, other]));
            string[] accuracy = result.AccuracyOf(label) is float share ? [Amounts.Percent(share), .. interval.Select(_ => Range(label))]
                : ["", .. interval.Select(static _ => "")];
            table.Add([classes[label], Amounts.Count(images), .. accuracy, mistake]);
        }

        table.Write(messages);

        string Range(int label)
        {
            (double low, double high) = Wilson.Interval(result.Confusion[label, label], result.ImagesOf(label));
            return $"{Rounding.InPercent(low)} to {Rounding.InPercent(high)}";
        }
    }

    private static string Mistake(IReadOnlyList<string> classes, EvaluationResult result, int label, int other) =>
        $"{classes[other]} ({Amounts.Count(result.Confusion[label, other])})";

    private static void Write(Utf8JsonWriter json, string run, string? recipe, string data, IReadOnlyList<string> notes)
    {
        json.WriteString("run", run);
        json.WriteString("recipe", recipe);
        json.WriteString("data", data);
        JsonOutput.WriteTexts(json, "notes", notes);
    }

    private static void Write(
        Utf8JsonWriter json, string run, string? recipe, string data, IReadOnlyList<string> notes, RobustnessRecord record)
    {
        Write(json, run, recipe, data, notes);
        json.WritePropertyName("robustness");
        json.WriteRawValue(RobustnessFile.ToLine(record.WithoutPictures()));
    }

    private static void Write(
        Utf8JsonWriter json, string run, string? recipe, string data, IReadOnlyList<string> notes, MeasuredImages measured,
        EvaluationResult result)
    {
        IReadOnlyList<string> classes = measured.Images.Classes;
        Write(json, run, recipe, data, notes);
        json.WriteNumber("images", result.Count);
        json.WriteNumber("accuracy", result.Accuracy);
        json.WriteNumber("balanced_accuracy", result.BalancedAccuracy);
        JsonOutput.WriteInterval(json, measured.MayBeTrainedOn ? null : Interval(result));
        json.WriteNumber("loss", result.Loss);
        json.WriteStartArray("classes");
        for (int label = 0; label < classes.Count; label++)
        {
            int images = result.ImagesOf(label);
            json.WriteStartObject();
            json.WriteString("name", classes[label]);
            json.WriteNumber("images", images);
            if (result.AccuracyOf(label) is float accuracy) json.WriteNumber("accuracy", accuracy);
            else json.WriteNull("accuracy");
            JsonOutput.WriteInterval(json, measured.MayBeTrainedOn || images == 0 ? null
                : Wilson.Interval(result.Confusion[label, label], images));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("confusion");
        for (int label = 0; label < classes.Count; label++)
        {
            json.WriteStartArray();
            for (int other = 0; other < result.Confusion.GetLength(1); other++) json.WriteNumberValue(result.Confusion[label, other]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
