namespace Pare.Kernels.Reference;

/// <summary>
/// Pooling as the textbook has it: slow, and what the fast kernels are measured by. Of the windows, inputs and outputs
/// have the same channels.
/// </summary>
/// <remarks>x, dX: [image][channel][row][column]; y, dY: the same of the output. Gradients overwrite what the buffers held.</remarks>
internal static class ReferencePooling
{
    /// <summary>y = the largest value of the window, NaN if one is; padding never wins.</summary>
    public static void Max(ReadOnlySpan<float> x, Span<float> y, ReferenceWindows windows)
    {
        foreach ((int n, int c, int i, int j) in windows.All())
            y[windows.Output(n, c, i, j)] = x[Winner(x, n, c, i, j, windows)];
    }

    /// <summary>The first of the largest values, row by row, takes the gradient.</summary>
    public static void MaxBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dY, Span<float> dX, ReferenceWindows windows)
    {
        dX.Clear();
        foreach ((int n, int c, int i, int j) in windows.All())
            dX[Winner(x, n, c, i, j, windows)] += dY[windows.Output(n, c, i, j)];
    }

    /// <summary>y = sum of the window / pixels that count: all of it, or those inside the map.</summary>
    public static void Average(ReadOnlySpan<float> x, Span<float> y, ReferenceWindows windows, bool countPadding)
    {
        foreach ((int n, int c, int i, int j) in windows.All())
        {
            double sum = 0;
            foreach ((_, _, int row, int column) in windows.Touched(i, j)) sum += x[windows.Input(n, c, row, column)];
            y[windows.Output(n, c, i, j)] = (float)(sum / Count(i, j, windows, countPadding));
        }
    }

    /// <summary>Each pixel that the window touches takes dY / pixels that count.</summary>
    public static void AverageBackward(ReadOnlySpan<float> dY, Span<float> dX, ReferenceWindows windows, bool countPadding)
    {
        dX.Clear();
        foreach ((int n, int c, int i, int j) in windows.All())
        {
            float share = dY[windows.Output(n, c, i, j)] / Count(i, j, windows, countPadding);
            foreach ((_, _, int row, int column) in windows.Touched(i, j)) dX[windows.Input(n, c, row, column)] += share;
        }
    }

    private static int Winner(ReadOnlySpan<float> x, int n, int c, int i, int j, ReferenceWindows windows)
    {
        int best = -1;
        foreach ((_, _, int row, int column) in windows.Touched(i, j))
        {
            int at = windows.Input(n, c, row, column);
            if (best < 0 || x[at] > x[best] || (float.IsNaN(x[at]) && !float.IsNaN(x[best]))) best = at;
        }

        return best;
    }

    private static int Count(int i, int j, ReferenceWindows windows, bool countPadding) =>
        countPadding ? windows.Kernel * windows.Kernel : windows.Touched(i, j).Count();
}
