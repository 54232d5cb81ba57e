namespace Pare.Kernels.Reference;

/// <summary>
/// Blur pooling as the textbook has it: slow, and what the fast kernels are measured by. The padding of the windows is 0: the border
/// is mirrored, (kernel - 1) / 2 pixels before and kernel / 2 after, so the output has ceil(side / stride) pixels a side.
/// </summary>
/// <remarks>x, dX: [image][channel][row][column]; y, dY: the same of the output. Gradients overwrite what the buffers held.</remarks>
internal static class ReferenceBlur
{
    /// <summary>Pixels of the output along a side.</summary>
    public static int OutputSide(int side, int stride) => (side + stride - 1) / stride;

    /// <summary>y = the binomial mean of the window.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, ReferenceWindows windows)
    {
        int at = 0;
        foreach ((int plane, int i, int j) in All(windows))
        {
            double sum = 0;
            foreach ((double weight, int row, int column) in Touched(i, j, windows)) sum += weight * x[Pixel(plane, row, column, windows)];
            y[at++] = (float)sum;
        }
    }

    /// <summary>Each pixel takes dY times its weight, as often as the window shows it.</summary>
    public static void Backward(ReadOnlySpan<float> dY, Span<float> dX, ReferenceWindows windows)
    {
        dX.Clear();
        int at = 0;
        foreach ((int plane, int i, int j) in All(windows))
        {
            foreach ((double weight, int row, int column) in Touched(i, j, windows))
                dX[Pixel(plane, row, column, windows)] += (float)(weight * dY[at]);
            at++;
        }
    }

    private static IEnumerable<(int Plane, int I, int J)> All(ReferenceWindows windows) =>
        from plane in Enumerable.Range(0, windows.Images * windows.Inputs)
        from i in Enumerable.Range(0, OutputSide(windows.Height, windows.Stride))
        from j in Enumerable.Range(0, OutputSide(windows.Width, windows.Stride))
        select (plane, i, j);

    private static IEnumerable<(double Weight, int Row, int Column)> Touched(int i, int j, ReferenceWindows windows) =>
        from u in Enumerable.Range(0, windows.Kernel)
        from v in Enumerable.Range(0, windows.Kernel)
        let before = (windows.Kernel - 1) / 2
        select (
            Binomial(windows.Kernel - 1, u) * Binomial(windows.Kernel - 1, v) / Math.Pow(4, windows.Kernel - 1),
            Mirrored((i * windows.Stride) + u - before, windows.Height),
            Mirrored((j * windows.Stride) + v - before, windows.Width));

    private static int Pixel(int plane, int row, int column, ReferenceWindows windows) =>
        (((plane * windows.Height) + row) * windows.Width) + column;

    private static int Mirrored(int place, int side) => place < 0 ? -place : place >= side ? (2 * (side - 1)) - place : place;

    private static double Binomial(int n, int k) => k == 0 ? 1 : Binomial(n, k - 1) * (n - k + 1) / k;
}
