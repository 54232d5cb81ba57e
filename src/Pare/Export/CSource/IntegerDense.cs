using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>
/// A row of a convolution that sums over channels, in integers: for a few pixels at a time, the values that a pixel is made from side by
/// side, zero points where the window reaches over an edge, times each channel's weights. Where they lie side by side already and stay,
/// they are read where they are.
/// </summary>
internal sealed class IntegerDense
{
    private const int PixelsOfCmsis = 4, MostRows = 5;

    private readonly QuantizedConvolution _convolution;
    private readonly OutputStage? _stage;
    private readonly LoweredConvolution _layer;
    private readonly SlidingWindow _window;
    private readonly Shape _from, _to;
    private readonly int _zero, _inputs, _outputs, _length;
    private readonly bool _copies, _cut, _short;
    private readonly IntegerFunctions _functions;
    private readonly Action<IntegerTile> _use;

    /// <param name="node">The convolution.</param>
    /// <param name="stage">What becomes of a sum, with the part of a table that is kept; null where sums are the logits.</param>
    /// <param name="isShort">Whether the short form of its factors will do.</param>
    /// <param name="inPlace">Whether the row overwrites that which it is made from.</param>
    /// <param name="functions">The functions of the file.</param>
    /// <param name="use">Asks for a tile.</param>
    public IntegerDense(QuantizedNode node, OutputStage? stage, bool isShort, bool inPlace, IntegerFunctions functions,
        Action<IntegerTile> use)
    {
        (_convolution, _stage, _short, _functions, _use) = ((QuantizedConvolution)node.Operation, stage, isShort, functions, use);
        (_layer, _from, _to, _zero) = (_convolution.Layer, node.Inputs[0].Shape, node.Shape, node.Inputs[0].Parameters.ZeroPoint);
        (_window, _cut) = (_layer.Window, ChannelKernel.CutsRows(node.Source));
        (_inputs, _outputs) = (_layer.Weights.Shape[1], _to.Channels / _layer.Groups);
        _length = _window.Height * _window.Width * _inputs;
        _copies = inPlace || _layer.Groups > 1 || _window is not { Height: 1, Width: 1, Borders.AreEmpty: true };
    }

    /// <summary>The weights in the order output channel, row, column, input channel.</summary>
    public static sbyte[] Pack(LoweredConvolution layer, ReadOnlySpan<sbyte> weights)
    {
        int inputs = layer.Weights.Shape[1], window = layer.Window.Height * layer.Window.Width, length = inputs * window;
        var packed = new sbyte[weights.Length];
        for (int at = 0; at < packed.Length; at++)
        {
            int tap = at % length / inputs, c = at % inputs;
            packed[at] = weights[(at / length * length) + (c * window) + tap];
        }

        return packed;
    }

    /// <summary>The type of the biases.</summary>
    public required string BiasType { get; init; }

    /// <summary>Whether a row primitive of CMSIS-NN gives the same.</summary>
    public bool FitsCmsis => _layer.Groups == 1 && _stage is not null && _short;

    /// <summary>Writes the body of the function.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="upper">The program's name in capital letters.</param>
    public void Write(CWriter writer, string upper)
    {
        if (FitsCmsis)
        {
            writer.Line($"#ifdef {upper}_CMSIS_NN");
            WriteCmsis(writer);
            writer.Line("#else");
        }

        var body = new CWriter();
        if (_layer.Groups > 1) body.Open($"for (g = 0; g < {_layer.Groups}; g++)");
        int first = 0;
        (int Pixels, int Count)[] tiles = IntegerTile.Cut(_to.Width);
        foreach ((int pixels, int count) in tiles)
        {
            WriteColumns(body, first, pixels, count, WriteProducts);
            first += pixels * count;
        }

        if (_layer.Groups > 1)
        {
            body.Line($"w += {_outputs * _length};");
            body.Line($"b += {_outputs};");
            if (_stage is not null)
            {
                body.Line($"m += {_outputs};");
                body.Line($"q += {_outputs};");
            }

            body.Line($"y += {_outputs};");
            body.Close();
        }

        WriteVariables(writer, body.ToString());
        int most = tiles.Max(static tile => tile.Pixels);
        writer.Line($"int32_t sums[{most * IntegerTile.ChannelsFor(most)}];");
        WritePatch(writer, most);
        writer.Add(body);
        if (FitsCmsis) writer.Line("#endif");
    }

