namespace Pare.Graphs;

/// <summary>How a parameter starts.</summary>
public enum Initialization
{
    /// <summary>All 0.</summary>
    Zero,

    /// <summary>All 1.</summary>
    One,

    /// <summary>Normal with standard deviation sqrt(2 / fan in). He et al. 2015, arXiv 1502.01852.</summary>
    HeNormal,

    /// <summary>Uniform in plus or minus 1 / sqrt(fan in), as PyTorch starts a linear layer.</summary>
    FanInUniform,

    /// <summary>0, which stands for nothing; the first batch of a training gives the value.</summary>
    FirstBatch,
}
