namespace Pare.Robustness.Corruptions;

/// <summary>
/// A landscape by the diamond-square algorithm (Fournier, Fussell, Carpenter 1982), which goes on at its other side: from one point on,
/// the middle of every square, then of every diamond, is the mean of its corners and a draw, which is weaker at each finer step.
/// </summary>
internal static class Plasma
{
    private const double First = 100;

    /// <summary>Makes one, its heights from 0 to 1.</summary>
    /// <param name="side">Rows and columns, a power of two.</param>
    /// <param name="decay">By how much each finer step is weaker.</param>
    /// <param name="random">Draws one number from -1 to 1 a point: of each step first the squares' middles, then those of the diamonds
    /// above and below, then of those beside, each row by row.</param>
    public static double[] Make(int side, double decay, ref SeededRandom random)
    {
        double[] heights = new double[side * side];
        double strength = First;
        for (int step = side; step >= 2; step /= 2, strength /= decay)
        {
            int half = step / 2;
            for (int row = half; row < side; row += step)
                for (int column = half; column < side; column += step)
                    Set(row, column, At(row - half, column - half) + At(row - half, column + half) + At(row + half, column - half)
                        + At(row + half, column + half), ref random);
            for (int row = 0; row < side; row += step)
                for (int column = half; column < side; column += step) Diamond(row, column, half, ref random);
            for (int row = half; row < side; row += step)
                for (int column = 0; column < side; column += step) Diamond(row, column, half, ref random);
        }

        double least = heights.Min(), most = heights.Max();
        for (int i = 0; i < heights.Length; i++) heights[i] = (heights[i] - least) / (most - least);
        return heights;

        double At(int row, int column) => heights[(((row + side) % side) * side) + ((column + side) % side)];

        void Diamond(int row, int column, int half, ref SeededRandom random) =>
            Set(row, column, At(row - half, column) + At(row + half, column) + At(row, column - half) + At(row, column + half), ref random);

        void Set(int row, int column, double corners, ref SeededRandom random) =>
            heights[(row * side) + column] = (corners / 4) + (strength * strength * ((2 * random.NextDouble()) - 1));
    }

    /// <summary>The first rows and columns of one.</summary>
    public static float[] Corner(double[] heights, int side, int height, int width) =>
        [.. Enumerable.Range(0, height * width).Select(i => (float)heights[(i / width * side) + (i % width)])];
}
