using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>What every file begins with, and the header.</summary>
internal sealed class SourceLayout
{
    private readonly InferenceGraph _graph;
    private readonly CSourceOptions _options;
    private readonly string _name;
    private readonly int _arenaBytes, _constantBytes;
    private readonly long _macs;

    /// <param name="graph">The network.</param>
    /// <param name="options">What the program is called and carries.</param>
    /// <param name="arenaBytes">Bytes of the arena.</param>
    /// <param name="constantBytes">Bytes of the constants.</param>
    /// <param name="macs">Multiply-accumulates of one image, those that strips do twice included.</param>
    public SourceLayout(InferenceGraph graph, CSourceOptions options, int arenaBytes, int constantBytes, long macs) =>
        (_graph, _options, _name, _arenaBytes, _constantBytes, _macs) =
            (graph, options, CNames.Model(options.Name), arenaBytes, constantBytes, macs);

    /// <summary>What the files were made from, a line each.</summary>
    public IEnumerable<string> Origin()
    {
        ModelOrigin origin = _options.Origin;
        yield return $"{_options.Name}: {_graph.Input.Shape} to {_graph.Classes.Count} classes, {_graph.Parameters} parameters, " +
            $"{_macs} multiply-accumulates an image.";
        if (origin.Recipe is not null)
            yield return $"Trained by the recipe {origin.Recipe}{(origin.Seed is int seed ? $", seed {seed}" : "")}.";
        if (origin.Data is not null)
            yield return $"Data: {origin.Data}{(origin.DataFingerprint is null ? "" : $", fingerprint {origin.DataFingerprint}")}.";
        yield return $"Written by Pare {LibraryVersion.Full}. This file and its weights are yours, under any licence.";
    }

    /// <summary>Writes them as a comment.</summary>
    public void WriteHead(CWriter writer)
    {
        writer.Line("/*");
        foreach (string line in Origin()) writer.Line($" * {CText.Comment(line)}");
        writer.Line(" */");
        writer.Line();
    }

    // Scores are logits: what is made of them is the caller's.
    private void WriteConfidence(CWriter writer, string upper)
    {
        if (_options.Confidence.Threshold is double threshold)
        {
            writer.Line();
            writer.Line($"/* Not sure: where, after {_name}_probabilities(scores), the score of the class is less than this. Chosen on");
            writer.Line(" * validation images for the network in single precision. */");
            float sure = (float)threshold;
            writer.Line($"#define {upper}_SURE {CText.Float(sure < threshold ? MathF.BitIncrement(sure) : sure)}");
        }

        if (_options.Confidence.Temperature is var temperature && temperature != 1)
        {
            writer.Line();
            writer.Line("/* Divide scores by this before they become probabilities that are shown; no class changes, and the limit of");
            writer.Line(" * being sure, if there is one, is for scores that were not divided. */");
            writer.Line($"#define {upper}_TEMPERATURE {CText.Float((float)temperature)}");
        }
    }

    /// <summary>The header.</summary>
    public string Header()
    {
        Shape input = _graph.Input.Shape;
        string upper = _name.ToUpperInvariant();
        var writer = new CWriter();
        WriteHead(writer);
        writer.Line($"#ifndef {upper}_H");
        writer.Line($"#define {upper}_H");
        writer.Line();
        writer.Line("#include <stdint.h>");
        writer.Line();
        writer.Line("/* The picture that the network takes. */");
        writer.Line($"#define {upper}_WIDTH {input.Width}");
        writer.Line($"#define {upper}_HEIGHT {input.Height}");
        writer.Line($"#define {upper}_CHANNELS {input.Channels}");
        writer.Line($"#define {upper}_CLASSES {_graph.Classes.Count}");
        writer.Line();
        writer.Line("/* Bytes of memory that is written to, beside the stack; bytes of constants. */");
        writer.Line($"#define {upper}_ARENA_BYTES {_arenaBytes}");
        writer.Line($"#define {upper}_CONSTANT_BYTES {_constantBytes}");
        writer.Line($"#define {upper}_LAYERS {_graph.Nodes.Count}");
        WriteConfidence(writer, upper);
        writer.Line();
        writer.Line("#ifdef __cplusplus");
        writer.Line("extern \"C\" {");
        writer.Line("#endif");
        writer.Line();
        writer.Line("/* The names of the classes, in UTF-8, and of the layers. */");
        writer.Line($"extern const char *const {_name}_classes[{upper}_CLASSES];");
        writer.Line($"extern const char *const {_name}_layers[{upper}_LAYERS];");
        writer.Line();
        writer.Line("/*");
        string bytes = input.Channels == 1 ? "1 byte" : $"{input.Channels} bytes";
        writer.Line($" * Classifies a picture of {input.Width} x {input.Height} pixels: {bytes} a pixel" +
            $"{(input.Channels == 3 ? ", red, green and blue" : "")}, row by row from the top left, 0 to 255.");
        writer.Line(" * Bytes are shifted and scaled inside. Gives the number of the class, and in scores one value per class,");
        writer.Line(" * larger for likelier; -1 if one of them is not a number. One call at a time: its memory is static.");
        writer.Line(" */");
        writer.Line($"int {_name}_predict(const uint8_t *pixels, float *scores);");
        writer.Line();
        writer.Line("/* Turns scores into probabilities, in place. */");
        writer.Line($"void {_name}_probabilities(float *scores);");
        writer.Line();
        writer.Line("/*");
        writer.Line(" * Checks constants and layers where the program runs. 0 if all is well; n if layer n, counted from 1, computes");
        writer.Line($" * something else than it should; -n if its constants have changed. Its name is {_name}_layers[n - 1].");
        writer.Line(" */");
        writer.Line($"int {_name}_self_test(void);");
        writer.Line();
        writer.Line("#ifdef __cplusplus");
        writer.Line("}");
        writer.Line("#endif");
        writer.Line();
        writer.Line("#endif");
        return writer.ToString();
    }
}
