namespace Pare.Graphs.Lowering;

/// <summary>The kinds of <see cref="PointActivation"/>.</summary>
internal enum PointFunction
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, A), B).</summary>
    Clip,

    /// <summary>x where x is 0 or more, A x below.</summary>
    LeakyRelu,

    /// <summary>x where x is 0 or more, A (exp(x) - 1) below.</summary>
    Elu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>clip(x / 6 + 1/2, 0, 1).</summary>
    HardSigmoid,

    /// <summary>x sigmoid(x).</summary>
    Silu,

    /// <summary>x hard_sigmoid(x).</summary>
    HardSwish,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>
    /// The nearest of the 256 values A (q - B), q from -128 to 127, the one with the even q + B of two: what 8-bit integers make of x. A is
    /// above 0, B one of the integers.
    /// </summary>
    FakeQuantize,
}
