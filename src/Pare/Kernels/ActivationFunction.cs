namespace Pare.Kernels;

/// <summary>An elementwise function that stands between a feature map and its readers.</summary>
public enum ActivationFunction
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>max(x, 0); gradient 0 at 0.</summary>
    Relu,

    /// <summary>min(max(x, 0), 6); gradient 0 at 0 and 6. Howard et al. 2017, arXiv 1704.04861.</summary>
    Relu6,

    /// <summary>x hard_sigmoid(x). Howard et al. 2019, arXiv 1905.02244.</summary>
    HardSwish,

    /// <summary>x sigmoid(x), also called swish. Elfwing et al. 2017, arXiv 1702.03118.</summary>
    Silu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>clip(x / 6 + 1/2, 0, 1); gradient 0 at -3 and 3. Howard et al. 2019, arXiv 1905.02244.</summary>
    HardSigmoid,
}
