using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// What one node of a <see cref="QuantizedGraph"/> computes from 8-bit integers, as data. z is the zero point of an input, m(x) a
/// <see cref="Requantization"/>, f an <see cref="OutputStage"/>. There are no others than those of this file.
/// </summary>
internal abstract record QuantizedOperation
{
    private protected QuantizedOperation()
    {
    }
}

/// <summary>y = table[channel][byte].</summary>
/// <param name="Table">The integer for each byte of each channel, <c>[channel][byte]</c>.</param>
internal sealed record QuantizedInput(IReadOnlyList<sbyte> Table) : QuantizedOperation;

/// <summary>y[o] = f(m[o](bias[o] + sum of w (x - z) over the window)): outside the map, x - z is 0.</summary>
/// <param name="Layer">Window, groups and shape.</param>
/// <param name="Weights">The weights w.</param>
/// <param name="Bias">A bias an output channel.</param>
/// <param name="Units">What 1 in the sum is worth, an output channel: a real number, negative where the norm's factor is.</param>
/// <param name="Requantizations">m, an output channel; null for the graph's output, whose logits are the sums times the units.</param>
/// <param name="Stage">f; null for the graph's output.</param>
internal sealed record QuantizedConvolution(LoweredConvolution Layer, QuantizedWeights Weights, IReadOnlyList<int> Bias,
    IReadOnlyList<float> Units, IReadOnlyList<Requantization>? Requantizations, OutputStage? Stage) : QuantizedOperation;

/// <summary>
/// Max: the largest x of the window, pixels outside the map left out. Average: z + round(sum of (x - z) / count), the one of two farther
/// from 0; count is that of the pixels inside the map, or of the window's (<see cref="PoolMode"/>). Parameters are the input's.
/// </summary>
/// <param name="Layer">Window and mode.</param>
internal sealed record QuantizedPool(LoweredPool Layer) : QuantizedOperation;

/// <summary>
/// y = z + sum of taps[u] taps[v] (x - z) / 2^shift, rounded by <see cref="Requantization.RoundingShift"/>. Parameters are the input's.
/// </summary>
/// <param name="Layer">Filter, stride and how the border mirrors.</param>
/// <param name="Taps">The filter along an axis: binomial coefficients.</param>
/// <param name="Shift">2 (filter - 1).</param>
internal sealed record QuantizedBlur(LoweredBlur Layer, IReadOnlyList<int> Taps, int Shift) : QuantizedOperation;

/// <summary>y = f(m(sum of (x - z) over the pixels)).</summary>
/// <param name="Unit">What 1 in the sum is worth in the mean.</param>
/// <param name="Requantization">m; null for the graph's output, whose logits are the sums times the unit.</param>
/// <param name="Stage">f; null for the graph's output.</param>
internal sealed record QuantizedMean(float Unit, Requantization? Requantization, OutputStage? Stage) : QuantizedOperation;

/// <summary>y = f(m(sum of m_i(2^20 (x_i - z_i)))), as TensorFlow Lite Micro and CMSIS-NN add two maps.</summary>
/// <param name="Terms">m_i, an input.</param>
/// <param name="Sum">m.</param>
/// <param name="Stage">f.</param>
internal sealed record QuantizedAdd(IReadOnlyList<Requantization> Terms, Requantization Sum, OutputStage Stage) : QuantizedOperation
{
    /// <summary>By what power of two the terms are larger than their integers.</summary>
    public const int TermShift = 20;
}

/// <summary>y = f(m((a - z_a) (b - z_b))); b has one pixel or as many as a.</summary>
/// <param name="Product">m.</param>
/// <param name="Stage">f.</param>
internal sealed record QuantizedMultiply(Requantization Product, OutputStage Stage) : QuantizedOperation;

/// <summary>y = f(x), where f adds nothing: it cuts, or looks up.</summary>
/// <param name="Stage">f.</param>
internal sealed record QuantizedActivation(OutputStage Stage) : QuantizedOperation;

/// <summary>The inputs' channels one after another, y = f(m_i(x - z_i)); x itself where there is no m_i.</summary>
/// <param name="Parts">m_i, an input; null for an input of the output's parameters.</param>
/// <param name="Stage">f.</param>
internal sealed record QuantizedConcat(IReadOnlyList<Requantization?> Parts, OutputStage Stage) : QuantizedOperation;

/// <summary>y = x: one channel a value. Parameters are the input's.</summary>
internal sealed record QuantizedFlatten : QuantizedOperation;
