using System.Globalization;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// A row of a convolution that sums over channels: a tile of output pixels by a block of output channels in registers. Columns whose
/// windows reach over an edge go one by one, with the window cut to the map; nothing inside has a test.
/// </summary>
internal sealed class DenseKernel
{
    private readonly LoweredConvolution _convolution;
    private readonly SlidingWindow _window;
    private readonly Shape _from, _to;
    private readonly int _inputs, _outputs, _taps, _run;
    private readonly bool _joined, _biased;
    private readonly ColumnRanges _columns;
    private readonly bool _relu;

    /// <param name="node">The convolution.</param>
    /// <param name="relu">Whether a sum is stored as its relu.</param>
    public DenseKernel(InferenceNode node, bool relu)
    {
        (_convolution, _from, _to, _relu) = ((LoweredConvolution)node.Operation, node.Inputs[0].Shape, node.Shape, relu);
        _window = _convolution.Window;
        (_inputs, _outputs) = (_convolution.Weights.Shape[1], _to.Channels / _convolution.Groups);
        _taps = _window.Height * _window.Width * _inputs;
        _biased = _convolution is { Scale: null, Shift: not null };

        // The taps of a row of the window lie side by side, as do the values that they meet.
        _joined = _convolution.Groups == 1 && (_window.DilationX == 1 || _window.Width == 1);
        _run = _joined ? _window.Width * _inputs : _inputs;
        _columns = ColumnRanges.Of(_to.Width, _window.StrideX, _window.Borders.Left, _window.SpanX, _from.Width);
    }

    /// <summary>The weights in the order in which they are read: group, block, row, column, input channel, channel of the block.</summary>
    public static float[] Pack(LoweredConvolution convolution)
    {
        int inputs = convolution.Weights.Shape[1], window = convolution.Window.Height * convolution.Window.Width;
        int outputs = convolution.Channels / convolution.Groups, block = RegisterTile.Block(outputs), at = 0;
        ReadOnlySpan<float> weights = convolution.Weights.Values;
        var packed = new float[weights.Length];
        for (int group = 0; group < convolution.Groups; group++)
        {
            for (int first = 0, end; first < outputs; first = end)
            {
                end = block > 0 && first + block <= outputs ? first + block : outputs;
                for (int tap = 0; tap < window; tap++)
                {
                    for (int c = 0; c < inputs; c++)
                    {
                        for (int o = first; o < end; o++)
                            packed[at++] = weights[(((((group * outputs) + o) * inputs) + c) * window) + tap];
                    }
                }
            }
        }

        return packed;
    }

    /// <summary>
    /// Of a row that is made in the place of the one that it is made from, how many pixels are copied and made at a time; 0 where that
    /// cannot be done or the copy would not be far smaller than the row.
    /// </summary>
    public static int PixelsInPlace(InferenceNode node)
    {
        if (node.Operation is not LoweredConvolution { IsPointwise: true, Groups: 1 }) return 0;
        int pixels = RegisterTile.Pixels(node.Shape.Width, Math.Min(node.Shape.Channels, RegisterTile.Quad));
        return node.Shape.Width >= 2 * pixels ? pixels : 0;
    }

    /// <summary>Writes the body of the function.</summary>
    public void Write(CWriter writer)
    {
        int size = RegisterTile.Block(_outputs), blocks = size == 0 ? 0 : _outputs / size, rest = _outputs % RegisterTile.Quad;
        var body = new CWriter();
        if (_convolution.Groups > 1) body.Open($"for (g = 0; g < {_convolution.Groups}; g++)");
        if (blocks > 1) body.Open($"for (o = 0; o < {blocks}; o++)");
        if (blocks > 0)
        {
            ChannelBlock block = ChannelBlock.Of(size);
            if (size > RegisterTile.Quad) body.Open($"for (h = 0; h < {size}; h += LANES_{size})");
            WriteColumns(body, block);
            if (size > RegisterTile.Quad) body.Close();
            Advance(body, size);
        }

        if (blocks > 1) body.Close();
        if (rest > 0)
        {
            WriteColumns(body, ChannelBlock.Rest(rest));
            Advance(body, rest);
        }

        if (_convolution.Groups > 1) body.Close();
        string text = body.ToString();
        string[] variables = [.. new[] { "g", "o", "h", "j", "u", "v", "k" }
            .Where(name => text.Contains($"({name} = ", StringComparison.Ordinal))];
        if (variables.Length > 0) writer.Line($"int {string.Join(", ", variables)};");
        writer.Add(body);
    }

    private void Advance(CWriter writer, int channels)
    {
        writer.Line($"w += {_taps * channels};");
        if (_biased) writer.Line($"b += {channels};");
        writer.Line($"y += {channels};");
    }

