namespace Pare.Kernels.Reference;

/// <summary>Square windows that slide over a batch of maps.</summary>
/// <param name="Images">Images of the batch.</param>
/// <param name="Inputs">Channels of the input.</param>
/// <param name="Height">Rows of the input.</param>
/// <param name="Width">Columns of the input.</param>
/// <param name="Outputs">Channels of the output.</param>
/// <param name="Kernel">Side of the window.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Pixels around the input.</param>
/// <param name="Groups">An output channel sees the input channels of its group only.</param>
internal readonly record struct ReferenceWindows(int Images, int Inputs, int Height, int Width, int Outputs, int Kernel, int Stride,
    int Padding, int Groups = 1)
{
    public int OutputHeight => ((Height + (2 * Padding) - Kernel) / Stride) + 1;

    public int OutputWidth => ((Width + (2 * Padding) - Kernel) / Stride) + 1;

    public int InputLength => Images * Inputs * Height * Width;

    public int OutputLength => Images * Outputs * OutputHeight * OutputWidth;

    public int WeightLength => Outputs * (Inputs / Groups) * Kernel * Kernel;

    /// <summary>Place of a value in <c>[image][input channel][row][column]</c>.</summary>
    public int Input(int n, int c, int row, int column) => (((((n * Inputs) + c) * Height) + row) * Width) + column;

    /// <summary>Place of a value in <c>[image][output channel][row][column]</c>.</summary>
    public int Output(int n, int o, int row, int column) => (((((n * Outputs) + o) * OutputHeight) + row) * OutputWidth) + column;

    /// <summary>Place of a weight in <c>[output channel][input channel of the group][row][column]</c>.</summary>
    public int Weight(int o, int c, int u, int v) => (((((o * (Inputs / Groups)) + c) * Kernel) + u) * Kernel) + v;

    /// <summary>All windows: image, output channel, output row and output column.</summary>
    public IEnumerable<(int N, int O, int I, int J)> All()
    {
        for (int n = 0; n < Images; n++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                for (int i = 0; i < OutputHeight; i++)
                {
                    for (int j = 0; j < OutputWidth; j++) yield return (n, o, i, j);
                }
            }
        }
    }

    /// <summary>What a window touches inside the map, row by row: the place (u, v) in the window, and the input's row and column.</summary>
    public IEnumerable<(int U, int V, int Row, int Column)> Touched(int i, int j)
    {
        for (int u = 0; u < Kernel; u++)
        {
            for (int v = 0; v < Kernel; v++)
            {
                int row = (i * Stride) + u - Padding, column = (j * Stride) + v - Padding;
                if (row >= 0 && row < Height && column >= 0 && column < Width) yield return (u, v, row, column);
            }
        }
    }
}
