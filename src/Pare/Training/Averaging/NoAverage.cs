using Pare.Graphs;

namespace Pare.Training.Averaging;

/// <summary>Takes no average: it stands for the weights as they are.</summary>
/// <param name="network">What is trained.</param>
internal sealed class NoAverage(Network network) : WeightAverage(network)
{
    /// <summary>Nothing: the network's own values are kept with the network.</summary>
    public override void Exchange(StateExchange state)
    {
    }
}
