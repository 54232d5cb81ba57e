using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// Drops of mud: a field of normal draws of mean m and deviation d, smoothed by a Gaussian of deviation s, is cut at t; what is above is
/// smoothed by one of deviation u, and where that is 0.8 or more, k, the pixel becomes x (1 - k) + k 63 / 255. Mu and Gilmer 2019, arXiv
/// 1906.02337.
/// </summary>
internal static class Spatter
{
    private const float Least = 0.8f, Mud = 63 / 255f;

    /// <summary>Adds the drops.</summary>
    /// <param name="image">Values from 0 to 1, one plane, changed in place.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="field">The draws, with mean and deviation; overwritten.</param>
    /// <param name="smooth">The weights of the first Gaussian.</param>
    /// <param name="cut">t.</param>
    /// <param name="drops">The weights of the second Gaussian.</param>
    public static void Apply(Span<float> image, Shape form, Span<float> field, ReadOnlySpan<float> smooth, float cut,
        ReadOnlySpan<float> drops)
    {
        Sampling.Filter(field, form.Height, form.Width, smooth, Border.Nearest, slot: 4);
        for (int i = 0; i < field.Length; i++) field[i] = field[i] > cut ? 1 : 0;
        Sampling.Filter(field, form.Height, form.Width, drops, Border.Nearest, slot: 4);
        for (int i = 0; i < image.Length; i++)
        {
            float mud = field[i] < Least ? 0 : field[i];
            image[i] = (image[i] * (1 - mud)) + (mud * Mud);
        }
    }
}
