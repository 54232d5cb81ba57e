using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Data;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Inference;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare export</c>: writes a model in other forms, reads each back and holds it against the trainer.</summary>
internal sealed class ExportCommand : CliCommand
{
    private const int NoiseImages = 1_000;
    private const double LeastAgreement = 99.9;
    private static readonly string[] Forms = ["onnx", "onnx-int8", "safetensors", "c"];

    private readonly IntegerExport _integers = new();
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _model =
        new("MODEL") { Description = "A model's file, safetensors or ONNX, or the folder of a run or of a build." };
    private readonly Option<string> _to =
        new("--to")
        {
            HelpName = "FORMS",
            Description = "The formats to write, separated by commas: onnx, onnx-int8, safetensors, c.",
        };
    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FOLDER",
            Description = "The folder to write to. Default: beside the model, its name with -export, -int8-export or -int8-tuned-export."
        };
    private readonly Option<bool> _dynamic =
        new("--dynamic-batch") { Description = "Writes ONNX that takes any number of images at once, instead of one." };
    private readonly Option<bool> _preprocessing =
        new("--with-preprocessing")
        {
            Description =
        "Writes ONNX that takes pixels as they are, uint8 [batch, height, width, channel], and normalizes them itself."
        };
    private readonly Option<string?> _data =
        new("--data")
        {
            HelpName = "PATH",
            Description = "The data set whose test images every file is run on. Default: the one that the model was trained on, or else " +
                "noise."
        };
    private readonly Option<int?> _samples =
        CommonOptions.WholeNumber("--samples", 1,
        $"Runs the files on N images of noise instead of test images. Default where there are no images: {NoiseImages}.", 1_000_000);
    private readonly Option<double?> _agreement =
        CommonOptions.PositiveNumber("--agreement",
        $"Percentage of images for which a file must predict the trainer's class; below it the exit code is 4. Default: {LeastAgreement}.",
        100);
    private readonly Option<bool> _arduino =
        new("--arduino") { Description = "Also writes the C program as a library for the Arduino IDE: a ZIP with an example sketch." };
    private readonly Option<string?> _fits =
        new("--fits")
        {
            HelpName = "LIMITS",
            Description = "The most that the C program may take of a board, such as flash=32K,ram=8K; above it the exit code is 4. " +
                "flash: code and constants without the self test (card.md has both); ram: the arena, other static memory and the stack. " +
                "K is 1,024 bytes."
        };
    private readonly Option<string?> _maxArena =
        new("--max-arena")
        {
            HelpName = "AMOUNT",
            Description = "The most memory that the feature maps of the C program may take, such as 4K; a number alone is in K, 1,024 " +
                "bytes. Where they would take more, its first layers are computed in strips of the picture. Above it the exit code is 4.",
        };
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    public ExportCommand(CliConsole console, CancellationToken cancellation)
        : base("export", "Writes a model as ONNX, as one safetensors file or as C, and checks that the files give the same answers.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_model);
        AddOptions(
        [
            _to, _out, _dynamic, _preprocessing, .. _integers.Options, _arduino, _fits, _maxArena, _data, _samples, _agreement, _threads,
            _json,
        ]);
        Examples =
        [
            ("pare export models/mnist.safetensors --to onnx --data data/mnist", null),
            ("pare export runs/mnist-down --to onnx,safetensors --with-preprocessing --out shipped",
            "a file that takes pixels as they are"),
            ("pare export runs/mnist-down --to c --fits flash=32K,ram=64K --arduino", "a program for a microcontroller"),
            ("pare export runs/mnist-down --to c,onnx-int8 --int8 --explain", "8-bit integers, and what each layer costs in them"),
        ];
        Check(result =>
        {
            if (result.GetValue(_to) is null)
                result.AddError($"--to FORMS is missing: {string.Join(", ", Forms)}, with commas between; --to c --int8 is C in integers.");
            foreach (string form in Asked(result.GetValue(_to) ?? "").Where(static form => !Forms.Contains(form)))
                result.AddError($"--to knows {string.Join(", ", Forms)}, not `{form}`.");
            bool program = result.GetValue(_arduino) || result.GetValue(_fits) is not null || result.GetValue(_maxArena) is not null;
            if (program && !Asked(result.GetValue(_to) ?? "").Contains("c"))
                result.AddError("--arduino, --fits and --max-arena are for --to c.");
            if ((result.GetValue(_dynamic) || result.GetValue(_preprocessing))
                && !Asked(result.GetValue(_to) ?? "").Any(static form => form is "onnx" or "onnx-int8"))
                result.AddError("--dynamic-batch and --with-preprocessing are for --to onnx and --to onnx-int8.");
            if (result.GetValue(_fits) is { } limits && BoardLimits.Parse(limits, out string? error) is null) result.AddError(error!);
            if (result.GetValue(_maxArena) is { } arena && BoardLimits.Bytes(arena, 1024) is null)
                result.AddError($"--max-arena: {BoardLimits.NoAmount(arena)}");
            if (_integers.Refusal(result, Asked(result.GetValue(_to) ?? ""), result.GetValue(_samples) is not null) is { } refusal)
                result.AddError(refusal);
            if (result.GetValue(_data) is not null && result.GetValue(_samples) is not null)
                result.AddError("--data and --samples do not go together.");
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Messages messages = _console.Messages(parsed.GetValue(_json));
        string given = parsed.GetRequiredValue(_model);
        var model = Model.Load(given);
        ExportPlan plan = Plan(parsed, given, model);
        string network = Digest(model);
        IReadOnlyDictionary<string, string> earlier = plan.Card is { } own ? EarlierExport.Files(own.Json, network)
            : new Dictionary<string, string>();
        Refuse(parsed, plan, model, earlier);
        messages.Fact("model",
            $"{given}: {Amounts.Parameters(model)}, " +
            $"{Amounts.Count(model.Graph.Macs)} MACs, {model.Input} to {Amounts.Count(model.Classes.Count)} classes");
        foreach (string note in ModelCardView.Notes(model)) messages.Fact("note", note);

        (ExportProof proof, Dataset? data, IReadOnlyList<string> notes) = Begin(parsed, model, plan.InIntegers, messages);
        string location = model.Location!;
        if (plan.Tuned is not null)
        {
            model = _integers.FineTune(parsed, model, data!, parsed.GetValue(_threads), messages, _cancellation);
            proof = proof.For(model, _cancellation);
        }

        (QuantizedModel? quantized, IReadOnlyList<LayerLoss> layers) =
            plan.InIntegers ? Quantize(parsed, model, location, data, proof, messages) : (null, []);
        using var written = new ExportFiles(plan.Folder, earlier);
        ProgramExport? program = WriteForms(parsed, plan, model, quantized, proof, written, messages);
        IReadOnlyList<ExportLimit> limits = program?.Limits(Board(parsed), MaxArena(parsed)) ?? [];
        string? loss = IntegerExport.Loss(proof, _integers.Allowed(parsed));
        (string What, string Where, string Remedy)[] missed = [.. Missed(parsed, plan, program, limits, loss, proof)];
        var card = new ExportCard(program?.Program.Name ?? plan.Name, model, proof, program?.Program, program?.Measured)
        {
            MeasuredOn = data?.Name,
            Network = network,
            Notes = notes,
            Quantized = quantized,
            Layers = layers,
            NotChecked = program?.NotChecked ?? [],
            TunedEpochs = _integers.Epochs(parsed),
            Limits = limits,
            Missed = [.. missed.Select(static one => one.What)],
        };

        Show(messages, model, proof, program);
        program?.Show(messages);
        if (plan.Card is { } files) WriteCard(card, files, written, messages);
        ProgramExport.Show(messages, limits);
        if (loss is not null) messages.Fact("note", loss);
        _cancellation.ThrowIfCancellationRequested();
        foreach (string path in written.Publish()) messages.Exact("written", path);
        if (parsed.GetValue(_json))
            JsonOutput.WriteObject(_console.Out, writer => Write(writer, given, model, proof, card, Least(parsed)));
        if (missed.Length > 0)
        {
            ErrorReport.Write(_console, string.Join(' ', missed.Select(static one => one.What)), missed[0].Where,
                string.Join(' ', missed.Select(static one => one.Remedy).Distinct()));
            return ExitCode.TargetMissed;
        }

        if (plan.Files.FirstOrDefault(static file => file.Form != "c").Path is { } first)
            messages.Exact("next", $"pare predict {CommandLine.Quoted(first)} PICTURE");
        else messages.Exact("next", $"cmake -S {CommandLine.Quoted(plan.Folder)} -B build && cmake --build build");
        return ExitCode.Done;
    }

    private ExportPlan Plan(ParseResult parsed, string given, Model model)
    {
        string[] forms = Asked(parsed.GetRequiredValue(_to)!);
        return new ExportPlan(given, forms)
        {
            InIntegers = _integers.IsAsked(parsed.CommandResult, forms),
            IsProgramInIntegers = _integers.IsProgram(parsed.CommandResult),
            IsTuned = _integers.Epochs(parsed) is not null,
            Arduino = parsed.GetValue(_arduino),
            Out = parsed.GetValue(_out),
            Recipe = model.Origin.Recipe,
        };
    }

    private static string Digest(Model model)
    {
        using ImageClassifier classifier = model.Classifier(threads: 1);
        return classifier.Fingerprint!;
    }

    // The model itself is never written over, nor a file that is there already and not of an earlier export of it.
    private void Refuse(ParseResult parsed, ExportPlan plan, Model model, IReadOnlyDictionary<string, string> earlier)
    {
        if (plan.Forms.Contains("c") && !plan.IsProgramInIntegers && model.Graph.RoundsToIntegers)
            throw new RecipeException("The network rounds its maps to 8-bit integers, which C in float32 does not do.", plan.Given,
                "Write C in integers, too: use --to c --int8.");
        if (plan.Forms.Count == 0) throw new RecipeException("There is nothing to write.", plan.Given, "Say what to write: --to onnx.");
        RunFolder.RefuseFile(plan.Folder);
        foreach (string path in plan.AllFiles) ExportFiles.Refuse(path, earlier);
        if (plan.InIntegers && parsed.GetValue(_samples) is not null && _integers.NeedsImages(parsed, model))
            throw new RecipeException("8-bit integers need training images: --samples does not go with them.", plan.Given,
                "Leave --samples out, and say where the images are with --data PATH; only a network that was trained for integers, " +
                "or is in integers already, needs none.");
    }

    private (QuantizedModel? Quantized, IReadOnlyList<LayerLoss> Layers) Quantize(ParseResult parsed, Model model, string location,
        Dataset? data, ExportProof proof, Messages messages)
    {
        int? threads = parsed.GetValue(_threads);
        QuantizedModel quantized = _integers.Calibrate(parsed, model, location, data, threads, messages, _cancellation);
        IReadOnlyList<LayerLoss> layers = _integers.Explain(parsed, quantized, threads, messages, _cancellation);
        messages.Live(_ => $"running the integers on {Amounts.Count(proof.Images)} images");
        proof.Add(quantized.Graph, _cancellation);
        messages.EndLive();
        return (quantized, layers);
    }

    // Writes each form and runs what was written over the images; of C, the program.
    private ProgramExport? WriteForms(ParseResult parsed, ExportPlan plan, Model model, QuantizedModel? quantized, ExportProof proof,
        ExportFiles written, Messages messages)
    {
        if (plan.Tuned is { } tuned) written.Save(tuned, model.Save);
        var options = new OnnxOptions
        {
            DynamicBatch = parsed.GetValue(_dynamic),
            WithPreprocessing = parsed.GetValue(_preprocessing),
            Origin = model.Origin,
            Confidence = model.Confidence,
        };
        ProgramExport? program = null;
        foreach ((string form, string path) in plan.Files)
        {
            if (form == "c")
            {
                messages.Live(static _ => "planning, compiling and measuring the program");
                program = ProgramExport.Write(model, plan.IsProgramInIntegers ? quantized : null, proof, path, plan.ProgramName,
                    plan.Arduino, MaxArena(parsed), written, _cancellation);
                messages.EndLive();
                continue;
            }

            string begun = written.Save(path, file =>
            {
                if (form == "onnx") OnnxFile.Save(model.Graph, file, options);
                else if (form == "onnx-int8") OnnxFile.Save(quantized!.Graph, file, options);
                else model.Save(file);
            });
            _cancellation.ThrowIfCancellationRequested();
            proof.Add(form, begun, inIntegers: form == "onnx-int8", path, _cancellation);
        }

        return program;
    }

    // What was asked for and is missed, and what to do about it.
    private IEnumerable<(string What, string Where, string Remedy)> Missed(ParseResult parsed, ExportPlan plan, ProgramExport? program,
        IReadOnlyList<ExportLimit> limits, string? loss, ExportProof proof)
    {
        ExportLimit[] exceeded = [.. limits.Where(static limit => !limit.IsMet)];
        string remedy = exceeded.Length > 0 ? program!.Remedy(limits, _cancellation) : "";
        foreach (ExportLimit limit in exceeded)
            yield return (ProgramExport.Excess(limit), plan.Files.First(static file => file.Form == "c").Path, remedy);
        if (loss is not null && proof.Loss()!.IsMissed(_integers.Allowed(parsed)))
            yield return (loss, plan.Given, _integers.Remedy(parsed));
        double least = Least(parsed);
        ExportedForm worst = proof.Forms.Where(form => form != proof.IntegerForm && form != proof.Original).MinBy(Held)!;
        if (Rounding.IsBelow(100 * Held(worst), least))
            yield return (string.Create(CultureInfo.InvariantCulture,
                $"{worst.Name} agrees with {(worst.IntegerAgreement is null ? "the trainer" : proof.IntegerForm!.Name)} on " +
                $"{Rounding.Beside(100 * Held(worst), least, 2)} % of the images, and {least} % are asked for."), worst.Path ?? plan.Given,
                "Look at the logits' largest difference above; if it is small, two classes are as good as equal on some images.");
    }

    private static void WriteCard(ExportCard card, (string Markdown, string Json) files, ExportFiles written, Messages messages)
    {
        foreach ((string fact, string value) in card.Facts()) messages.Fact(fact, value);
        foreach (string missing in card.Unchecked) messages.Fact("note", $"not checked: {missing}");
        written.Save(files.Markdown, Encoding.UTF8.GetBytes(card.Markdown()));
        written.Save(files.Json, card.Json(written.Digests(files.Json)));
    }

    private double Least(ParseResult parsed) => parsed.GetValue(_agreement) ?? LeastAgreement;

    private BoardLimits? Board(ParseResult parsed) =>
        parsed.GetValue(_fits) is { } limits ? BoardLimits.Parse(limits, out _) : null;

    private long? MaxArena(ParseResult parsed) =>
        parsed.GetValue(_maxArena) is { } amount ? BoardLimits.Bytes(amount, 1024) : null;

    // Integers are never made without images. The notes are on images, which noise has none of.
    private (ExportProof Proof, Dataset? Data, IReadOnlyList<string> Notes) Begin(ParseResult parsed, Model model, bool inIntegers,
        Messages messages)
    {
        int? threads = parsed.GetValue(_threads);
        if (parsed.GetValue(_samples) is int samples)
            return Noise(samples, "noise instead of test images, as asked for: nothing is said about accuracy");
        if (!inIntegers && !RecipeInputs.NamesImages(model) && parsed.GetValue(_data) is null)
            return Noise(NoiseImages, "the model does not say what it was trained on; --data PATH names images");
        MeasuredImages measured;
        Dataset data;
        try
        {
            (data, measured) = RecipeInputs.Load(model, parsed.GetValue(_data), all: false, messages, _cancellation);
        }
        catch (DataException error) when (parsed.GetValue(_data) is null)
        {
            if (inIntegers && _integers.NeedsImages(parsed, model))
                throw new DataException($"8-bit integers need the training images, which are not there: {error.Message}", error.Where,
                    "Say where they are: --data PATH.", error);
            return Noise(NoiseImages, $"{error.Message.TrimEnd('.')}; --data PATH names images");
        }

        string[] notes = [.. measured.Notes, .. inIntegers && _integers.NeedsImages(parsed, model) && IsOther(model, data)
            ? [$"The integers are made with training images of {data.Name}, which is not, or no longer, what the network was trained on."]
            : Array.Empty<string>()];
        foreach (string note in notes) messages.Fact("note", note);
        messages.Fact("images", $"{Amounts.Count(measured.Images.Count)} test images");
        return (ExportProof.Begin(model, measured.Images, threads, _cancellation), data, notes);

        (ExportProof, Dataset?, IReadOnlyList<string>) Noise(int count, string why)
        {
            messages.Fact("images", $"{Amounts.Count(count)} of noise");
            messages.Fact("note", why);
            return (ExportProof.BeginOnNoise(model, count, threads, _cancellation), null, []);
        }
    }

    private static bool IsOther(Model model, Dataset data) =>
        (RecipeInputs.SplitOf(model)?.DataFingerprint ?? model.Origin.DataFingerprint) is { } own && own != data.Fingerprint;

    // A file in integers is held against the network in integers: what that lost is another question.
    private static double Held(ExportedForm form) => form.IntegerAgreement ?? form.Agreement;

    private static void Show(Messages messages, Model model, ExportProof proof, ProgramExport? program)
    {
        messages.Line();
        var table = new TextTable("form", ">top-1 %", ">agreement %", ">logits differ by", ">bytes of the file", ">MACs", ">ms per image");
        foreach (ExportedForm form in proof.Forms)
        {
            table.Add(
                form.Name, form.Accuracy is float accuracy ? Rounding.InPercent(accuracy) : "",
                (100 * form.Agreement).ToString("0.###", CultureInfo.InvariantCulture),
                form.LargestDifference.ToString("0.0e0", CultureInfo.InvariantCulture),
                form.Bytes > 0 ? Amounts.Count(form.Bytes) : "",
                Amounts.Count(program?.IsForm(form) == true ? program.Program.Macs : model.Graph.Macs),
                form.LatencyMilliseconds is double latency ? latency.ToString("F3", CultureInfo.InvariantCulture) : "-");
        }

        table.Write(messages);
        messages.Line();
        messages.Paragraph(
            "logits differ by: the largest difference from the trainer's, as a share of its largest logit of that image. A file was " +
            "read back before it was run; all but C run in Pare's own executor, one image on one thread." +
            (proof.IntegerForm is null ? "" : " In 8-bit integers a tenth is usual; what counts is top-1.") +
            (proof.Original is null ? "" : " original: the network before it was trained on."));
        messages.Line();
    }

    private static string[] Asked(string forms) =>
        [.. forms.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static form => form.ToLowerInvariant()).Distinct()];

    private static void Write(Utf8JsonWriter json, string given, Model model, ExportProof proof, ExportCard card, double least)
    {
        json.WriteString("model", given);
        json.WriteNumber("macs", model.Graph.Macs);
        json.WriteNumber("images", proof.Images);
        card.WriteImages(json);
        json.WriteNumber("least_agreement", Math.Round(least / 100, 9));
        card.WriteRanges(json);
        JsonOutput.WriteArray(json, "forms", proof.Forms, form =>
        {
            ExportCard.WriteForm(json, form);
            json.WriteString("path", form.Path);
            json.WriteNumber("bytes", form.Bytes);
            JsonOutput.WriteNumber(json, "latency_milliseconds", form.LatencyMilliseconds);
        });
        card.WriteFigures(json);
    }
}
