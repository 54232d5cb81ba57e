using System.Runtime.InteropServices;
using Pare.Data;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Optimizers;

namespace Pare.Tests.Support;

/// <summary>Interrupts a small training at its steps and compares what the resumed ones end with.</summary>
internal static class Resumed
{
    public static readonly Dataset Data = Glyphs.Create(train: 200, test: 40);

    /// <summary>Three epochs of five steps on 90 % of the images.</summary>
    public static readonly TrainingOptions Options =
        new() { Epochs = 3, BatchSize = 32, Threads = 1, DataWorkers = 0, ValidationFraction = 0.1f };

    /// <summary>With all that is drawn in a step, and with what moves in one.</summary>
    public static Network Network(int seed = 1) => GraphBuilder.Input(1, 28, 28).Conv(5, stride: 3).BatchNorm().Relu().Dropout(0.2f)
        .InvertedResidual(5, expansion: 2, stochasticDepth: 0.3f)
        .DepthwiseSeparable(6, stride: 2).GlobalAveragePool().Linear(10).Build(seed);

    /// <summary>
    /// A training is kept after every step, before and after what follows an epoch. From each kept state another training goes on, which
    /// must end with the same bytes.
    /// </summary>
    /// <param name="options">Of the first training.</param>
    /// <param name="later">Of those that go on; null for the same.</param>
    /// <param name="every">Goes on from every so many of the states, the first and the last included.</param>
    /// <param name="make">The network from a seed; null for <see cref="Network"/>.</param>
    public static void EndsAlike(TrainingOptions options, TrainingOptions? later = null, int every = 4, Func<int, Network>? make = null)
    {
        make ??= Network;
        var keeper = new Keeper();
        Network network = make(1);
        using var session = new TrainingSession(network, Data, options, callbacks: [keeper]);
        string whole = Bytes(network, session.Run());
        List<TrainingState> states = keeper.States;
        for (int i = 0; i < states.Count; i += i == states.Count - 1 ? 1 : Math.Min(every, states.Count - 1 - i))
        {
            // Other first weights: whatever is not restored shows.
            Network other = make(2);
            using var rest = new TrainingSession(other, Data, later ?? options, states[i]);
            TrainingResult result = rest.Run();
            Assert.Equal(whole, Bytes(other, result));
            Assert.True(result.Seconds >= states[i].Seconds);
        }
    }

    /// <summary>Weights, statistics and what was measured, times left out.</summary>
    public static string Bytes(Network network, TrainingResult result)
    {
        IEnumerable<EpochMetrics> epochs =
            result.Epochs.Select(static epoch => epoch with { Seconds = 0, ImagesPerSecond = 0, Idle = 0 });
        return string.Join('\n',
            [Hex(network.Weights), Hex(network.Statistics), Hex(result.Network.Weights), Hex(result.Network.Statistics),
                .. epochs.Select(static epoch => epoch.ToString()),
                $"{result.Test.Loss:R} {result.Test.Accuracy:R} {result.Validation?.Loss:R}",
                .. result.Restarts.Select(static restart => restart.ToString())]);
    }

    /// <summary>Goes wrong in one step while the rate is above a limit, as SGD does otherwise.</summary>
    public sealed record Fragile : Optimizer
    {
        private readonly Sgd _sgd = new();

        public long At { get; init; } = 7;

        public float Limit { get; init; } = 0.06f;

        public override int StateCount => _sgd.StateCount;

        public override void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step)
        {
            _sgd.Update(weights, gradients, state, step);
            if (step.Index == At && step.LearningRate > Limit) weights[0] = float.NaN;
        }
    }

    private static string Hex(float[] values) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));

    private sealed class Keeper : ITrainingCallback
    {
        public List<TrainingState> States { get; } = [];

        public void BeforeRun(TrainingSession session) => States.Add(session.Capture());

        public void AfterStep(TrainingSession session) => States.Add(session.Capture());

        public void AfterEpoch(TrainingSession session, EpochMetrics epoch) => States.Add(session.Capture());

        public void AfterRestart(TrainingSession session, Restart restart) => States.Add(session.Capture());
    }
}
