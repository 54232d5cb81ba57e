using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// The input gradient of a strided convolution as plain convolutions of the output gradient. Input pixel i gets
/// sum over u with (i + p - u) divisible by s of w[u] dY[(i + p - u) / s]: pixels with the same (i + p) mod s, a phase, use the same
/// filter taps at neighbouring output pixels. At stride 1 there is one phase with all taps, reversed.
/// </summary>
internal sealed class InputGradientTaps
{
    /// <param name="kernel">Side of the filter.</param>
    /// <param name="stride">Step between windows.</param>
    /// <param name="padding">Zero pixels around the input.</param>
    /// <param name="inputWidth">Columns of the input.</param>
    /// <param name="outputWidth">Columns of the output.</param>
    public InputGradientTaps(int kernel, int stride, int padding, int inputWidth, int outputWidth)
    {
        Reach = (kernel - 1) / stride;
        Left = Math.Max(0, Reach - (padding / stride));
        Width = Left + Math.Max(outputWidth, ((inputWidth - 1 + padding) / stride) + 1);
        Phases = new Phase[checked(stride * stride)];
        for (int row = 0; row < stride; row++)
        {
            for (int column = 0; column < stride; column++)
            {
                int first = (((column - padding) % stride) + stride) % stride;
                int pixels = first < inputWidth ? ((inputWidth - 1 - first) / stride) + 1 : 0;
                var taps = new List<int>();
                var offsets = new List<int>();
                for (int u = row; u < kernel; u += stride)
                {
                    for (int v = column; v < kernel; v += stride)
                    {
                        taps.Add((u * kernel) + v);
                        offsets.Add(checked((((Reach - (u / stride)) * Width) + Reach - (v / stride)) * Simd.Lanes));
                    }
                }

                int start = (((first + padding) / stride) - Reach + Left) * Simd.Lanes;
                Phases[(row * stride) + column] = new Phase(first, pixels, start, [.. taps], [.. offsets]);
            }
        }
    }

    /// <summary>
    /// The stride of windows over a map, or the shortest one with which no second window fits either, so that there are no more phases than
    /// pixels.
    /// </summary>
    public static int StrideWithin(Shape map, int kernel, int stride, int padding) =>
        (int)Math.Min(stride, Math.Max(1, Math.Max(map.Height, map.Width) + (2L * padding) - kernel + 1));

    /// <summary>Rows above, and columns left of, an output pixel that an input pixel of its phase reads.</summary>
    public int Reach { get; }

    /// <summary>Zero columns before the output gradient in the buffer that is read.</summary>
    public int Left { get; }

    /// <summary>Columns of that buffer.</summary>
    public int Width { get; }

    /// <summary>By (row + padding) mod stride, then by column.</summary>
    public Phase[] Phases { get; }

    /// <summary>The input pixels of one phase in a row.</summary>
    /// <param name="First">The first of them.</param>
    /// <param name="Pixels">How many there are, a stride apart.</param>
    /// <param name="Start">Where the first one's window starts in a row of the buffer, in floats.</param>
    /// <param name="Taps">The places of the filter that are used, row-major.</param>
    /// <param name="Offsets">Where each reads, in floats from the window's start.</param>
    internal sealed record Phase(int First, int Pixels, int Start, int[] Taps, int[] Offsets);
}
