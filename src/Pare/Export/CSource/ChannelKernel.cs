using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// A row of an operation that takes each channel alone: depthwise convolution, pooling, blurring. The taps of a tile of pixels are written
/// out, the loop goes over the channels. Columns whose windows reach over an edge have code of their own; a row of the window outside the
/// map counts nothing.
/// </summary>
internal sealed class ChannelKernel
{
    private const int MostTaps = 64, MostEdges = 8;

    private readonly InferenceNode _node;
    private readonly Shape _from, _to;
    private readonly int _height, _width, _strideX, _dilationX, _before;
    private readonly ColumnRanges _columns;
    private readonly bool _cut, _inPlace;
    private readonly ChannelArithmetic _arithmetic;

    /// <param name="node">The operation.</param>
    /// <param name="arithmetic">What it computes with.</param>
    /// <param name="inPlace">Whether the row overwrites one that it is made from, so that its columns must come in order.</param>
    public ChannelKernel(InferenceNode node, ChannelArithmetic arithmetic, bool inPlace = false)
    {
        (_node, _from, _to, _arithmetic, _inPlace) = (node, node.Inputs[0].Shape, node.Shape, arithmetic, inPlace);
        int span;
        if (node.Operation is LoweredBlur blur)
        {
            (_height, _width, _strideX, _dilationX, _before) = (blur.Filter, blur.Filter, blur.Stride, 1, blur.Left ?? blur.Before);
            span = blur.Filter;
        }
        else
        {
            SlidingWindow window = RowUse.WindowOf(node)!;
            (_height, _width, _strideX, _dilationX) = (window.Height, window.Width, window.StrideX, window.DilationX);
            (_before, span) = (window.Borders.Left, window.SpanX);
            _cut = CutsRows(node);
        }

        _columns = ColumnRanges.Of(_to.Width, _strideX, _before, span, _from.Width);
    }

    /// <summary>Whether a convolution can be computed so.</summary>
    public static bool Fits(InferenceNode node)
    {
        if (node.Operation is not LoweredConvolution { IsDepthwise: true } convolution || convolution.Channels != convolution.Groups)
            return false;
        return new ChannelKernel(node, new FloatChannels(convolution, static value => value)) is { IsWritten: true, MeetsMap: true }
            && Enumerable.Range(0, node.Shape.Height).All(row => RowUse.Reads(node, 0, row) is var (first, last) && first <= last);
    }

    /// <summary>Whether windows of some rows reach over the edge above or below.</summary>
    public static bool CutsRows(InferenceNode node)
    {
        SlidingWindow window = RowUse.WindowOf(node)!;
        return window.Borders.Top > 0
            || ((node.Shape.Height - 1) * window.StrideY) - window.Borders.Top + window.SpanY > node.Inputs[0].Shape.Height;
    }

    /// <summary>The weights of a depthwise convolution in the order row, column, channel.</summary>
    /// <param name="layer">The convolution.</param>
    /// <param name="weights">Its weights, <c>[channel][row][column]</c>.</param>
    public static T[] Pack<T>(LoweredConvolution layer, ReadOnlySpan<T> weights)
    {
        int window = layer.Window.Height * layer.Window.Width, channels = layer.Channels;
        var packed = new T[weights.Length];
        for (int at = 0; at < packed.Length; at++) packed[at] = weights[(at % channels * window) + (at / channels)];
        return packed;
    }

    /// <summary>Values of a row of zeros that the function reads; 0 where it reads none.</summary>
    public int Zeros => _cut && _node.Operation is LoweredConvolution ? _width * _from.Channels : 0;

    // A window may lie in the border altogether.
    private bool MeetsMap => Enumerable.Range(0, _columns.Count).Any(j => Enumerable.Range(0, _width).Any(v => IsInside(j, v)));

    private bool IsWritten => _height * _width <= MostTaps && _columns.Outside <= MostEdges;

