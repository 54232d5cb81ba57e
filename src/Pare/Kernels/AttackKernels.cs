using System.Numerics;
using System.Runtime.InteropServices;

namespace Pare.Kernels;

/// <summary>What an attack does to pixels, in place, with vectors of any width; each operation is rounded as the scalar one is.</summary>
internal static class AttackKernels
{
    /// <summary>
    /// x' = min(max(x' + step sign(dX), x - reach), x + reach), and within 0 to 1: a step up the loss that stays in the cube around the
    /// picture. A gradient of 0 or NaN moves nothing.
    /// </summary>
    /// <param name="original">x.</param>
    /// <param name="gradient">dX.</param>
    /// <param name="step">The length of the step in each pixel, 0 or more.</param>
    /// <param name="reach">How far a pixel may go, 0 or more.</param>
    /// <param name="moved">x'.</param>
    public static void Step(ReadOnlySpan<float> original, ReadOnlySpan<float> gradient, float step, float reach, Span<float> moved)
    {
        original = original[..moved.Length];
        gradient = gradient[..moved.Length];
        int i = 0, width = Vector<float>.Count;
        for (; i <= moved.Length - width; i += width)
        {
            var x = new Vector<float>(original[i..]);
            var slope = new Vector<float>(gradient[i..]);
            Vector<float> move = Vector.ConditionalSelect(Vector.GreaterThan(slope, Vector<float>.Zero), new Vector<float>(step),
                Vector.ConditionalSelect(Vector.LessThan(slope, Vector<float>.Zero), new Vector<float>(-step), Vector<float>.Zero));
            Vector<float> to = new Vector<float>(moved[i..]) + move, least = Vector.Max(x - new Vector<float>(reach), Vector<float>.Zero);
            Vector.Max(Vector.Min(to, Vector.Min(x + new Vector<float>(reach), Vector<float>.One)), least).CopyTo(moved[i..]);
        }

        for (; i < moved.Length; i++)
        {
            float x = original[i], move = gradient[i] > 0 ? step : gradient[i] < 0 ? -step : 0;
            moved[i] = Math.Max(Math.Min(moved[i] + move, Math.Min(x + reach, 1f)), Math.Max(x - reach, 0f));
        }
    }

    /// <summary>z = (x - mean) / deviation of one channel: as bytes are shifted and scaled for a network.</summary>
    public static void Normalize(ReadOnlySpan<float> pixels, float mean, float deviation, Span<float> values)
    {
        pixels = pixels[..values.Length];
        int i = 0, width = Vector<float>.Count;
        for (; i <= values.Length - width; i += width)
            ((new Vector<float>(pixels[i..]) - new Vector<float>(mean)) / new Vector<float>(deviation)).CopyTo(values[i..]);
        for (; i < values.Length; i++) values[i] = (pixels[i] - mean) / deviation;
    }

    /// <summary>
    /// The gradient of the cross entropy with respect to the logits, softmax(z) - y, of each image a lane, divided by 1 - p of its true
    /// class: an attack looks at signs alone, and the error of a network that is very sure would vanish on its way through single
    /// precision.
    /// </summary>
    /// <param name="logits"><c>[class][lane]</c>, of two classes or more.</param>
    /// <param name="labels">The true class of each image.</param>
    /// <param name="dLogits"><c>[class][lane]</c>; 0 in lanes without an image.</param>
    public static void LossDirection(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, Span<float> dLogits)
    {
        int lanes = Simd.Lanes, classes = logits.Length / lanes;
        dLogits.Clear();
        for (int lane = 0; lane < labels.Length; lane++)
        {
            float largest = float.NegativeInfinity;
            for (int k = 0; k < classes; k++)
            {
                if (k != labels[lane]) largest = Math.Max(largest, logits[(k * lanes) + lane]);
            }

            // p / (1 - p of the true class) is a softmax over the other classes.
            double sum = 0;
            for (int k = 0; k < classes; k++)
            {
                if (k != labels[lane]) sum += Math.Exp((double)logits[(k * lanes) + lane] - largest);
            }

            for (int k = 0; k < classes; k++)
                dLogits[(k * lanes) + lane] = k == labels[lane] ? -1f
                    : (float)(Math.Exp((double)logits[(k * lanes) + lane] - largest) / sum);
        }
    }
}
