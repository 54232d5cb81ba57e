using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The program around the arithmetic: where rows lie, who asks for which, the call from outside, the self test. A map is made row by row by
/// a function <c>..._until(rows)</c>, which first asks for the rows that it reads.
/// </summary>
internal sealed class Skeleton
{
    private readonly InferenceGraph _graph;
    private readonly BackEnd _backEnd;
    private readonly ArenaPlan _plan;
    private readonly CSourceOptions _options;
    private readonly string _name;
    private readonly string[] _symbols;
    private readonly Strips? _strips;
    private readonly SelfTest _selfTest;

    /// <param name="graph">The network.</param>
    /// <param name="backEnd">Its arithmetic.</param>
    /// <param name="plan">Its memory.</param>
    /// <param name="options">What the program is called and carries.</param>
    public Skeleton(InferenceGraph graph, BackEnd backEnd, ArenaPlan plan, CSourceOptions options)
    {
        (_graph, _backEnd, _plan, _options, _name) = (graph, backEnd, plan, options, CNames.Model(options.Name));
        var names = new HashSet<string>(StringComparer.Ordinal);
        _symbols = [.. graph.Nodes.Select(node => CNames.Unique(node.Name, names))];
        _selfTest = new SelfTest(graph, backEnd, backEnd, plan, options.Tests, _name, null);
    }

    /// <param name="strips">The network in strips.</param>
    /// <param name="backEnd">Its arithmetic.</param>
    /// <param name="source">That of the network that it is made from.</param>
    /// <param name="plan">Its memory.</param>
    /// <param name="options">What the program is called and carries.</param>
    public Skeleton(Strips strips, BackEnd backEnd, BackEnd source, ArenaPlan plan, CSourceOptions options)
        : this(strips.Graph, backEnd, plan, options)
    {
        _strips = strips;
        _selfTest = new SelfTest(strips.Graph, backEnd, source, plan, options.Tests, _name, strips);
    }

    /// <summary>Writes the <c>.c</c> file after its first comment.</summary>
    public void Write(CWriter writer)
    {
        var rows = new CWriter();
        foreach (InferenceNode node in _graph.Nodes) WriteUntil(rows, node);

        writer.Line($"#include \"{_name}.h\"");
        writer.Line();
        writer.Line("#include <string.h>");
        writer.Line();
        writer.Line("#if defined(__cplusplus) || defined(_MSC_VER)");
        writer.Line("#define RESTRICT __restrict");
        writer.Line("#else");
        writer.Line("#define RESTRICT restrict");
        writer.Line("#endif");
        writer.Line();
        writer.Line("/* Where code has a memory of its own, as on AVR, constants stay in it. */");
        writer.Line("#ifdef __FLASH");
        writer.Line("#define CONSTANT const __flash");
        writer.Line("#else");
        writer.Line("#define CONSTANT const");
        writer.Line("#endif");
        writer.Line();
        WriteNames(writer);
        WriteConstants(writer);
        WriteState(writer);
        _backEnd.WriteHelpers(writer);
        writer.Add(rows);
        WritePredict(writer);
        _selfTest.Write(writer);
    }

    private void WriteNames(CWriter writer)
    {
        writer.Array($"const char *const {_name}_classes[{_graph.Classes.Count}]", _graph.Classes.Select(CText.Literal));
        writer.Line();
        IReadOnlyList<InferenceNode> layers = (_strips?.Source ?? _graph).Nodes;
        writer.Array($"const char *const {_name}_layers[{layers.Count}]", layers.Select(static node => CText.Literal(node.Name)));
        writer.Line();
    }

    private void WriteConstants(CWriter writer)
    {
        foreach (CArray array in _graph.Nodes.SelectMany(_backEnd.Constants).Distinct())
        {
            writer.Array($"static CONSTANT {array.Type} {array.Name}[{array.Values.Count}]", array.Values);
            writer.Line();
        }
    }

