using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>Single precision.</summary>
internal sealed class FloatChannels : ChannelArithmetic
{
    private readonly InferenceOperation _operation;
    private readonly Func<string, string> _activate;

    /// <param name="operation">The operation.</param>
    /// <param name="activate">The expression of the function of a value.</param>
    public FloatChannels(InferenceOperation operation, Func<string, string> activate) => (_operation, _activate) = (operation, activate);

    /// <inheritdoc/>
    public override string Element => "float";

    /// <inheritdoc/>
    public override string Sum => "float";

    /// <inheritdoc/>
    public override string Factor => "float";

    /// <inheritdoc/>
    public override int MostPixels => 4;

    /// <inheritdoc/>
    public override string Number(int value) => CText.Float(value);

    /// <inheritdoc/>
    public override string Start() => _operation switch
    {
        LoweredConvolution { Scale: null, Shift: not null } => "b[c]",
        LoweredPool { Mode: PoolMode.Max } => CText.Float(float.MinValue) + " * 10.0f",
        _ => "0.0f",
    };

    /// <inheritdoc/>
    public override string Larger(string sum, string value) => $"{sum} = larger({sum}, {value});";

    /// <inheritdoc/>
    public override string Averaged(string value) => value;

    /// <inheritdoc/>
    public override string BlurFactor(LoweredBlur blur, int u, int v) => CText.Float(blur.Weights()[u] * blur.Weights()[v]);

    /// <inheritdoc/>
    public override string Divisor(int? count, string expression) =>
        $"const float share = {(count is int known ? CText.Float((float)(1.0 / known)) : $"1.0f / (float)({expression})")};";

    /// <inheritdoc/>
    public override string Finish(string sum) => _activate(_operation switch
    {
        LoweredConvolution { Scale: not null } convolution => $"{sum} * s[c]{(convolution.Shift is null ? "" : " + b[c]")}",
        LoweredPool { Mode: not PoolMode.Max } => $"{sum} * share",
        _ => sum,
    });
}
