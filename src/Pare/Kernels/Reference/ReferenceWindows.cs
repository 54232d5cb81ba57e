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
internal readonly record struct ReferenceWindows(int Images, int Inputs, int Height, int Width, int Outputs, int Kernel, int Stride, int Padding, int Groups = 1)
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

    /// <summary>The input row or column that a window touches at one place of its side.</summary>
    public int Touches(int output, int place) => (output * Stride) + place - Padding;

    public bool Inside(int row, int column) => row >= 0 && row < Height && column >= 0 && column < Width;
}
