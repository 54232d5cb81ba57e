using Pare.Graphs.Lowering;

namespace Pare.Execution.Lowered;

/// <summary>A convolution's numbers, output by output, with its scale in the weights.</summary>
internal readonly struct LoweredOutputs(LoweredConvolution convolution)
{
    public int Groups => convolution.Groups;

    public int InputsOfGroup => convolution.Weights.Shape[1];

    public int OutputsOfGroup => convolution.Channels / convolution.Groups;

    /// <summary>The weight of an output channel, by its index among that channel's.</summary>
    public float Weight(int output, int index)
    {
        ReadOnlySpan<float> values = convolution.Weights.Values;
        return values[(output * (values.Length / convolution.Channels)) + index] * (convolution.Scale?[output] ?? 1);
    }

    public float Shift(int output) => convolution.Shift?[output] ?? 0;
}
