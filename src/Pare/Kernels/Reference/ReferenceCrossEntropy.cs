namespace Pare.Kernels.Reference;

/// <summary>
/// Cross entropy of a softmax as the textbook has it: what the fast one is measured by.
/// L = -1/images sum over n,k of q[n,k] log p[n,k] with p = exp(z) / sum exp(z), and dZ = (p - q) / images for q that sum to 1.
/// </summary>
/// <remarks>z, q, dZ: [image][class].</remarks>
internal static class ReferenceCrossEntropy
{
    public static double Run(ReadOnlySpan<float> z, ReadOnlySpan<float> q, int classes, Span<float> dZ)
    {
        int images = z.Length / classes;
        double loss = 0;
        for (int n = 0; n < images; n++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int k = 0; k < classes; k++) max = Math.Max(max, z[(n * classes) + k]);
            for (int k = 0; k < classes; k++) sum += Math.Exp(z[(n * classes) + k] - max);
            for (int k = 0; k < classes; k++)
            {
                double logarithm = z[(n * classes) + k] - max - Math.Log(sum);
                loss -= q[(n * classes) + k] * logarithm / images;
                dZ[(n * classes) + k] = (float)((Math.Exp(logarithm) - q[(n * classes) + k]) / images);
            }
        }

        return loss;
    }
}