    private void WriteColumns(CWriter writer, ChannelBlock block)
    {
        if (_columns.Outside > 0)
        {
            writer.Open(_columns.LoopOutside());
            WriteEdge(writer, block);
            writer.Close();
        }

        if (_columns.Inside == 0) return;
        int pixels = RegisterTile.Pixels(_columns.Inside, block.Sums);
        if (_columns.Inside > pixels) writer.Open($"for (j = {_columns.First}; j < {_columns.End}; j += {pixels})");
        else writer.Open();

        // The last tile is moved back over pixels that are there already.
        string column = _columns.Inside == pixels ? CText.Int(_columns.First) : _columns.Inside % pixels == 0 ? "j" : "t";
        if (column == "t") writer.Line($"const int t = j < {_columns.End - pixels} ? j : {_columns.End - pixels};");
        Start(writer, pixels, block);
        OpenRows(writer);
        string start = Sum(Times(column, _window.StrideX), -_window.Borders.Left);
        WriteRun(writer, pixels, block, start, $"{block.Weights}{RowOffset(block)}", CText.Int(_run), _run,
            _joined ? null : ("0", CText.Int(_window.Width)));
        writer.Close();
        Store(writer, pixels, block, column);
        writer.Close();
    }

    private void WriteEdge(CWriter writer, ChannelBlock block)
    {
        int dilation = _window.DilationX, width = _from.Width;
        writer.Line($"const int at = {Sum(Times("j", _window.StrideX), -_window.Borders.Left)};");
        (string open, string close) = dilation == 1 ? ("", "") : ("(", $" + {dilation - 1}) / {dilation}");
        writer.Line($"const int v0 = at < 0 ? {open}-at{close} : 0;");
        writer.Line($"const int v1 = at + {_window.SpanX} > {width} ? {open}{width} - at{close} : {_window.Width};");
        Start(writer, 1, block);
        OpenRows(writer);
        if (_joined)
        {
            string weights = $"{block.Weights}{RowOffset(block)} + v0 * {_inputs * block.Channels}";
            WriteRun(writer, 1, block, "(at + v0)", weights, $"(v1 - v0) * {_inputs}", _inputs, null);
        }
        else
        {
            WriteRun(writer, 1, block, "at", $"{block.Weights}{RowOffset(block)}", CText.Int(_run), _run, ("v0", "v1"));
        }

        writer.Close();
        Store(writer, 1, block, "j");
    }

    // A run of values side by side, times the weights of a block each; one for each column of the window where they do not lie so.
    private void WriteRun(CWriter writer, int pixels, ChannelBlock block, string start, string weights, string count, int divisible,
        (string First, string End)? columns)
    {
        int unroll = RegisterTile.Unroll(divisible, pixels, block.Sums), step = _window.StrideX * _from.Channels;
        string group = _convolution.Groups > 1 ? $" + g * {_inputs}" : "", column = start;
        if (columns is { } range)
        {
            writer.Open($"for (v = {range.First}; v < {range.End}; v++)");
            column = $"({start} + {Times("v", _window.DilationX)})";
            weights = $"{weights} + v * {_inputs * block.Channels}";
        }

        writer.Line($"const float *p = x[{(_window.Height > 1 ? "u" : "0")}] + {Times(column, _from.Channels)}{group};");
        writer.Line($"CONSTANT float *q = {weights};");
        bool loops = count != CText.Int(unroll);
        if (loops) writer.Open($"for (k = 0; k < {count}; k += {unroll})");
        for (int i = 0; i < unroll; i++)
        {
            writer.Open();
            writer.Line($"{block.Load(i)};");
            for (int p = 0; p < pixels; p++)
            {
                int place = i + (p * step);
                string value = loops ? Plus("k", place) : CText.Int(place);
                writer.Line($"{{ const float f = p[{value}]; {block.MultiplyAdd(p)}; }}");
            }

            writer.Close();
        }

        if (loops)
        {
            writer.Line($"q += {unroll * block.Channels};");
            writer.Close();
        }

        if (columns is not null) writer.Close();
    }

    private void Start(CWriter writer, int pixels, ChannelBlock block)
    {
        for (int p = 0; p < pixels; p++) writer.Line($"{block.Start(p, _biased)};");
    }

    private void Store(CWriter writer, int pixels, ChannelBlock block, string column)
    {
        for (int p = 0; p < pixels; p++)
            writer.Line($"{block.Store(p, Plus(Times(column, _to.Channels), p * _to.Channels), _relu)};");
    }

    private void OpenRows(CWriter writer)
    {
        if (_window.Height > 1) writer.Open("for (u = u0; u < u1; u++)");
        else writer.Open("if (u0 < u1)");
    }

    private string RowOffset(ChannelBlock block) => _window.Height > 1 ? $" + u * {_window.Width * _inputs * block.Channels}" : "";

    private static string Times(string value, int factor) =>
        IsNumber(value, out int number) ? CText.Int(number * factor) : factor == 1 ? value : $"{value} * {factor}";

    private static string Plus(string value, int addend) =>
        IsNumber(value, out int number) ? CText.Int(number + addend) : addend == 0 ? value : $"{value} + {addend}";

    // In parentheses where it is a sum.
    private static string Sum(string value, int addend)
    {
        string sum = IsNumber(value, out int number) ? CText.Int(number + addend)
            : addend == 0 ? value : $"{value} {(addend < 0 ? "-" : "+")} {CText.Int(Math.Abs(addend))}";
        return (addend != 0 && !IsNumber(sum, out _)) || sum.StartsWith('-') ? $"({sum})" : sum;
    }

    private static bool IsNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out number);
}
