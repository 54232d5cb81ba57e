using System.Numerics.Tensors;
using Pare;
using Pare.Graphs;
using Pare.Training;

namespace OwnTechnique;

/// <summary>
/// Keeps slow weights that go a part of the way to the fast ones every few steps, and sets these back to them. Zhang et al. 2019, arXiv
/// 1907.08610. The slow weights are what it remembers: a training that is interrupted goes on with them.
/// </summary>
public sealed record Lookahead : WeightTechnique
{
    /// <summary>Steps of the optimizer from one slow step to the next, 1 or more.</summary>
    public int Every { get; init; } = 5;

    /// <summary>The part of the way, above 0 up to 1.</summary>
    public float Share { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Key => "lookahead";

    /// <inheritdoc/>
    public override int WeightCopies => 1;

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (Every < 1) throw new ArgumentException($"every is {Every}; it must be 1 or more.");
        if (!(Share is > 0 and <= 1)) throw new ArgumentException($"share is {Share}; it must be above 0 and at most 1.");
    }

    /// <inheritdoc/>
    public override IWeightRule Begin(Network network) => new Rule(this, network);

    private sealed class Rule(Lookahead settings, Network network) : IWeightRule, IStateful
    {
        private readonly float[] _slow = [.. network.Weights];

        public void AfterStep(StepFacts step)
        {
            if ((step.Step + 1) % settings.Every != 0) return;
            TensorPrimitives.Lerp(_slow, network.Weights, settings.Share, _slow);
            _slow.CopyTo(network.Weights, 0);
        }

        public void Exchange(StateExchange state) => state.Array("slow", _slow);
    }
}