    private void WritePatch(CWriter writer, int pixels)
    {
        if (!_copies) return;
        writer.Line($"int32_t words[{((pixels * _length) + 3) / 4}];");
        writer.Line("int8_t *const patch = (int8_t *)words;");
    }

    private static void WriteVariables(CWriter writer, string body)
    {
        string[] used = [.. new[] { "g", "j", "p", "o", "c", "u", "v" }
            .Where(name => body.Contains($"({name} = ", StringComparison.Ordinal))];
        if (used.Length > 0) writer.Line($"int {string.Join(", ", used)};");
    }

    // Tiles from a column on.
    private void WriteColumns(CWriter writer, int first, int pixels, int count, Action<CWriter, int, string> products)
    {
        if (count > 1) writer.Open($"for (j = {first}; j < {first + (pixels * count)}; j += {pixels})");
        else writer.Open();
        string column = count > 1 ? "j" : CText.Int(first);
        if (_copies) WriteCopy(writer, pixels, column);
        else writer.Line($"const int8_t *const patch = x[0] + {column} * {_window.StrideX * _from.Channels};");
        products(writer, pixels, column);
        writer.Close();
    }

    private int Step => _copies ? _length : _window.StrideX * _from.Channels;

    private void WriteCopy(CWriter writer, int pixels, string column)
    {
        bool joined = _layer.Groups == 1 && (_window.DilationX == 1 || _window.Width == 1);
        ColumnRanges columns = ColumnRanges.Of(_to.Width, _window.StrideX, _window.Borders.Left, _window.SpanX, _from.Width);
        int run = _window.Width * _inputs;
        string group = _layer.Groups > 1 ? $" + g * {_inputs}" : "";
        if (pixels > 1) writer.Open($"for (p = 0; p < {pixels}; p++)");
        else writer.Open();
        string pixel = pixels > 1 ? $"({column} + p)" : column;
        writer.Line($"int8_t *d = patch{(pixels > 1 ? $" + p * {_length}" : "")};");
        writer.Line($"const int at = {IntegerFunctions.Plus($"{pixel} * {_window.StrideX}", -_window.Borders.Left)};");
        if (joined && !_cut && columns.Outside == 0 && _window.Height <= MostRows)
        {
            for (int u = 0; u < _window.Height; u++)
                writer.Line($"memcpy(d{(u == 0 ? "" : $" + {u * run}")}, x[{u}] + at * {_from.Channels}, {run});");
            writer.Close();
            return;
        }

        writer.Open($"for (u = 0; u < {_window.Height}; u++, d += {run})");
        string otherwise = "";
        if (_cut)
        {
            writer.Line($"if (u < u0 || u >= u1) memset(d, {_zero}, {run});");
            otherwise = "else ";
        }

        if (joined)
        {
            string inside = columns.Outside == 0 ? "" : $"if (at >= 0 && at <= {_from.Width - _window.SpanX}) ";
            if (columns.Inside > 0)
            {
                writer.Line($"{otherwise}{inside}memcpy(d, x[u] + at * {_from.Channels}, {run});");
                otherwise = "else ";
            }
        }

        if (!joined || columns.Outside > 0)
        {
            writer.Open($"{otherwise}for (v = 0; v < {_window.Width}; v++)");
            writer.Line($"const int place = at + v * {_window.DilationX};");
            string copy = $"memcpy(d + v * {_inputs}, x[u] + place * {_from.Channels}{group}, {_inputs});";
            if (columns.Outside > 0)
            {
                writer.Line($"if (place < 0 || place >= {_from.Width}) memset(d + v * {_inputs}, {_zero}, {_inputs});");
                copy = $"else {copy}";
            }

            writer.Line(copy);
            writer.Close();
        }

        writer.Close();
        writer.Close();
    }