    /// <summary>Writes the body of the function.</summary>
    public void Write(CWriter writer)
    {
        if (!IsWritten && _node.Operation is LoweredPool pool)
        {
            WriteLoops(writer, pool);
            return;
        }

        writer.Line(_columns.Inside > 0 ? "int c, j;" : "int c;");
        _arithmetic.Begin(writer, _cut);
        WriteRowFactors(writer);
        for (int j = 0; j < _columns.First; j++) WriteTile(writer, 1, CText.Int(j), j);
        if (!_inPlace) WriteRight(writer);
        if (_columns.Inside > 0) WriteInside(writer);
        if (_inPlace) WriteRight(writer);
    }

    private void WriteRight(CWriter writer)
    {
        for (int j = _columns.End; j < _columns.Count; j++) WriteTile(writer, 1, CText.Int(j), j);
    }

    // The last tile is moved back over pixels that are there already, unless what they were made from is no longer there.
    private void WriteInside(CWriter writer)
    {
        int pixels = Pixels(), rest = _columns.Inside % pixels;
        string column = rest == 0 || _inPlace ? "j" : "t";
        writer.Open($"for (j = {_columns.First}; j < {(_inPlace ? _columns.End - rest : _columns.End)}; j += {pixels})");
        if (column == "t") writer.Line($"const int t = j < {_columns.End - pixels} ? j : {_columns.End - pixels};");
        WriteTile(writer, pixels, column, null);
        writer.Close();
        if (_inPlace && rest > 0) WriteTile(writer, rest, CText.Int(_columns.End - rest), null);
    }

    private int Pixels()
    {
        int best = 1, taps = _height * _width;
        long least = long.MaxValue;
        for (int tile = 1; tile <= Math.Min(_arithmetic.MostPixels, _columns.Inside); tile++)
        {
            int columns = Enumerable.Range(0, tile).SelectMany(p => Enumerable.Range(0, _width).Select(v => (p * _strideX)
                + (v * _dilationX))).Distinct().Count();
            long cost = (_columns.Inside + tile - 1) / tile * (long)((tile * taps) + (columns * _height) + taps + tile + 12);
            if (cost < least) (best, least) = (tile, cost);
        }

        return best;
    }

    private void WriteRowFactors(CWriter writer)
    {
        if (!_cut) return;
        for (int u = 0; u < _height; u++)
        {
            string inside = $"u0 <= {u} && {u} < u1";
            if (_node.Operation is LoweredConvolution)
                writer.Line($"CONSTANT {_arithmetic.Element} *const w{u} = {inside} ? w + {u * _width * _from.Channels} : zeros;");
            else if (_node.Operation is LoweredPool { Mode: not PoolMode.Max })
            {
                writer.Line($"const {_arithmetic.Factor} k{u} = {inside} ? {_arithmetic.Number(1)} : {_arithmetic.Number(0)};");
            }
        }
    }