    private void WriteState(CWriter writer)
    {
        writer.Line("/* All maps: bytes from and to, rows that are kept, layers.");
        foreach (string line in _plan.Map(_graph).Split('\n', StringSplitOptions.RemoveEmptyEntries)) writer.Line($" * {line}");
        if (_strips is not null) writer.Line($" * {_strips.Summary.TrimEnd()}");
        if (_plan.IsLeast) writer.Line(" * No order of maps and rows in which none is computed twice takes less.");
        writer.Line(" */");
        string[] elements = [.. _graph.Nodes.Select(_backEnd.ElementOf).Distinct()];
        string type = _graph.Nodes.All(node => _backEnd.ElementOf(node) == elements[0] && _backEnd.BytesOf(node) == Bytes(elements[0]))
            ? elements[0] : "int32_t";
        writer.Line($"static {type} arena[{_plan.Length / Bytes(type)}];");
        writer.Line();
        writer.Line("/* How many rows of each map are made. */");
        writer.Line("static struct {");
        foreach (string symbol in _symbols) writer.Line($"    int {symbol}_rows;");
        writer.Line("} made;");
        writer.Line();
        writer.Line("/* The picture; what the self test sums up, or nothing. */");
        writer.Line("static const uint8_t *picture;");
        writer.Line($"static {_backEnd.NoteType} *noted;");
        writer.Line();
        foreach (InferenceNode node in _graph.Nodes)
        {
            string element = _backEnd.ElementOf(node), row = RowAt(_plan.Places[node.Index], _plan.Rows[node.Index], Bytes(element));
            writer.Line($"static {element} *{_symbols[node.Index]}_row(int i) {{ {(row.Contains('i') ? "" : "(void)i; ")}" +
                $"return {(element == type ? "arena" : $"({element} *)arena")} + {row}; }}");
        }

        writer.Line();
        writer.Line("/* Adds a row of a layer to what the self test compares. */");
        foreach (string element in elements)
        {
            writer.Function($"static void {Note(element)}(int layer, int i, const {element} *row, int first, int end)");
            string to = _backEnd.NoteType;
            writer.Line($"{to} sum = 0;");
            writer.Line("int k;");
            writer.Line("if (noted == 0) return;");
            writer.Line($"for (k = first; k < end; k++) sum += ({to})row[k - first] * ({to})(1 + ((i + k) & 7));");
            writer.Line("noted[layer] += sum;");
            writer.Close();
            writer.Line();
        }
    }

    private static int Bytes(string element) => element switch { "int8_t" or "uint8_t" => 1, "int16_t" => 2, _ => 4 };

    private static string Note(string element) => $"note_{element.Replace("_t", "", StringComparison.Ordinal)}";

    // Where row i lies, in values.
    private static string RowAt(MapPlace place, int rows, int bytes)
    {
        int start = place.Buffer.Offset + place.Offset, pitch = place.Buffer.RowBytes;
        int last = (place.Step * Math.Max(0, rows - 1)) + place.Shift, fixedAt = place.Shift % place.Buffer.Rows;
        if (place.Buffer.Rows == 1 || rows <= 1 || place.Step % place.Buffer.Rows == 0)
            return CText.Int((start + (fixedAt * pitch)) / bytes);
        string row = place.Step == 1 ? "i" : $"i * {place.Step}";
        if (last < place.Buffer.Rows) return $"{CText.Int((start + (place.Shift * pitch)) / bytes)} + {row} * {pitch / bytes}";
        if (fixedAt > 0) row = $"({row} + {fixedAt})";
        return $"{start / bytes} + {row} % {place.Buffer.Rows} * {pitch / bytes}";
    }

