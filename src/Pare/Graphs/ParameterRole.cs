namespace Pare.Graphs;

/// <summary>What a parameter is, which decides whether it is trained and whether weight decay acts on it.</summary>
public enum ParameterRole
{
    /// <summary>Weight of a convolution or linear layer.</summary>
    Weight,

    /// <summary>Bias, or scale or shift of a norm: by default without weight decay.</summary>
    NormOrBias,

    /// <summary>Running statistic of a norm, or range of a map: kept with the weights, not trained.</summary>
    Statistic,
}