    private void WriteProducts(CWriter writer, int pixels, string column)
    {
        int channels = IntegerTile.ChannelsFor(pixels), rest = _outputs % channels, whole = _outputs - rest;
        if (whole > 0)
        {
            writer.Open($"for (o = 0; o < {whole}; o += {channels})");
            WriteTile(writer, new IntegerTile(channels, pixels), "o", column);
            writer.Close();
        }

        if (rest > 0) WriteTile(writer, new IntegerTile(rest, pixels), CText.Int(whole), column);
    }

    private void WriteTile(CWriter writer, IntegerTile tile, string channel, string column)
    {
        _use(tile);
        string start = string.Join(", ", Enumerable.Range(0, tile.Channels).Select(c => $"b[{Plus(channel, c)}]"));
        writer.Line($"{tile.Name}(sums, {start}, patch, {Step}, w + {channel} * {_length}, {_length});");
        for (int c = 0; c < tile.Channels; c++)
        {
            string at = Plus(channel, c), place = $"{column} * {_to.Channels} + {at}";
            if (_stage is { } stage)
            {
                string store = _functions.Use(IntegerFunctions.StoreName(_short, stage.Table is not null));
                writer.Line($"{store}(y + {place}, {_to.Channels}, sums + {c * tile.Pixels}, {tile.Pixels}, m[{at}], q[{at}], " +
                    $"{stage.ZeroPoint}, {stage.Min}, {stage.Max}{(stage.Table is null ? "" : ", table")});");
            }
            else
            {
                writer.Line($"for (p = 0; p < {tile.Pixels}; p++) y[p * {_to.Channels} + {place}] = sums[{c * tile.Pixels} + p];");
            }
        }
    }

    private static string Plus(string channel, int number) =>
        int.TryParse(channel, out int known) ? CText.Int(known + number) : IntegerFunctions.Plus(channel, number);

    private void WriteCmsis(CWriter writer)
    {
        var body = new CWriter();
        OutputStage stage = _stage!;
        bool copies = BiasType != "int32_t";
        int pixels = _copies ? Math.Min(PixelsOfCmsis, _to.Width) : _to.Width, whole = _to.Width / pixels, rest = _to.Width % pixels;
        WriteColumns(body, 0, pixels, whole, Call);
        if (rest > 0) WriteColumns(body, whole * pixels, rest, 1, Call);
        if (stage.Table is not null) body.Line($"for (c = 0; c < {_to.Width * _to.Channels}; c++) y[c] = table[y[c]];");
        var shifts = new CWriter();
        shifts.Line($"for (c = 0; c < {_to.Channels}; c++) shifts[c] = -1 - q[c];");
        if (copies) shifts.Line($"for (c = 0; c < {_to.Channels}; c++) bias[c] = b[c];");
        WriteVariables(writer, shifts.ToString() + body);
        writer.Line($"int32_t shifts[{_to.Channels}];");
        if (copies) writer.Line($"int32_t bias[{_to.Channels}];");
        WritePatch(writer, pixels);
        writer.Add(shifts);
        writer.Add(body);

        void Call(CWriter to, int count, string column) =>
            to.Line($"arm_nn_mat_mult_nt_t_s8(patch, w, {(copies ? "bias" : "b")}, y + {column} * {_to.Channels}, m, shifts, {count}, " +
                $"{_to.Channels}, {_length}, 0, {stage.ZeroPoint}, {stage.Min}, {stage.Max}, {_to.Channels}, {Step});");
    }
}