    private void WriteUntil(CWriter writer, InferenceNode node)
    {
        if (node == _strips?.Join)
        {
            WriteJoin(writer, node);
            return;
        }

        string symbol = _symbols[node.Index], element = _backEnd.ElementOf(node);
        string[] body = [.. _backEnd.Row(node, _plan.Places[node.Index].InPlace)];
        bool counts = body.Concat(_backEnd.AfterLastRow(node)).Any(static line => line.Contains("(k = ", StringComparison.Ordinal));
        writer.Line($"/* {CText.Comment(node.Name)}: {node.Operation.Kind.Replace('_', ' ')}, {node.Shape} */");
        writer.Function($"static void {symbol}_until(int rows)");
        writer.Open($"for (; made.{symbol}_rows < rows; made.{symbol}_rows++)");
        if (RowUse.Gathers(node))
        {
            string input = _symbols[node.Inputs[0].Index];
            writer.Line($"{element} *const y = {symbol}_row(0);");
            writer.Line("int i, k;");
            writer.Open($"for (i = 0; i < {node.Inputs[0].Shape.Height}; i++)");
            writer.Line($"const {_backEnd.ElementOf(node.Inputs[0])} *a0;");
            writer.Line($"{input}_until(i + 1);");
            writer.Line($"a0 = {input}_row(i);");
            foreach (string line in body) writer.Line(line);
            writer.Close();
            foreach (string line in _backEnd.AfterLastRow(node)) writer.Line(line);
            writer.Line(NoteCall(node, "0"));
        }
        else
        {
            writer.Line($"const int i = made.{symbol}_rows;");
            writer.Line($"{element} *const y = {symbol}_row(i);");
            if (RowUse.WindowOf(node) is { } window) WriteWindow(writer, node, window);
            else if (node.Operation is LoweredBlur blur) WriteMirrored(writer, node, blur);
            else WriteSameRows(writer, node);
            if (counts) writer.Line("int k;");
            WriteAsking(writer, node);
            foreach (string line in body) writer.Line(line);
            if (_strips?.IsEnd(node) != true) writer.Line(NoteCall(node, "i"));
        }

        writer.Close();
        writer.Close();
        writer.Line();
    }

    // Its strips have been made where it lies.
    private void WriteJoin(CWriter writer, InferenceNode node)
    {
        string symbol = _symbols[node.Index], element = _backEnd.ElementOf(node);
        writer.Line($"/* {CText.Comment(node.Name)}: its strips, which are there already, {node.Shape} */");
        writer.Function($"static void {symbol}_until(int rows)");
        writer.Open($"for (; made.{symbol}_rows < rows; made.{symbol}_rows++)");
        writer.Line($"const int i = made.{symbol}_rows;");
        writer.Line($"const {element} *const y = {symbol}_row(i);");
        writer.Line(NoteCall(node, "i"));
        writer.Close();
        writer.Close();
        writer.Line();
    }

    // Of a strip, the columns that the one before it has not.
    private string NoteCall(InferenceNode node, string row)
    {
        int channels = node.Shape.Channels, own = (_strips?.Own(node) ?? 0) * channels, first = (_strips?.First(node) ?? 0) * channels;
        int layer = _strips?.Origin(node).Index ?? node.Index;
        return $"{Note(_backEnd.ElementOf(node))}({layer}, {row}, y{(own > 0 ? $" + {own}" : "")}, {first + own}, " +
            $"{first + (node.Shape.Width * channels)});";
    }

    // A row of an input, from the first column that the node takes.
    private string InputRow(InferenceNode node, int input, string row)
    {
        int first = (_strips?.View(node, input) ?? 0) * node.Inputs[input].Shape.Channels;
        return $"{_symbols[node.Inputs[input].Index]}_row({row}){(first > 0 ? $" + {first}" : "")}";
    }

    // Declarations, all before the first statement of WriteAsking.
    private void WriteWindow(CWriter writer, InferenceNode node, SlidingWindow window)
    {
        writer.Line($"const int top = i * {window.StrideY} - {window.Borders.Top};");
        writer.Line($"const {_backEnd.ElementOf(node.Inputs[0])} *x[{window.Height}];");
        writer.Line($"int u, u0 = 0, u1 = {window.Height};");
    }

    private void WriteMirrored(CWriter writer, InferenceNode node, LoweredBlur blur)
    {
        int height = node.Inputs[0].Shape.Height;
        writer.Line($"const int top = i * {blur.Stride} - {blur.Before};");
        writer.Line($"const int end = top + {blur.Filter} < {height} ? top + {blur.Filter} : {height};");
        writer.Line($"const {_backEnd.ElementOf(node.Inputs[0])} *x[{blur.Filter}];");
        writer.Line($"const int u0 = 0, u1 = {blur.Filter};");
        writer.Line("int u;");
    }

