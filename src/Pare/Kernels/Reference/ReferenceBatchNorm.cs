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
    public static void Statistics(ReadOnlySpan<float> x, int images, Span<double> mean, Span<double> variance)
    {
        int channels = mean.Length, pixels = x.Length / (images * channels);
        double count = (double)images * pixels;
        mean.Clear();
        variance.Clear();
        for (int i = 0; i < x.Length; i++) mean[Channel(i, channels, pixels)] += x[i] / count;
        for (int i = 0; i < x.Length; i++)
        {
            double d = x[i] - mean[Channel(i, channels, pixels)];
            variance[Channel(i, channels, pixels)] += d * d / count;
        }
    }

    public static void Forward(ReadOnlySpan<float> x, int images, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, double epsilon, Span<float> y)
    {
        int channels = mean.Length, pixels = x.Length / (images * channels);
        for (int i = 0; i < x.Length; i++)
        {
            int c = Channel(i, channels, pixels);
            y[i] = (float)((gamma[c] * (x[i] - mean[c]) / Math.Sqrt(variance[c] + epsilon)) + beta[c]);
        }
    }

    /// <summary>
    /// dGamma = sum dY xh, dBeta = sum dY; dX = gamma / sqrt(variance + eps) (dY - dBeta / n - xh dGamma / n), without the two
    /// means where the statistics are constants.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> x, int images, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance,
        ReadOnlySpan<float> gamma, double epsilon, bool constantStatistics, ReadOnlySpan<float> dY, Span<float> dX, Span<float> dGamma,
        Span<float> dBeta)
    {
        int channels = mean.Length, pixels = x.Length / (images * channels);
        double count = constantStatistics ? double.PositiveInfinity : (double)images * pixels;
        double[] sum = new double[channels], product = new double[channels];
        for (int i = 0; i < x.Length; i++)
        {
            int c = Channel(i, channels, pixels);
            sum[c] += dY[i];
            product[c] += dY[i] * (x[i] - mean[c]) / Math.Sqrt(variance[c] + epsilon);
        }

        for (int i = 0; i < x.Length; i++)
        {
            int c = Channel(i, channels, pixels);
            double r = 1 / Math.Sqrt(variance[c] + epsilon), normalized = (x[i] - mean[c]) * r;
            dX[i] = (float)(gamma[c] * r * (dY[i] - (sum[c] / count) - (normalized * product[c] / count)));
        }

        for (int c = 0; c < channels; c++) (dGamma[c], dBeta[c]) = ((float)product[c], (float)sum[c]);
    }

    private static int Channel(int index, int channels, int pixels) => index / pixels % channels;
}
