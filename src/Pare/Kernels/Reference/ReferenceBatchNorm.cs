namespace Pare.Kernels.Reference;

/// <summary>
/// Batch norm as the paper has it: slow, and what the engine is measured by. xh = (x - mean) / sqrt(variance + eps),
/// y = gamma xh + beta. Ioffe and Szegedy 2015, arXiv 1502.03167.
/// </summary>
/// <remarks>
/// x, y, dX, dY: [image][channel][pixel]; all others: [channel]. Sums run in double precision. Gradients overwrite
/// what the buffers held.
/// </remarks>
internal static class ReferenceBatchNorm
{
    /// <summary>The statistics of a batch; the variance is the biased one.</summary>
    public static void Statistics(ReadOnlySpan<float> x, int images, int channels, Span<double> mean, Span<double> variance)
    {
        int pixels = x.Length / (images * channels);
        double count = (double)images * pixels;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, square = 0;
            for (int n = 0; n < images; n++)
            for (int i = 0; i < pixels; i++) sum += x[(((n * channels) + c) * pixels) + i];
            mean[c] = sum / count;
            for (int n = 0; n < images; n++)
            for (int i = 0; i < pixels; i++)
            {
                double d = x[(((n * channels) + c) * pixels) + i] - mean[c];
                square += d * d;
            }

            variance[c] = square / count;
        }
    }

    public static void Forward(ReadOnlySpan<float> x, int images, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, double epsilon, Span<float> y)
    {
        int channels = mean.Length, pixels = x.Length / (images * channels);
        for (int n = 0; n < images; n++)
        for (int c = 0; c < channels; c++)
        for (int i = 0; i < pixels; i++)
        {
            int at = (((n * channels) + c) * pixels) + i;
            y[at] = (float)((gamma[c] * (x[at] - mean[c]) / Math.Sqrt(variance[c] + epsilon)) + beta[c]);
        }
    }

    /// <summary>
    /// dGamma = sum dY xh, dBeta = sum dY; dX = gamma / sqrt(variance + eps) (dY - dBeta / n - xh dGamma / n), without the two
    /// means where the statistics are constants.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> x, int images, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance, ReadOnlySpan<float> gamma, double epsilon, bool constantStatistics,
        ReadOnlySpan<float> dY, Span<float> dX, Span<float> dGamma, Span<float> dBeta)
    {
        int channels = mean.Length, pixels = x.Length / (images * channels);
        double count = (double)images * pixels;
        for (int c = 0; c < channels; c++)
        {
            double r = 1 / Math.Sqrt(variance[c] + epsilon), sum = 0, product = 0;
            for (int n = 0; n < images; n++)
            for (int i = 0; i < pixels; i++)
            {
                int at = (((n * channels) + c) * pixels) + i;
                sum += dY[at];
                product += dY[at] * (x[at] - mean[c]) * r;
            }

            (dGamma[c], dBeta[c]) = ((float)product, (float)sum);
            for (int n = 0; n < images; n++)
            for (int i = 0; i < pixels; i++)
            {
                int at = (((n * channels) + c) * pixels) + i;
                double means = constantStatistics ? 0 : (sum + ((x[at] - mean[c]) * r * product)) / count;
                dX[at] = (float)(gamma[c] * r * (dY[at] - means));
            }
        }
    }
}
