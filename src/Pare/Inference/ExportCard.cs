using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Export;
using Pare.Export.CSource;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>What the files of an export are and were measured to be, for whoever finds them.</summary>
public sealed class ExportCard
{
    // What instructions are turned into milliseconds with: about one a cycle on a Cortex-M4, at a clock that many boards have.
    private const double Megahertz = 100;

    private readonly string _name;
    private readonly Model _model;
    private readonly ExportProof _proof;
    private readonly CProgram? _program;
    private readonly CMeasurement? _measured;

    /// <param name="name">What the export is called.</param>
    /// <param name="model">The model.</param>
    /// <param name="proof">Its forms on the same images.</param>
    /// <param name="program">The C program, where one was written.</param>
    /// <param name="measured">What that takes.</param>
    public ExportCard(string name, Model model, ExportProof proof, CProgram? program = null, CMeasurement? measured = null) =>
        (_name, _model, _proof, _program, _measured) = (name, model, proof, program, measured);

    /// <summary>The data set whose images all forms were run on; null for noise, or where nobody said.</summary>
    public string? MeasuredOn { get; init; }

    /// <summary>What one must know of these images, such as that they are not the run's, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// A digest of the network that was exported, of before it was trained on; null where nobody took it. By it a later export knows which
    /// files it may replace.
    /// </summary>
    public string? Network { get; init; }

    /// <summary>The network in integers, where one was made.</summary>
    public QuantizedModel? Quantized { get; init; }

    /// <summary>What each of its layers costs alone; empty where nobody asked.</summary>
    public IReadOnlyList<LayerLoss> Layers { get; init; } = [];

    /// <summary>What was not checked beside the program on a small machine, and for want of what.</summary>
    public IReadOnlyList<string> NotChecked { get; init; } = [];

    /// <summary>Epochs of a training for integers before the export; null for none.</summary>
    public int? TunedEpochs { get; init; }

    /// <summary>What was asked for of a board.</summary>
    public IReadOnlyList<ExportLimit> Limits { get; init; } = [];

    /// <summary>What was asked for and is missed, a sentence each; empty where nothing is.</summary>
    public IReadOnlyList<string> Missed { get; init; } = [];

    /// <summary>The figures that are known, by their names.</summary>
    public IEnumerable<(string Name, string Value)> Facts()
    {
        if (TunedEpochs is int epochs)
            yield return ("tuned", $"{Count(epochs)} epoch{(epochs == 1 ? "" : "s")} with weights and maps rounded to 8-bit integers");
        if (_proof.Loss() is { } loss)
            yield return (loss.Lost < 0 ? "gain" : "loss", Invariant($"{Math.Abs(loss.Lost):N0} of {loss.Images:N0} pictures, ") +
                Invariant($"{Math.Abs(loss.Points):0.00} points of top-1 against {Reference} in float32 ") +
                Invariant($"(standard error {loss.StandardError:0.00})"));
        if (Quantized is { } quantized)
        {
            yield return ("integers", $"{(quantized.IsOfFile ? "" : "ranges by ")}{quantized.RangesBy}" +
                (quantized.Chosen is { Method: not null } ? $", from {Count(quantized.Images!.Observed.Count)} training images" : ""));
            string[] exact = [.. _proof.Forms.Where(static form => form.IntegerDifference == 0).Select(static form => form.Name)];
            if (exact.Length > 0)
                yield return ("equal", $"every logit of {string.Join(" and ", exact)} is that of {_proof.IntegerForm!.Name}");
        }

        ConfidenceRule rule = _model.Confidence;
        if (rule.Temperature != 1)
            yield return ("temperature", Invariant($"{rule.Temperature:G4}: logits are divided by it before the softmax whose ") +
                "probabilities are shown");
        if (rule.Threshold is double threshold)
            yield return ("unsure", Invariant($"below a probability of {threshold:G4} at temperature 1, chosen on validation images for ") +
                "the network in float32");
        yield return ("MACs", Count(Macs) + (Macs == _model.Graph.Macs ? ""
            : $": strips compute some columns twice, {Count(_model.Graph.Macs)} without them"));
        if (_program is null) yield break;
        yield return ("arena", $"{Count(_program.ArenaBytes)} bytes");
        yield return ("constants", $"{Count(_program.ConstantBytes)} bytes");
        if (_measured?.FlashBytes is int flash)
        {
            string tested = _measured.TestedFlashBytes is int with ? $"; {Count(with)} with the self test" : "";
            yield return ("flash", $"{Count(flash)} bytes of code and constants{tested}; Cortex-M4, -Os; --fits counts the first");
        }

        if (_measured is { StaticBytes: int memory, StackBytes: int most })
            yield return ("memory", $"{Count(memory + most)} bytes: {Count(memory)} static, the arena included, and {Count(most)} of " +
                "stack at most, Cortex-M4, -O2");
        else if (_measured?.StaticBytes is int ram)
            yield return ("memory", $"{Count(ram)} bytes, the arena included, without the stack");
        if (_measured?.Instructions is long instructions)
        {
            yield return ("instructions", $"{Count(instructions)} per picture, emulated Cortex-M4, -O2");
            yield return ("time", string.Create(CultureInfo.InvariantCulture,
                $"{instructions / Megahertz / 1000:0.00} ms per picture at {Megahertz:0} MHz, if an instruction took a cycle: " +
                $"an estimate"));
        }

        if (_measured?.SelfTest is int test)
            yield return ("self test", test == 0 ? "passed on the emulated Cortex-M4" : $"failed with {test} on the emulated Cortex-M4");
    }

