using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// The edges of a picture and nothing else: smoothed by a Gaussian of deviation 1 (black outside, divided by the weight that lies inside),
/// differences by Sobel's filters, thinned to where the slope is largest along its own direction, bilinear between pixels, and kept where
/// it is 0.2 or more, or 0.1 or more and joined to such. The outermost pixels are none. Canny 1986, "A Computational Approach to Edge
/// Detection"; as a corruption of digits Mu and Gilmer 2019, arXiv 1906.02337.
/// </summary>
internal static class CannyEdges
{
    private const float Low = 0.1f, High = 0.2f;

    private static readonly float[] s_weights = Sampling.GaussianWeights(1, 4);

    /// <summary>Puts the edges, 1 on 0, in a picture's place.</summary>
    /// <param name="image">Values from 0 to 1, one plane, changed in place.</param>
    /// <param name="form">Its shape.</param>
    public static void Apply(Span<float> image, Shape form)
    {
        (int height, int width) = (form.Height, form.Width);
        Span<float> inside = Pixels.Spare(1, image.Length), slopes = Pixels.Spare(2, image.Length);
        inside.Fill(1);
        Sampling.Filter(image, height, width, s_weights, Border.Black, slot: 4);
        Sampling.Filter(inside, height, width, s_weights, Border.Black, slot: 4);
        for (int i = 0; i < image.Length; i++) image[i] /= inside[i] + float.Epsilon;
        Span<float> smooth = image, down = Pixels.Spare(3, image.Length), right = inside;
        for (int row = 0, at = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++, at++)
            {
                int above = Math.Max(0, row - 1) * width, below = Math.Min(height - 1, row + 1) * width, here = row * width;
                int left = Math.Max(0, column - 1), beside = Math.Min(width - 1, column + 1);
                down[at] = smooth[below + left] - smooth[above + left] + (2 * (smooth[below + column] - smooth[above + column]))
                    + smooth[below + beside] - smooth[above + beside];
                right[at] = smooth[above + beside] - smooth[above + left] + (2 * (smooth[here + beside] - smooth[here + left]))
                    + smooth[below + beside] - smooth[below + left];
                slopes[at] = MathF.Sqrt((down[at] * down[at]) + (right[at] * right[at]));
            }
        }

        image.Clear();
        var open = new Stack<int>();
        for (int row = 1; row < height - 1; row++)
        {
            for (int column = 1; column < width - 1; column++)
            {
                int at = (row * width) + column;
                if (slopes[at] < Low || !IsCrest(slopes, at, width, down[at], right[at])) continue;
                image[at] = Low;
                if (slopes[at] >= High) open.Push(at);
            }
        }

        while (open.TryPop(out int at))
        {
            if (image[at] == 1) continue;
            image[at] = 1;
            for (int i = -1; i <= 1; i++)
            {
                for (int j = -1; j <= 1; j++)
                {
                    int next = at + (i * width) + j;
                    if (image[next] == Low) open.Push(next);
                }
            }
        }

        for (int i = 0; i < image.Length; i++) image[i] = image[i] == 1 ? 1 : 0;
    }

    // No smaller than the slope a step on and a step back in its direction, each between two of the eight pixels around.
    private static bool IsCrest(ReadOnlySpan<float> slopes, int at, int width, float down, float right)
    {
        float vertical = Math.Abs(down), horizontal = Math.Abs(right);
        if (vertical == 0 && horizontal == 0) return false;
        int rows = down >= 0 ? width : -width, columns = right >= 0 ? 1 : -1;
        (int straight, float share) = vertical >= horizontal ? (rows, horizontal / vertical) : (columns, vertical / horizontal);
        float on = (share * slopes[at + rows + columns]) + ((1 - share) * slopes[at + straight]);
        float back = (share * slopes[at - rows - columns]) + ((1 - share) * slopes[at - straight]);
        return on <= slopes[at] && back <= slopes[at];
    }
}
