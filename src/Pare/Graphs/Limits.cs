namespace Pare.Graphs;

/// <summary>How large a network's parts may be, so that no product of sizes overflows. The machine's memory ends sooner.</summary>
internal static class Limits
{
    /// <summary>Channels of a convolution and units of a linear layer.</summary>
    public const int Channels = 65536;

    /// <summary>Rows or columns of a map.</summary>
    public const int Side = 65536;

    /// <summary>Rows or columns of a window, its step, and the padding on a side.</summary>
    public const int Window = 4096;

    /// <summary>Layers of a network.</summary>
    public const int Nodes = 4096;

    /// <summary>Values of one image's map: those of 16 images, which is a tile of the widest vector, can be counted in 31 bits.</summary>
    public const int MapValues = (int.MaxValue / 16) - 1;

    /// <summary>
    /// Values of one parameter, and of all parameters of a network together: their bytes, which are saved and summed up, can be counted in
    /// 31 bits.
    /// </summary>
    public const int ParameterValues = int.MaxValue / sizeof(float);
}