    private void WriteSameRows(CWriter writer, InferenceNode node)
    {
        if (node.Operation is LoweredInput)
        {
            int width = (_strips?.Source.Input ?? node).Shape.Width, first = (_strips?.First(node) ?? 0) * node.Shape.Channels;
            writer.Line($"const uint8_t *const a0 = picture + i * {width * node.Shape.Channels}{(first > 0 ? $" + {first}" : "")};");
        }

        for (int k = 0; k < node.Inputs.Count; k++) writer.Line($"const {_backEnd.ElementOf(node.Inputs[k])} *a{k};");
    }

    private void WriteAsking(CWriter writer, InferenceNode node)
    {
        if (RowUse.WindowOf(node) is { } window)
        {
            string input = _symbols[node.Inputs[0].Index], by = window.DilationY == 1 ? "" : $" * {window.DilationY}";
            int height = node.Inputs[0].Shape.Height;
            bool empty = Enumerable.Range(0, node.Shape.Height).Any(row => RowUse.Reads(node, 0, row) is var (first, last) && first > last);
            if (ChannelKernel.CutsRows(node))
            {
                writer.Line($"while (u0 < u1 && top + u0{by} < 0) u0++;");
                writer.Line($"while (u0 < u1 && top + (u1 - 1){by} >= {height}) u1--;");
                writer.Line($"{(empty ? "if (u0 < u1) " : "")}{input}_until(top + (u1 - 1){by} + 1);");
                writer.Open($"for (u = 0; u < {window.Height}; u++)");
                writer.Line("const int inside = u < u0 ? u0 : u < u1 ? u : u1 - 1;");
                writer.Line($"x[u] = {(empty ? "u0 == u1 ? y : " : "")}{InputRow(node, 0, $"top + inside{by}")};");
                writer.Close();
            }
            else
            {
                writer.Line($"{input}_until(top + {window.SpanY});");
                writer.Line($"for (u = 0; u < {window.Height}; u++) x[u] = {InputRow(node, 0, $"top + u{by}")};");
            }
        }
        else if (node.Operation is LoweredBlur blur)
        {
            string input = _symbols[node.Inputs[0].Index];
            int height = node.Inputs[0].Shape.Height;
            writer.Line($"{input}_until(end);");
            writer.Open($"for (u = 0; u < {blur.Filter}; u++)");
            writer.Line("const int at = top + u;");
            writer.Line($"x[u] = {InputRow(node, 0, $"at < 0 ? -at : at < {height} ? at : {(2 * height) - 2} - at")};");
            writer.Close();
        }
        else
        {
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                bool one = node.Inputs[k].Shape.Height == 1;
                string input = _symbols[node.Inputs[k].Index];
                writer.Line($"{input}_until({(one ? "1" : "i + 1")});");
            }

            for (int k = 0; k < node.Inputs.Count; k++)
                writer.Line($"a{k} = {InputRow(node, k, node.Inputs[k].Shape.Height == 1 ? "0" : "i")};");
        }
    }

    private void WritePredict(CWriter writer)
    {
        int classes = _graph.Classes.Count;
        writer.Function($"int {_name}_predict(const uint8_t *pixels, float *scores)");
        writer.Line($"const {_backEnd.ElementOf(_graph.Output)} *last;");
        writer.Line("int k, best = 0;");
        writer.Line("memset(&made, 0, sizeof made);");
        writer.Line("picture = pixels;");
        foreach (InferenceNode node in _plan.Whole) writer.Line($"{_symbols[node.Index]}_until({_plan.Rows[node.Index]});");
        string output = _symbols[_graph.Output.Index];
        writer.Line($"{output}_until(1);");
        writer.Line($"last = {output}_row(0);");
        writer.Open($"for (k = 0; k < {classes}; k++)");
        writer.Line($"scores[k] = {_backEnd.Score()};");
        writer.Line("if (scores[k] > scores[best]) best = k;");
        writer.Close();
        writer.Line($"for (k = 0; k < {classes}; k++) {{");
        writer.Line("    if (scores[k] != scores[k]) return -1;");
        writer.Line("}");
        writer.Line("return best;");
        writer.Close();
        writer.Line();
        writer.Function($"void {_name}_probabilities(float *scores)");
        BackEnd.WriteProbabilities(writer, classes);
        writer.Close();
        writer.Line();
    }
}
