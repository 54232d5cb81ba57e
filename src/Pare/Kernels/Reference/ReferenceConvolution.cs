namespace Pare.Kernels.Reference;

/// <summary>
/// Convolution as the textbook has it, without vectors or tiles: slow, and what the fast kernels are measured by.
/// y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c,i s + u - p, j s + v - p], x being 0 outside the map.
/// </summary>
/// <remarks>
/// x, dX: [image][input channel][row][column]; y, dY: [image][output channel][row][column];
/// w, dW: [output channel][input channel of the group][row][column]; b, dB: [output channel].
/// Sums run in double precision. Gradients overwrite what the buffers held.
/// </remarks>
internal static class ReferenceConvolution
{
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> b, Span<float> y, ReferenceWindows windows)
    {
        int inputs = windows.Inputs / windows.Groups, outputs = windows.Outputs / windows.Groups;
        foreach ((int n, int o, int i, int j) in windows.All())
        {
            int firstInput = o / outputs * inputs;
            double sum = b.IsEmpty ? 0 : b[o];
            foreach ((int u, int v, int row, int column) in windows.Touched(i, j))
            {
                for (int c = 0; c < inputs; c++)
                    sum += (double)w[windows.Weight(o, c, u, v)] * x[windows.Input(n, firstInput + c, row, column)];
            }

            y[windows.Output(n, o, i, j)] = (float)sum;
        }
    }

    /// <summary>
    /// dX[n,c,i s + u - p, j s + v - p] += w[o,c,u,v] dY[n,o,i,j], and dW and dB likewise: each product of the forward pass once more.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> dY, Span<float> dX, Span<float> dW,
        Span<float> dB, ReferenceWindows windows)
    {
        int inputs = windows.Inputs / windows.Groups, outputs = windows.Outputs / windows.Groups;
        double[] toX = new double[dX.Length], toW = new double[dW.Length], toB = new double[dB.Length];
        foreach ((int n, int o, int i, int j) in windows.All())
        {
            int firstInput = o / outputs * inputs;
            double g = dY[windows.Output(n, o, i, j)];
            toB[o] += g;
            foreach ((int u, int v, int row, int column) in windows.Touched(i, j))
            {
                for (int c = 0; c < inputs; c++)
                {
                    toX[windows.Input(n, firstInput + c, row, column)] += g * w[windows.Weight(o, c, u, v)];
                    toW[windows.Weight(o, c, u, v)] += g * x[windows.Input(n, firstInput + c, row, column)];
                }
            }
        }

        for (int i = 0; i < dX.Length; i++) dX[i] = (float)toX[i];
        for (int i = 0; i < dW.Length; i++) dW[i] = (float)toW[i];
        for (int i = 0; i < dB.Length; i++) dB[i] = (float)toB[i];
    }
}
