namespace Pare.Execution;

/// <summary>The floats that a plan takes, counted before it is made.</summary>
/// <param name="Maps">Feature maps with their gradients, and what threads compute in: these grow with the batch.</param>
/// <param name="WeightGradients">One for every tile of the batch, and their sum.</param>
/// <param name="Packed">Weights in the order in which kernels read them, and what norms keep.</param>
internal readonly record struct PlanSize(long Maps, long WeightGradients, long Packed)
{
    public long Floats => Maps + WeightGradients + Packed;
}
