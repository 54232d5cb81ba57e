using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Export.CSource;

namespace Pare.Inference;

/// <summary>What an exported C program is and was measured to be, for whoever finds its files.</summary>
public sealed class ExportCard
{
    // What instructions are turned into milliseconds with: about one a cycle on a Cortex-M4, at a clock that many boards have.
    private const double Megahertz = 100;

    private readonly Model _model;
    private readonly ExportProof _proof;
    private readonly CProgram _program;
    private readonly CMeasurement _measured;
    private readonly IReadOnlyList<string> _unchecked;

    /// <param name="model">The model.</param>
    /// <param name="proof">Its forms on the same images.</param>
    /// <param name="program">The program.</param>
    /// <param name="measured">What it takes.</param>
    /// <param name="notChecked">What was not checked beside that.</param>
    public ExportCard(Model model, ExportProof proof, CProgram program, CMeasurement measured, IReadOnlyList<string> notChecked) =>
        (_model, _proof, _program, _measured, _unchecked) = (model, proof, program, measured, [.. notChecked, .. measured.Unchecked]);

    /// <summary>The figures that are known, by their names.</summary>
    public IEnumerable<(string Name, string Value)> Facts()
    {
        yield return ("arena", $"{Count(_program.ArenaBytes)} bytes");
        yield return ("constants", $"{Count(_program.ConstantBytes)} bytes");
        if (_measured.FlashBytes is int flash) yield return ("flash", $"{Count(flash)} bytes of code and constants, Cortex-M4, -Os");
        if (_measured.StaticBytes is int ram) yield return ("memory", $"{Count(ram)} bytes, the arena included, without the stack");
        if (_measured.StackBytes is int stack) yield return ("stack", $"{Count(stack)} bytes at most, Cortex-M4, -O2");
        yield return ("MACs", Count(_model.Graph.Macs));
        if (_measured.Instructions is long instructions)
        {
            yield return ("instructions", $"{Count(instructions)} a picture, emulated Cortex-M4, -O2");
            yield return ("time", string.Create(CultureInfo.InvariantCulture,
                $"{instructions / Megahertz / 1000:0.##} ms a picture at {Megahertz:0} MHz, if an instruction took a cycle: an estimate"));
        }

        if (_measured.SelfTest is int test)
            yield return ("self test", test == 0 ? "passed on the emulated Cortex-M4" : $"failed with {test} on the emulated Cortex-M4");
    }

    /// <summary>What was not checked, and for want of what.</summary>
    public IReadOnlyList<string> Unchecked => _unchecked;

    /// <summary>The card as Markdown.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {_program.Name}\n\n").Append(Origin()).Append("\n\n")
            .Append(CultureInfo.InvariantCulture, $"On {Count(_proof.Images)} images")
            .Append(_proof.Forms[0].Accuracy is null ? " of noise:\n\n" : ":\n\n")
            .Append("| form | top-1 % | agreement % | logits differ by |\n|---|---:|---:|---:|\n");
        foreach (ExportedForm form in _proof.Forms)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {form.Name} | {(form.Accuracy is float accuracy ? 100 * accuracy : null):F2} | {100 * form.Agreement:0.###} | " +
                $"{form.LargestDifference:0.0e0} |\n");
        }

        text.Append("\n| | |\n|---|---|\n");
        foreach ((string name, string value) in Facts()) text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        foreach (string missing in _unchecked) text.Append(CultureInfo.InvariantCulture, $"\nNot checked: {missing}.\n");
        text.Append("\nThe arena, bytes from and to, rows that are kept, layers:\n\n```\n").Append(_program.ArenaMap).Append("```\n");
        return text.ToString();
    }

    /// <summary>The card as JSON.</summary>
    public byte[] Json()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("name", _program.Name);
            json.WriteString("pare", LibraryVersion.Full);
            Text("recipe", _model.Origin.Recipe);
            Text("data", _model.Origin.Data);
            Text("data_fingerprint", _model.Origin.DataFingerprint);
            json.WriteNumber("images", _proof.Images);
            json.WriteStartArray("forms");
            foreach (ExportedForm form in _proof.Forms)
            {
                json.WriteStartObject();
                json.WriteString("name", form.Name);
                Number("accuracy", form.Accuracy);
                json.WriteNumber("agreement", form.Agreement);
                json.WriteNumber("largest_difference", form.LargestDifference);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("arena_bytes", _program.ArenaBytes);
            json.WriteNumber("constant_bytes", _program.ConstantBytes);
            Number("flash_bytes", _measured.FlashBytes);
            Number("static_bytes", _measured.StaticBytes);
            Number("stack_bytes", _measured.StackBytes);
            json.WriteNumber("macs", _model.Graph.Macs);
            Number("instructions", _measured.Instructions);
            Number("self_test", _measured.SelfTest);
            json.WriteStartArray("not_checked");
            foreach (string missing in _unchecked) json.WriteStringValue(missing);
            json.WriteEndArray();
            json.WriteEndObject();

            void Text(string name, string? value)
            {
                if (value is null) json.WriteNull(name);
                else json.WriteString(name, value);
            }

            void Number(string name, double? value)
            {
                if (value is double number) json.WriteNumber(name, number);
                else json.WriteNull(name);
            }
        }

        return stream.ToArray();
    }

    private string Origin()
    {
        string origin = $"{_model.Input} to {Count(_model.Classes.Count)} classes, {Count(_model.Graph.Parameters)} parameters.";
        if (_model.Origin.Recipe is { } recipe) origin += $" Recipe: {CProgram.OneLine(recipe)}.";
        if (_model.Origin.Data is { } data) origin += $" Data: {CProgram.OneLine(data)}.";
        if (_model.Origin.DataFingerprint is { } fingerprint) origin += $" Fingerprint: {CProgram.OneLine(fingerprint)}.";
        return $"{origin} Written by Pare {LibraryVersion.Full}.";
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
