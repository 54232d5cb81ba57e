namespace Pare.Quantization;

/// <summary>How the range of a map is taken from the values that it had on images: what lies outside is cut.</summary>
public enum RangeMethod
{
    /// <summary>From the lowest value to the highest: nothing is cut.</summary>
    MinMax,

    /// <summary>The lowest and the highest 0.01 % of the values are cut (Wu et al., arXiv 2004.09602, section 5.1).</summary>
    Percentile,

    /// <summary>Rounding and cutting together lose the least, as a mean squared error (Banner et al., arXiv 1810.05723).</summary>
    MeanSquaredError,

    /// <summary>
    /// The Kullback-Leibler divergence of the values' distribution from that of their 8-bit integers is the least (Migacz, "8-bit inference
    /// with TensorRT", GTC 2017).
    /// </summary>
    Entropy,
}