    // Of a program, what that computes.
    private long Macs => _program?.Macs ?? _model.Graph.Macs;

    private string Reference => _proof.Original is null ? "the network" : "the original";

    /// <summary>What was not checked, and for want of what.</summary>
    public IReadOnlyList<string> Unchecked => [.. NotChecked, .. _measured?.Unchecked ?? []];

    /// <summary>The card as Markdown.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {_name}\n\n").Append(Origin()).Append("\n\n")
            .Append(CultureInfo.InvariantCulture, $"On {Count(_proof.Images)} images")
            .Append(_proof.Forms[0].Accuracy is null ? " of noise" : MeasuredOn is { } images ? $" of {CProgram.OneLine(images)}" : "")
            .Append(":\n\n")
            .Append("| form | top-1 % | agreement % | logits differ by |\n|---|---:|---:|---:|\n");
        foreach (ExportedForm form in _proof.Forms)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {form.Name} | {(form.Accuracy is float right ? Rounding.InPercent(right) : "")} | {100 * form.Agreement:0.###} | " +
                $"{form.LargestDifference:0.0e0} |\n");
        }

        foreach (string note in Notes) text.Append(CultureInfo.InvariantCulture, $"\n**Note:** {CProgram.OneLine(note)}\n");
        text.Append("\n| | |\n|---|---|\n");
        foreach ((string name, string value) in Facts()) text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        foreach (ExportLimit limit in Limits)
            text.Append(CultureInfo.InvariantCulture, $"| {limit.Name}, allowed | {Count(limit.Allowed)} bytes, ")
                .Append(CultureInfo.InvariantCulture, $"{(limit.IsMet ? "met" : "missed")} with {Count(limit.Taken)} |\n");
        foreach (string missed in Missed) text.Append(CultureInfo.InvariantCulture, $"\n**Missed:** {missed}\n");
        if (Quantized is not null) Integers(text, Quantized);
        foreach (string missing in Unchecked) text.Append(CultureInfo.InvariantCulture, $"\nNot checked: {missing}.\n");
        if (_program is not null)
            text.Append("\nThe arena, bytes from and to, rows that are kept, layers:\n\n```\n").Append(_program.ArenaMap).Append("```\n");
        return text.ToString();
    }

    /// <summary>The card as JSON.</summary>
    /// <param name="files">The digests of the files beside it, by their names; null where nobody took them.</param>
    public byte[] Json(IReadOnlyDictionary<string, string>? files = null)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("name", _name);
            json.WriteString("pare", LibraryVersion.Full);
            json.WriteString("recipe", _model.Origin.Recipe);
            json.WriteString("data", _model.Origin.Data);
            json.WriteString("data_fingerprint", _model.Origin.DataFingerprint);
            json.WriteNumber("temperature", _model.Confidence.Temperature);
            Number(json, "sure_threshold", _model.Confidence.Threshold);
            Number(json, "sure_accuracy", _model.Confidence.WishedAccuracy);
            json.WriteNumber("images", _proof.Images);
            WriteImages(json);
            json.WriteStartArray("forms");
            foreach (ExportedForm form in _proof.Forms)
            {
                json.WriteStartObject();
                WriteForm(json, form);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (Quantized is not null) Integers(json, Quantized);
            json.WriteNumber("macs", Macs);
            WriteFigures(json);
            json.WriteString("network", Network);
            json.WriteStartObject("files");
            foreach ((string name, string digest) in files ?? new Dictionary<string, string>()) json.WriteString(name, digest);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Writes how a form compares with the trainer, into an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="form">The form.</param>
    public static void WriteForm(Utf8JsonWriter json, ExportedForm form)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(form);
        json.WriteString("name", form.Name);

        // As a double it would end in digits that a single does not have.
        if (form.Accuracy is float accuracy) json.WriteNumber("accuracy", accuracy);
        else json.WriteNull("accuracy");
        json.WriteNumber("agreement", form.Agreement);
        json.WriteNumber("largest_difference", form.LargestDifference);
        if (form.IntegerAgreement is double same) json.WriteNumber("integer_agreement", same);
        if (form.IntegerDifference is double difference) json.WriteNumber("largest_integer_difference", difference);
    }

    /// <summary>Writes how the network in integers was made, where there is one, into an object.</summary>
    /// <param name="json">Where to.</param>
    public void WriteRanges(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (Quantized is null) return;
        json.WriteString("ranges", Quantized.IsOfFile ? "file" : Quantized.Chosen?.Method?.Name() ?? "training");
        json.WriteBoolean("bias_corrected", Quantized.Chosen is { BiasCorrected: true });
    }

    /// <summary>Writes what a machine needs for the files, what was asked for and what of it is missed, into an object.</summary>
    /// <param name="json">Where to.</param>
    public void WriteFigures(Utf8JsonWriter json)
    {
        Number(json, "tuned_epochs", TunedEpochs);
        if (_proof.Loss() is { } loss)
        {
            json.WriteStartObject("loss");
            json.WriteNumber("images", loss.Images);
            json.WriteNumber("lost", loss.Lost);
            json.WriteNumber("points", Math.Round(loss.Points, 6));
            json.WriteNumber("standard_error", Math.Round(loss.StandardError, 6));
            json.WriteEndObject();
        }

        Number(json, "arena_bytes", _program?.ArenaBytes);
        Number(json, "constant_bytes", _program?.ConstantBytes);
        Number(json, "flash_bytes", _measured?.FlashBytes);
        Number(json, "flash_bytes_with_self_test", _measured?.TestedFlashBytes);
        Number(json, "static_bytes", _measured?.StaticBytes);
        Number(json, "stack_bytes", _measured?.StackBytes);
        Number(json, "instructions", _measured?.Instructions);
        Number(json, "self_test", _measured?.SelfTest);
        json.WriteStartArray("limits");
        foreach (ExportLimit limit in Limits)
        {
            json.WriteStartObject();
            json.WriteString("name", limit.Name);
            json.WriteNumber("allowed_bytes", limit.Allowed);
            json.WriteNumber("taken_bytes", limit.Taken);
            json.WriteBoolean("met", limit.IsMet);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Texts(json, "missed", Missed);
        Texts(json, "not_checked", Unchecked);
    }

    /// <summary>Writes of which data set the images are, and what one must know of them, into an object.</summary>
    /// <param name="json">Where to.</param>
    public void WriteImages(Utf8JsonWriter json)
    {
        json.WriteString("measured_on", MeasuredOn);
        Texts(json, "notes", Notes);
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private void Integers(StringBuilder text, QuantizedModel quantized)
    {
        if (quantized.Images is not { } images)
        {
            text.Append(quantized.IsOfFile ? "\nThe integers are those of the file that was exported.\n"
                : "\nThe ranges of the integers are those of the training.\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture,
            $"\nHow the ranges of the integers were chosen, on {Count(images.Validation.Count)} validation images ")
            .Append($"({(quantized.RealAccuracy is double real ? Rounding.InPercent(real) : "")} % in float32):\n\n")
            .Append("| ranges by | top-1 % | agreement % | divergence | |\n|---|---:|---:|---:|---|\n");
        foreach (QuantizationTrial trial in quantized.Trials)
        {
            text.Append($"| {trial.Name} | {Rounding.InPercent(trial.Accuracy)} | {Rounding.InPercent(trial.Agreement)} | ")
                .Append(CultureInfo.InvariantCulture, $"{trial.Divergence:0.0e-0} | {(trial == quantized.Chosen ? "taken" : "")} |\n");
        }

        if (Layers.Count == 0) return;
        text.Append("\nEach layer in integers alone, the others in float32, on the same images:\n\n")
            .Append("| layer | | top-1 % | agreement % | divergence |\n|---|---|---:|---:|---:|\n");
        foreach (LayerLoss layer in Layers.OrderByDescending(static layer => layer.Divergence))
        {
            text.Append($"| {CProgram.OneLine(layer.Layer)} | {layer.Kind} | {Rounding.InPercent(layer.Accuracy)} | ")
                .Append(CultureInfo.InvariantCulture, $"{Rounding.InPercent(layer.Agreement)} | {layer.Divergence:0.0e-0} |\n");
        }
    }

    private void Integers(Utf8JsonWriter json, QuantizedModel quantized)
    {
        json.WriteStartObject("integers");
        WriteRanges(json);
        json.WriteNumber("calibration_images", quantized.Chosen is { Method: not null } ? quantized.Images!.Observed.Count : 0);
        json.WriteNumber("validation_images", quantized.Images?.Validation.Count ?? 0);
        Number(json, "validation_accuracy", quantized.RealAccuracy);
        json.WriteStartArray("trials");
        foreach (QuantizationTrial trial in quantized.Trials)
            Loss("ranges", trial.Name, trial.Accuracy, trial.Agreement, trial.Divergence);
        json.WriteEndArray();
        json.WriteStartArray("layers");
        foreach (LayerLoss layer in Layers) Loss("layer", layer.Layer, layer.Accuracy, layer.Agreement, layer.Divergence);
        json.WriteEndArray();
        json.WriteEndObject();

        void Loss(string key, string name, double accuracy, double agreement, double divergence)
        {
            json.WriteStartObject();
            json.WriteString(key, name);
            json.WriteNumber("accuracy", accuracy);
            json.WriteNumber("agreement", agreement);
            json.WriteNumber("divergence", divergence);
            json.WriteEndObject();
        }
    }

    private string Origin()
    {
        string origin = $"{_model.Input} to {Count(_model.Classes.Count)} classes, {Count(_model.Graph.Parameters)} parameters.";
        if (_model.Origin.Recipe is { } recipe) origin += $" Recipe: {CProgram.OneLine(recipe)}.";
        if (_model.Origin.Data is { } data) origin += $" Data: {CProgram.OneLine(data)}.";
        if (_model.Origin.DataFingerprint is { } fingerprint) origin += $" Fingerprint: {CProgram.OneLine(fingerprint)}.";
        return $"{origin} Written by Pare {LibraryVersion.Full}.";
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
