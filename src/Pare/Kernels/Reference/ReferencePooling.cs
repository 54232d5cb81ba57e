namespace Pare.Kernels.Reference;

/// <summary>
/// Pooling as the textbook has it: slow, and what the fast kernels are measured by. Of the windows, inputs and outputs
/// have the same channels.
/// </summary>
/// <remarks>x, dX: [image][channel][row][column]; y, dY: the same of the output. Gradients overwrite what the buffers held.</remarks>
internal static class ReferencePooling
{
    /// <summary>y = the largest value of the window; padding never wins.</summary>
    public static void Max(ReadOnlySpan<float> x, Span<float> y, in ReferenceWindows windows)
    {
        for (int n = 0; n < windows.Images; n++)
        for (int c = 0; c < windows.Inputs; c++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
            y[windows.Output(n, c, i, j)] = x[Winner(x, n, c, i, j, windows)];
    }

    /// <summary>The first of the largest values, row by row, takes the gradient.</summary>
    public static void MaxBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dY, Span<float> dX, in ReferenceWindows windows)
    {
        dX.Clear();
        for (int n = 0; n < windows.Images; n++)
        for (int c = 0; c < windows.Inputs; c++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
            dX[Winner(x, n, c, i, j, windows)] += dY[windows.Output(n, c, i, j)];
    }

    /// <summary>y = sum of the window / pixels that count: all of it, or those inside the map.</summary>
    public static void Average(ReadOnlySpan<float> x, Span<float> y, in ReferenceWindows windows, bool countPadding)
    {
        for (int n = 0; n < windows.Images; n++)
        for (int c = 0; c < windows.Inputs; c++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
        {
            double sum = 0;
            for (int u = 0; u < windows.Kernel; u++)
            for (int v = 0; v < windows.Kernel; v++)
            {
                int row = windows.Touches(i, u), column = windows.Touches(j, v);
                if (windows.Inside(row, column)) sum += x[windows.Input(n, c, row, column)];
            }

            y[windows.Output(n, c, i, j)] = (float)(sum / Count(i, j, windows, countPadding));
        }
    }

    /// <summary>Each pixel that the window touches takes dY / pixels that count.</summary>
    public static void AverageBackward(ReadOnlySpan<float> dY, Span<float> dX, in ReferenceWindows windows, bool countPadding)
    {
        dX.Clear();
        for (int n = 0; n < windows.Images; n++)
        for (int c = 0; c < windows.Inputs; c++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
        for (int u = 0; u < windows.Kernel; u++)
        for (int v = 0; v < windows.Kernel; v++)
        {
            int row = windows.Touches(i, u), column = windows.Touches(j, v);
            if (windows.Inside(row, column)) dX[windows.Input(n, c, row, column)] += dY[windows.Output(n, c, i, j)] / Count(i, j, windows, countPadding);
        }
    }

    private static int Winner(ReadOnlySpan<float> x, int n, int c, int i, int j, in ReferenceWindows windows)
    {
        int best = -1;
        for (int u = 0; u < windows.Kernel; u++)
        for (int v = 0; v < windows.Kernel; v++)
        {
            int row = windows.Touches(i, u), column = windows.Touches(j, v);
            if (!windows.Inside(row, column)) continue;
            int at = windows.Input(n, c, row, column);
            if (best < 0 || x[at] > x[best]) best = at;
        }

        return best;
    }

    private static int Count(int i, int j, in ReferenceWindows windows, bool countPadding)
    {
        int count = 0;
        for (int u = 0; u < windows.Kernel; u++)
        for (int v = 0; v < windows.Kernel; v++)
        {
            if (countPadding || windows.Inside(windows.Touches(i, u), windows.Touches(j, v))) count++;
        }

        return count;
    }
}
