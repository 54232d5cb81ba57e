using Pare.Graphs;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>Applies an optimizer to all weights of a network: to those that decay, and to norms and biases.</summary>
internal sealed class ParameterUpdate(Network network, Optimizer optimizer) : IStateful
{
    private readonly float[] _decayingState = new float[optimizer.StateCount * network.DecayingCount];
    private readonly float[] _otherState = new float[optimizer.StateCount * (network.Weights.Length - network.DecayingCount)];

    /// <summary>Moves all weights by one step.</summary>
    /// <param name="gradients">Laid out like <see cref="Network.Weights"/>.</param>
    /// <param name="index">The step, from 0.</param>
    /// <param name="rates">What the schedule asks of it.</param>
    /// <param name="epoch">The epoch of the step, from 1.</param>
    public void Step(ReadOnlySpan<float> gradients, long index, in Rates rates, int epoch)
    {
        int decaying = network.DecayingCount;
        var step = new OptimizerStep(index, rates.LearningRate, rates.Momentum, optimizer.DecayOf(ParameterRole.Weight)) { Epoch = epoch };
        optimizer.Update(network.Weights.AsSpan(0, decaying), gradients[..decaying], _decayingState, step);
        optimizer.Update(network.Weights.AsSpan(decaying), gradients[decaying..], _otherState,
            step with { WeightDecay = optimizer.DecayOf(ParameterRole.NormOrBias) });
    }

    /// <inheritdoc/>
    public void Exchange(StateExchange state)
    {
        if (optimizer.StateCount == 0) return;
        state.Array("decaying", _decayingState);
        state.Array("other", _otherState);
    }
}
