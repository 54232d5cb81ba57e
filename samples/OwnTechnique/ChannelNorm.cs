using Pare.Graphs;

namespace OwnTechnique;

/// <summary>
/// Layer normalization over the channels of each pixel: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with one gamma and beta a
/// channel. Ba, Kiros, Hinton 2016, arXiv 1607.06450, as convolutional networks use it.
/// </summary>
public sealed record ChannelNorm : ImageLayer
{
    /// <summary>Added to the variance, above 0.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <inheritdoc/>
    public override string Kind => "channel_norm";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) =>
        Epsilon > 0 ? input : throw new ArgumentException($"epsilon is {Epsilon}; it must be above 0.");

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
    [
        new("weight", [input.Channels], ParameterRole.NormOrBias, Initialization.One),
        new("bias", [input.Channels], ParameterRole.NormOrBias, Initialization.Zero),
    ];

    /// <inheritdoc/>
    public override void Forward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, Span<float> y)
    {
        int channels = input.Channels, pixels = input.Pixels;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            (float mean, float factor) = Moments(x, channels, pixels, pixel);
            for (int c = 0, at = pixel; c < channels; c++, at += pixels)
                y[at] = (parameters[c] * (x[at] - mean) * factor) + parameters[channels + c];
        }
    }

    /// <inheritdoc/>
    public override void Backward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, ReadOnlySpan<float> dY,
        Span<float> dX, Span<float> dParameters)
    {
        // With n = (x - mean) factor and g = gamma dY: dX = factor (g - mean of g - n mean of (g n)).
        int channels = input.Channels, pixels = input.Pixels;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            (float mean, float factor) = Moments(x, channels, pixels, pixel);
            float sum = 0, dot = 0;
            for (int c = 0, at = pixel; c < channels; c++, at += pixels)
            {
                float normalized = (x[at] - mean) * factor;
                dParameters[c] += dY[at] * normalized;
                dParameters[channels + c] += dY[at];
                sum += parameters[c] * dY[at];
                dot += parameters[c] * dY[at] * normalized;
            }

            for (int c = 0, at = pixel; c < channels; c++, at += pixels)
            {
                float normalized = (x[at] - mean) * factor;
                dX[at] = factor * ((parameters[c] * dY[at]) - (sum / channels) - (normalized * dot / channels));
            }
        }
    }

    private (float Mean, float Factor) Moments(ReadOnlySpan<float> x, int channels, int pixels, int pixel)
    {
        float mean = 0, variance = 0;
        for (int at = pixel; at < x.Length; at += pixels) mean += x[at];
        mean /= channels;
        for (int at = pixel; at < x.Length; at += pixels) variance += (x[at] - mean) * (x[at] - mean);
        return (mean, 1 / MathF.Sqrt((variance / channels) + Epsilon));
    }
}