    // A tile inside, or one column by its number.
    private void WriteTile(CWriter writer, int pixels, string column, int? edge)
    {
        int channels = _from.Channels;
        var taps = new CWriter();
        for (int u = 0; u < _height; u++)
        {
            for (int v = 0; v < _width; v++) WriteTap(taps, pixels, u, v, edge);
        }

        // A row of a window that lies in the border altogether reads nothing.
        string text = taps.ToString();
        writer.Open();
        for (int u = 0; u < _height; u++)
        {
            if (!text.Contains($"p{u}[", StringComparison.Ordinal)) continue;
            string start = edge is null
                ? $" + ({column}{(_strideX == 1 ? "" : $" * {_strideX}")}{(_before == 0 ? "" : $" - {_before}")}) * {channels}" : "";
            writer.Line($"const {_arithmetic.Element} *const p{u} = x[{u}]{start};");
        }

        writer.Line($"{_arithmetic.Element} *const d = y + {column}{(channels == 1 ? "" : $" * {channels}")};");
        if (_node.Operation is LoweredPool { Mode: not PoolMode.Max } pool) writer.Line(Divisor(pool, edge));
        writer.Open($"for (c = 0; c < {channels}; c++)");
        for (int p = 0; p < pixels; p++) writer.Line($"{_arithmetic.Sum} a{p} = {_arithmetic.Start()};");
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) writer.Line(line);
        if (_arithmetic.BeforeStores() is { Length: > 0 } before) writer.Line(before);
        for (int p = 0; p < pixels; p++) writer.Line($"d[{At(p * channels)}] = {_arithmetic.Finish($"a{p}")};");
        writer.Close();
        writer.Close();
    }

    private void WriteTap(CWriter writer, int pixels, int u, int v, int? edge)
    {
        var line = new List<string>();
        int channels = _from.Channels;
        for (int p = 0; p < pixels; p++)
        {
            int place = (p * _strideX) + (v * _dilationX);
            string? outside = null;
            if (edge is int j)
            {
                place = (j * _strideX) - _before + (v * _dilationX);
                if (_node.Operation is LoweredBlur) place = LoweredBlur.Mirrored(place, _from.Width);
                else if (place < 0 || place >= _from.Width)
                {
                    if (_node.Operation is not LoweredConvolution || _arithmetic.Outside is null) return;
                    outside = _arithmetic.Outside;
                }
            }

            string value = outside ?? $"p{u}[{At(place * channels)}]";
            line.Add(_node.Operation switch
            {
                LoweredConvolution => $"a{p} += {value} * f;",
                LoweredBlur blur => $"a{p} += {value} * {_arithmetic.BlurFactor(blur, u, v)};",
                LoweredPool { Mode: PoolMode.Max } => _arithmetic.Larger($"a{p}", value),
                _ => $"a{p} += {_arithmetic.Averaged(value)}{(_cut ? $" * k{u}" : "")};",
            });
        }

        if (_node.Operation is LoweredConvolution)
        {
            string weight = _cut ? $"w{u}[{At(v * channels)}]" : $"w[{At(((u * _width) + v) * channels)}]";
            writer.Line($"{{ const {_arithmetic.Factor} f = {weight}; {string.Join(" ", line)} }}");
        }
        else
        {
            writer.Line(string.Join(" ", line));
        }
    }

    private bool IsInside(int j, int v) =>
        (j * _strideX) - _before + (v * _dilationX) is var place && place >= 0 && place < _from.Width;

    private string Divisor(LoweredPool pool, int? edge)
    {
        int columns = edge is int j ? Enumerable.Range(0, _width).Count(v => IsInside(j, v)) : _width;
        return pool.Mode == PoolMode.AverageWithBorders || !_cut
            ? _arithmetic.Divisor(_height * (pool.Mode == PoolMode.Average ? columns : _width), "")
            : _arithmetic.Divisor(null, $"(u1 - u0) * {columns}");
    }

    private void WriteLoops(CWriter writer, LoweredPool pool)
    {
        int channels = _from.Channels, span = pool.Window.SpanX;
        string gap = _dilationX == 1 ? "" : $" + {_dilationX - 1}", by = _dilationX == 1 ? "" : $" / {_dilationX}";
        writer.Line("int c, j, u, v;");
        writer.Open($"for (j = 0; j < {_to.Width}; j++)");
        writer.Line($"const int at = j * {_strideX} - {_before};");
        writer.Line($"const int v0 = at < 0 ? (-at{gap}){by} : 0;");
        writer.Line($"const int v1 = at + {span} > {_from.Width} ? ({_from.Width} - at{gap}){by} : {_width};");
        if (pool.Mode == PoolMode.Average) writer.Line(_arithmetic.Divisor(null, "(u1 - u0) * (v1 - v0)"));
        if (pool.Mode == PoolMode.AverageWithBorders) writer.Line(_arithmetic.Divisor(_height * _width, ""));
        writer.Open($"for (c = 0; c < {channels}; c++)");
        writer.Line($"{_arithmetic.Sum} a0 = {_arithmetic.Start()};");
        writer.Open("for (u = u0; u < u1; u++)");
        writer.Line($"const {_arithmetic.Element} *const p = x[u] + at * {channels} + c;");
        string value = $"p[v * {_dilationX * channels}]";
        string tap = pool.Mode == PoolMode.Max ? _arithmetic.Larger("a0", value) : $"a0 += {_arithmetic.Averaged(value)};";
        writer.Line($"for (v = v0; v < v1; v++) {tap}");
        writer.Close();
        writer.Line($"y[j * {channels} + c] = {_arithmetic.Finish("a0")};");
        writer.Close();
        writer.Close();
    }

    private static string At(int offset) => offset == 0 ? "c" : $"c + {offset}";
}
