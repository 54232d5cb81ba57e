using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>
/// 8-bit integers, summed up in 32 bits. Zero points are in the bias of a convolution, so that what lies outside the map counts as they do.
/// </summary>
internal sealed class IntegerChannels : ChannelArithmetic
{
    private readonly QuantizedNode _node;
    private readonly OutputStage? _stage;
    private readonly IntegerFunctions _functions;
    private readonly bool _short;
    private readonly int _zero;
    private string _bias = "b";

    /// <param name="node">The operation.</param>
    /// <param name="stage">What becomes of a convolution's sums, with the part of a table that is kept.</param>
    /// <param name="isShort">Whether the short form of its factors will do.</param>
    /// <param name="functions">The functions of the file.</param>
    public IntegerChannels(QuantizedNode node, OutputStage? stage, bool isShort, IntegerFunctions functions) =>
        (_node, _stage, _short, _functions, _zero) = (node, stage, isShort, functions, node.Inputs[0].Parameters.ZeroPoint);

    /// <inheritdoc/>
    public override string Element => "int8_t";

    /// <inheritdoc/>
    public override string Sum => "int32_t";

    /// <inheritdoc/>
    public override string Factor => "int";

    /// <inheritdoc/>
    public override int MostPixels => 2;

    /// <inheritdoc/>
    public override string? Outside => CText.Int(_zero);

    /// <inheritdoc/>
    public override string Number(int value) => CText.Int(value);

    /// <inheritdoc/>
    public override void Begin(CWriter writer, bool cut)
    {
        if (!cut || _zero == 0 || _node.Operation is not QuantizedConvolution convolution) return;
        int height = convolution.Layer.Window.Height, width = convolution.Layer.Window.Width, channels = _node.Shape.Channels;
        _bias = "edge";
        writer.Line($"int32_t edge[{channels}];");
        writer.Line($"for (c = 0; c < {channels}; c++) edge[c] = b[c];");
        writer.Open($"for (c = u1 - u0 < {height} ? 0 : {channels}; c < {channels}; c++)");
        writer.Line("int32_t sum = 0;");
        writer.Line("int u, v;");
        writer.Open($"for (u = 0; u < {height}; u++)");
        writer.Line("if (u >= u0 && u < u1) continue;");
        writer.Line($"for (v = 0; v < {width}; v++) sum += w[(u * {width} + v) * {channels} + c];");
        writer.Close();
        writer.Line($"edge[c] += sum * {_zero};");
        writer.Close();
    }

    /// <inheritdoc/>
    public override string Start() => _node.Operation switch
    {
        QuantizedConvolution => $"{_bias}[c]",
        QuantizedPool { Layer.Mode: PoolMode.Max } => CText.Int(QuantizationParameters.Lowest),
        QuantizedBlur blur => CText.Int(-((long)_zero << blur.Shift)),
        _ => "0",
    };

    /// <inheritdoc/>
    public override string Larger(string sum, string value) => $"{sum} = {value} > {sum} ? {value} : {sum};";

    /// <inheritdoc/>
    public override string Averaged(string value) => IntegerFunctions.Minus(value, _zero);

    /// <inheritdoc/>
    public override string BlurFactor(LoweredBlur blur, int u, int v)
    {
        IReadOnlyList<int> taps = ((QuantizedBlur)_node.Operation).Taps;
        return $"(int32_t){taps[u] * taps[v]}";
    }

    /// <inheritdoc/>
    public override string Divisor(int? count, string expression) =>
        $"const int32_t count = {(count is int known ? CText.Int(known) : $"(int32_t)({expression})")};";

    /// <inheritdoc/>
    public override string BeforeStores() => _node.Operation is QuantizedConvolution
        ? "const int32_t factor = m[c]; const int right = q[c];" : "";

    /// <inheritdoc/>
    public override string Finish(string sum)
    {
        switch (_node.Operation)
        {
            case QuantizedConvolution:
                return _functions.Store(_stage!, sum, _short, _stage!.Table is null ? null : "table");
            case QuantizedPool { Layer.Mode: not PoolMode.Max }:
                return $"(int8_t)({IntegerFunctions.Plus($"{_functions.Use("mean_of")}({sum}, count)", _zero)})";
            case QuantizedBlur { Shift: > 0 } blur:
                return $"(int8_t)({IntegerFunctions.Plus($"(({sum} + ({sum} >> 31) + {1L << (blur.Shift - 1)}) >> {blur.Shift})", _zero)})";
            case QuantizedBlur:
                return $"(int8_t)({IntegerFunctions.Plus(sum, _zero)})";
            default:
                return $"(int8_t){sum}";
        }
    }
}
