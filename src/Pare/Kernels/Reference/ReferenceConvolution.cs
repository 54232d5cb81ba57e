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
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> b, Span<float> y, in ReferenceWindows windows)
    {
        int inputs = windows.Inputs / windows.Groups, outputs = windows.Outputs / windows.Groups;
        for (int n = 0; n < windows.Images; n++)
        for (int o = 0; o < windows.Outputs; o++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
        {
            double sum = b.IsEmpty ? 0 : b[o];
            for (int c = 0; c < inputs; c++)
            for (int u = 0; u < windows.Kernel; u++)
            for (int v = 0; v < windows.Kernel; v++)
            {
                int row = windows.Touches(i, u), column = windows.Touches(j, v), channel = (o / outputs * inputs) + c;
                if (windows.Inside(row, column)) sum += (double)w[windows.Weight(o, c, u, v)] * x[windows.Input(n, channel, row, column)];
            }

            y[windows.Output(n, o, i, j)] = (float)sum;
        }
    }

    /// <summary>dX[n,c,i s + u - p, j s + v - p] += w[o,c,u,v] dY[n,o,i,j], and dW and dB likewise: each product of the forward pass once more.</summary>
    public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> dY, Span<float> dX, Span<float> dW, Span<float> dB, in ReferenceWindows windows)
    {
        int inputs = windows.Inputs / windows.Groups, outputs = windows.Outputs / windows.Groups;
        double[] toX = new double[dX.Length], toW = new double[dW.Length], toB = new double[windows.Outputs];
        for (int n = 0; n < windows.Images; n++)
        for (int o = 0; o < windows.Outputs; o++)
        for (int i = 0; i < windows.OutputHeight; i++)
        for (int j = 0; j < windows.OutputWidth; j++)
        {
            double g = dY[windows.Output(n, o, i, j)];
            toB[o] += g;
            for (int c = 0; c < inputs; c++)
            for (int u = 0; u < windows.Kernel; u++)
            for (int v = 0; v < windows.Kernel; v++)
            {
                int row = windows.Touches(i, u), column = windows.Touches(j, v), channel = (o / outputs * inputs) + c;
                if (!windows.Inside(row, column)) continue;
                toX[windows.Input(n, channel, row, column)] += g * w[windows.Weight(o, c, u, v)];
                toW[windows.Weight(o, c, u, v)] += g * x[windows.Input(n, channel, row, column)];
            }
        }

        for (int i = 0; i < dX.Length; i++) dX[i] = (float)toX[i];
        for (int i = 0; i < dW.Length; i++) dW[i] = (float)toW[i];
        for (int i = 0; i < dB.Length; i++) dB[i] = (float)toB[i];
    }
}
