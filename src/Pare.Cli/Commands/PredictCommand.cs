using System.CommandLine;
using System.Text.Json;
using Pare.Data;
using Pare.Inference;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare predict</c>: what a trained network says about pictures.</summary>
internal sealed class PredictCommand : CliCommand
{
    private const string StandardInput = "-", StandardInputName = "standard input", Unsure = ConfidenceChoice.Unsure;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _model =
        new("MODEL")
        {
            Description =
        "A model's file (.safetensors or .onnx), or the folder of a run or of a build, whose last kept phase is taken."
        };
    private readonly Argument<string[]> _pictures =
        new("PICTURES")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "Pictures, folders and archives of pictures, or - for a picture on standard input."
        };
    private readonly Option<int?> _top =
        CommonOptions.WholeNumber("--top", 1, "Number of classes to name, the most probable first. Default: 1.");
    private readonly Option<double?> _confidence =
        CommonOptions.PositiveNumber("--min-confidence",
            $"The probability, as it is printed, below which the answer is `{Unsure}`. Default: the threshold in the model's file, if any.",
            most: 1);
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json =
        new("--json")
        {
            Description = "Prints one JSON object per picture, one per line, on standard output, and messages on standard error."
        };
    private readonly Option<bool> _csv =
        new("--csv") { Description = "Prints comma-separated values on standard output, and messages on standard error." };

    public PredictCommand(CliConsole console, CancellationToken cancellation)
        : base("predict", "Classifies pictures with a trained network.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_model);
        Add(_pictures);
        AddOptions(_top, _confidence, _threads, _json, _csv);
        Examples =
        [
            ("pare predict models/mnist.safetensors digit.png", null),
            ("pare predict runs/mnist-down photos/ --top 3 --min-confidence 0.9", "a whole folder"),
            ("pare predict model.safetensors photos.zip --csv > answers.csv", "for other programs"),
        ];
        Check(result =>
        {
            if (result.GetValue(_json) && result.GetValue(_csv)) result.AddError("--json and --csv do not go together.");
            if (result.GetValue(_pictures) is { Length: > 1 } several && several.Contains(StandardInput))
                result.AddError("- and other pictures do not go together.");
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var model = Model.Load(parsed.GetRequiredValue(_model));
        foreach (string note in ModelCardView.Notes(model)) _console.Messages(json: true).Fact("note", note);
        double? least = parsed.GetValue(_confidence);
        if ((least ?? model.Confidence.Threshold) is not null) ConfidenceChoice.CheckClasses(model);

        // What is shown is then on another scale than the threshold.
        if (least is null && model.Confidence is { Threshold: not null, Temperature: not 1 })
            _console.Messages(json: true).Fact("sure", ModelCardView.Confidence(model.Confidence)!);
        string[] pictures = parsed.GetRequiredValue(_pictures);
        bool json = parsed.GetValue(_json), csv = parsed.GetValue(_csv);
        int top = Math.Min(parsed.GetValue(_top) ?? 1, model.Classes.Count);
        Messages messages = _console.Messages(json || csv);
        bool isOne = pictures is [var only] && (only == StandardInput || PictureClassifier.IsPicture(only));
        IAnswers answers = Writer(model, messages, json, csv, top, least);
        long begun = _console.Clock.GetTimestamp();
        int done = 0, bad = 0, leftOut = 0, special = 0;
        foreach (string path in pictures)
        {
            try
            {
                foreach (PicturePrediction picture in PicturesOf(path))
                    Add(pictures.Length == 1 ? picture : picture with { Path = Path.Combine(path, picture.Path) });
            }
            catch (DataException error) when (isOne)
            {
                answers.Add(new PicturePrediction(path, null, error.Message));
                throw;
            }
            catch (DataException error) when (pictures.Length > 1)
            {
                Add(new PicturePrediction(path, null, error.Message) { Remedy = error.Remedy });
            }
        }

        messages.EndLive();
        Messages errors = _console.Messages(json: true);
        if (special > 0)
            errors.Fact("note", $"{Amounts.Count(special)} {(special == 1 ? "pipe, socket or device" : "pipes, sockets and devices")} " +
                $"left out that {(special == 1 ? "has" : "have")} the name of a picture");
        if (leftOut > 0)
            errors.Fact("note", $"{Amounts.Count(leftOut, "file")} left out that {(leftOut == 1 ? "does" : "do")} not end in " +
                $"{string.Join(", ", ImageDecoder.Extensions)}");
        if (!isOne) errors.Fact("pictures", Progress(done - bad, begun) + (bad > 0 ? $"; {Amounts.Count(bad)} could not be read" : ""));
        return bad > 0 ? ExitCode.Data : ExitCode.Done;

        IEnumerable<PicturePrediction> PicturesOf(string path) =>
            path == StandardInput ? [new PicturePrediction(path, model.PredictFile(ReadInput(), StandardInputName), null)]
            : PictureClassifier.IsPicture(path) ? [new PicturePrediction(isOne ? path : "", model.Predict(path), null)]
            : PictureClassifier.Run(model, path, parsed.GetValue(_threads), LeaveOut, _cancellation);

        // One that cannot be read, or a folder without any, does not stop the others.
        void Add(PicturePrediction picture)
        {
            done++;
            if (picture.Error is not null)
            {
                bad++;
                messages.EndLive();
                ErrorReport.Write(_console, picture.Error, picture.Path,
                    $"{picture.Remedy ?? "Mend, replace or delete the file."} The others are classified all the same.");
            }

            answers.Add(picture);
            // On a terminal the answers themselves show it, and a live line would run into them.
            if (!isOne && !_console.OutIsTerminal) messages.Live(_ => Progress(done, begun));
        }

        // What is called like a picture and left out all the same is no file.
        void LeaveOut(string path) => Interlocked.Increment(ref ImageDecoder.IsImageName(path) ? ref special : ref leftOut);
    }

    private string Progress(int done, long begun)
    {
        double seconds = _console.Clock.GetElapsedTime(begun).TotalSeconds;
        return $"{Amounts.Count(done)} classified" + (seconds > 0 ? $", {Amounts.Rate(done / seconds)}" : "");
    }

    private byte[] ReadInput()
    {
        using Stream input = _console.In();
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = Read()) > 0;)
        {
            if (bytes.Length + read > ImageDecoder.MostFileBytes)
                throw new DataException($"The picture is over the limit of {ImageDecoder.MostFileBytes >> 20} MiB.", StandardInputName,
                    "Send a picture.");
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();

        // Whoever types nothing may still interrupt.
        int Read() => input.ReadAsync(buffer, _cancellation).AsTask().WaitAsync(_cancellation).GetAwaiter().GetResult();
    }

    private IAnswers Writer(Model model, Messages messages, bool json, bool csv, int top, double? least)
    {
        if (json) return new JsonAnswers(model, _console.Out, top, least);
        if (csv) return new CsvAnswers(model, _console.Out, top, least);
        return new TableAnswers(model, messages, top, least);
    }

    private static int[] Best(Prediction prediction, int count) =>
        [.. Enumerable.Range(0, prediction.Probabilities.Count).OrderByDescending(index => prediction.Probabilities[index]).Take(count)];

    private static string Label(Prediction prediction, double? least) => IsSure(prediction, least) ? prediction.Label : Unsure;

    private static bool IsSure(Prediction prediction, double? least) =>
        least is double given ? prediction.Probability >= given : prediction.IsSure;

    private interface IAnswers
    {
        void Add(PicturePrediction picture);
    }

    private sealed class TableAnswers(Model model, Messages messages, int top, double? least) : IAnswers
    {
        private readonly StreamedTable _table = new(messages, Columns(model, top, least));

        public void Add(PicturePrediction picture)
        {
            if (picture.Prediction is not { } prediction) return;
            IEnumerable<string> cells = Best(prediction, top).SelectMany((index, place) => new[]
            {
                place > 0 || IsSure(prediction, least) ? model.Classes[index] : $"{Unsure} ({model.Classes[index]})",
                Amounts.Percent(prediction.Probabilities[index]),
            });
            _table.Add([.. cells, picture.Path]);
        }

        private static (string Heading, int Width)[] Columns(Model model, int top, double? least)
        {
            int name = model.Classes.Max(static name => Printable.Width(Printable.Text(name)));
            int first = (least ?? model.Confidence.Threshold) > 0 ? $"{Unsure} ()".Length + name : name;
            (string, int) probability = (">probability", 11);
            (string, int)[] then = [("then", name), probability];
            return [("class", first), probability, .. Enumerable.Repeat(then, top - 1).SelectMany(static pair => pair), ("picture", 7)];
        }
    }

    private sealed class JsonAnswers(Model model, TextWriter writer, int top, double? least) : IAnswers
    {
        public void Add(PicturePrediction picture) => JsonOutput.WriteObject(writer, json =>
        {
            json.WriteString("picture", picture.Path);
            if (picture.Prediction is not { } prediction)
            {
                json.WriteString("error", picture.Error);
                return;
            }

            json.WriteString("label", Label(prediction, least));
            json.WriteString("best", prediction.Label);
            json.WriteNumber("probability", prediction.Probability);

            // What the model's threshold is held against, where that is another number.
            if (model.Confidence.Temperature != 1) json.WriteNumber("confidence", prediction.Confidence);
            if (top == 1) return;
            JsonOutput.WriteArray(json, "top", Best(prediction, top), index =>
            {
                json.WriteString("label", model.Classes[index]);
                json.WriteNumber("probability", prediction.Probabilities[index]);
            });
        });
    }

    private sealed class CsvAnswers(Model model, TextWriter writer, int top, double? least) : IAnswers
    {
        private readonly bool _tempered = model.Confidence.Temperature != 1;
        private bool _begun;

        public void Add(PicturePrediction picture)
        {
            // Not before there is an answer: of no pictures at all nothing is written.
            if (!_begun)
                Row(["picture", "label", "probability", .. Enumerable.Range(2, top - 1)
                    .SelectMany(static place => new[] { Invariant($"label{place}"), Invariant($"probability{place}") }), "best", "error",
                    .. _tempered ? ["confidence"] : Array.Empty<string>()]);
            _begun = true;
            string[] empty = [.. Enumerable.Repeat("", 2 * top)];
            IEnumerable<string> cells = picture.Prediction is not { } prediction ? empty
                : Best(prediction, top).SelectMany((index, place) => new[]
            {
                place == 0 ? Label(prediction, least) : model.Classes[index], Invariant($"{prediction.Probabilities[index]}"),
            });
            Row([picture.Path, .. cells, picture.Prediction?.Label ?? "", picture.Error ?? "",
                .. _tempered ? [picture.Prediction is { } one ? Invariant($"{one.Confidence}") : ""] : Array.Empty<string>()]);
        }

        private void Row(IEnumerable<string> cells)
        {
            writer.Write(CsvLine.Of(cells));
            writer.Flush();
        }
    }
}
