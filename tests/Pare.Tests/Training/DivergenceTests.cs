using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Tests.Cli;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

/// <summary>A training whose numbers leave the finite ones stops and says where that began.</summary>
public class DivergenceTests
{
    private static readonly Dataset Data = Glyphs.Create(train: 40, test: 10);

    // The eighth step goes wrong, while the rate is above 0.06.
    private static readonly TrainingOptions Fragile = Resumed.Options with
    {
        Optimizer = new Resumed.Fragile(),
        Schedule = Rate(0.1),
        OnDivergence = DivergenceResponse.HalveRate,
        Techniques = [new Swa { Start = 0 }, new Cutout()],
    };

    private static readonly TrainingOptions Options = new() { Epochs = 3, BatchSize = 8, Threads = 2, Schedule = Rate(0.1) };

    public static TheoryData<Technique> Techniques => [new Sam(), new Asam(), new GradientClipping(), new Ema(), new Swa { Start = 0 }];

    [Theory]
    [InlineData(1e6)]
    [InlineData(1e30)]
    public void A_rate_that_is_too_high_is_named_with_the_step_and_a_layer(double rate)
    {
        Network network = Net();
        RunException error = Diverges(network, Options with { Epochs = 100, Schedule = Rate(rate) });
        Assert.Contains($"learning rate {rate:G3}", error.Message, StringComparison.Ordinal);
        Assert.Matches("^epoch [0-9]+, step [1-5]$", error.Where);
        Assert.Contains(network.Graph.Nodes, node => error.Message.Contains($"'{node.Name}", StringComparison.Ordinal));
        Assert.Contains("Lower the learning rate", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Techniques))]
    public void No_technique_hides_it(Technique technique) =>
        Assert.Contains("no longer a finite number",
            Diverges(Net(), Options with { Epochs = 100, Schedule = Rate(1e30), Techniques = [technique] }).Message,
            StringComparison.Ordinal);

    [Fact]
    public void The_update_of_the_last_step_is_looked_at_too()
    {
        RunException error =
            Diverges(Net(), Options with { Epochs = 1, BatchSize = 40, Schedule = Rate(3e38), Optimizer = new Sgd { WeightDecay = 1e4f } });
        Assert.Contains("'conv1.weight'", error.Message, StringComparison.Ordinal);
        Assert.Equal("epoch 1, step 1", error.Where);
    }

    [Fact]
    public void An_image_that_a_technique_spoils_points_at_the_techniques()
    {
        RunException error = Diverges(Net(), Options with { Techniques = [new Spoiling()] });
        Assert.Contains("an image is no longer a finite number", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Look at what the techniques on images give", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_NaN_from_the_start_is_named()
    {
        Network network = Net();
        network.Values(network["conv2.weight"])[3] = float.NaN;
        Assert.Contains("'conv2.weight'", Diverges(network, Options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_layer_whose_output_overflows_is_named()
    {
        Network network = Net();
        foreach (string name in new[] { "conv2.weight", "linear1.weight" }) network.Values(network[name]).Fill(3e38f);
        Assert.Contains("the output of layer 'conv2'", Diverges(network, Options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_norm_whose_variance_overflows_is_named_though_its_input_is_finite()
    {
        Network network = Net();
        network.Values(network["conv1.weight"]).Fill(1e25f);
        Node norm = network.Graph.Nodes.First(static node => node.Layer is BatchNorm);
        Assert.Contains($"the output of layer '{norm.Name}'", Diverges(network, Options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_named_where_the_backward_pass_met_it_first() =>
        Assert.Contains("the gradient of 'linear1.bias'", Diverges(Net(), Options with { Techniques = [new BrokenGradient()] }).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_average_that_is_not_finite_is_named()
    {
        using var team = new ThreadTeam(1);
        Network network = Net(), average = network.Copy();
        var check = new FiniteCheck(new TrainingPlan(network, 8, team));
        check.Average(average, default);
        average.Statistics[^1] = float.PositiveInfinity;
        Assert.Contains("running_var' of the averaged network", Assert.Throws<RunException>(() => check.Average(average, default)).Message,
            StringComparison.Ordinal);
        check.Average(network, default);
    }

    [Fact]
    public void Images_a_second_count_the_steps_and_nothing_else()
    {
        var clock = new FakeClock();
        var meter = new EpochMeter(batchSize: 50, clock);
        foreach (int seconds in new[] { 1, 3 })
        {
            meter.BeginStep();
            clock.Advance(TimeSpan.FromSeconds(seconds));
            meter.EndStep(new StepResult(1, 0), waited: TimeSpan.FromSeconds(0.5));
            clock.Advance(TimeSpan.FromSeconds(10));
            EpochMetrics epoch = meter.EndEpoch(1, 1, 0, 0.1f);
            Assert.Equal(50.0 / seconds, epoch.ImagesPerSecond, 1e-9);
            Assert.Equal(0.5 / seconds, epoch.Idle, 1e-9);
        }

        Assert.Equal(100.0 / 4, meter.ImagesPerSecond(steps: 2), 1e-9);
        Assert.Equal(24, meter.Seconds, 1e-9);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    public void With_half_the_rate_it_goes_back_to_the_beginning_of_the_epoch_and_on(int threads, int workers)
    {
        TrainingOptions options = Fragile with { Threads = threads, DataWorkers = workers };
        Network network = Resumed.Network(), other = Resumed.Network();
        TrainingResult result = Trainer.Run(network, Resumed.Data, options);
        Restart restart = Assert.Single(result.Restarts);
        Assert.Equal(new Restart(2, 7, "'conv1.weight'", 5, 0.5), restart);
        Assert.Equal([0.1f, 0.05f, 0.05f], result.Epochs.Select(static epoch => epoch.LearningRate));
        Assert.Equal(1, result.Epochs[0].Epoch);

        // As one that had half the rate from there on.
        TrainingResult halved =
            Trainer.Run(other, Resumed.Data, options with { Optimizer = new Sgd(), Schedule = new HalfAfter(5), OnDivergence = default });
        Assert.Equal(other.Weights, network.Weights);
        Assert.Equal(other.Statistics, network.Statistics);
        Assert.Equal(halved.Network.Weights, result.Network.Weights);
        Assert.Equal(halved.Epochs.Select(static epoch => (epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss)),
            result.Epochs.Select(static epoch => (epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(14)]
    public void A_training_that_goes_on_goes_back_where_it_would_have(long at) =>
        Resumed.EndsAlike(Fragile with { Optimizer = new Resumed.Fragile { At = at, Limit = 0.03f } }, every: 1);

    [Fact]
    public void It_goes_back_three_times_and_no_more()
    {
        var restarts = new List<Restart>();
        using var session = new TrainingSession(Resumed.Network(), Resumed.Data,
            Fragile with { Optimizer = new Resumed.Fragile { Limit = 0 } }, callbacks: [new Listener(restarts)]);
        RunException error = Assert.Throws<RunException>(() => session.Run());
        Assert.Contains("learning rate 0.0125", error.Message, StringComparison.Ordinal);
        Assert.Contains("gone back 3 times", error.Remedy, StringComparison.Ordinal);
        Assert.Equal([0.5, 0.25, 0.125], restarts.Select(static restart => restart.RateFactor));
        Assert.Throws<InvalidOperationException>(() => session.Capture());
    }

    [Fact]
    public void What_follows_an_epoch_can_take_it_back_too()
    {
        // The average alone runs away, after the last step of an epoch.
        TrainingOptions options = Fragile with { Optimizer = new Sgd(), Techniques = [new BrokenAverage()] };
        TrainingResult result = Trainer.Run(Resumed.Network(), Resumed.Data, options);
        Restart restart = Assert.Single(result.Restarts);
        Assert.Equal((2, 9, 5), (restart.Epoch, restart.Step, restart.BackTo));
        Assert.Contains("of the averaged network", restart.Begin, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], result.Epochs.Select(static epoch => epoch.Epoch));
        Assert.Throws<RunException>(() => Trainer.Run(Resumed.Network(), Resumed.Data, options with { OnDivergence = default }));
    }

    [Fact]
    public void A_state_without_the_beginning_of_its_epoch_is_none_of_a_training_that_goes_back()
    {
        using var session = new TrainingSession(Resumed.Network(), Resumed.Data, Fragile with { OnDivergence = default });
        session.Step();
        TrainingState state = session.Capture();
        RunException error = Assert.Throws<RunException>(() => new TrainingSession(Resumed.Network(), Resumed.Data, Fragile, state));
        Assert.Contains("what the epoch began with", error.Message, StringComparison.Ordinal);
        using var other = new TrainingSession(Resumed.Network(), Resumed.Data, Fragile);
        other.Step();
        TrainingState with = other.Capture();
        Assert.Contains("epoch_start.weights", Assert.Throws<RunException>(() =>
            new TrainingSession(Resumed.Network(), Resumed.Data, Fragile with { OnDivergence = default }, with)).Message,
            StringComparison.Ordinal);
    }

    private static Constant Rate(double rate) => new() { Rate = rate };

    private static Network Net() =>
        GraphBuilder.Input(1, 28, 28).Conv(4, stride: 3).BatchNorm().Relu().Conv(5, stride: 2, bias: true).Relu().GlobalAveragePool()
            .Linear(10).Build(seed: 1);

    private static RunException Diverges(Network network, TrainingOptions options) =>
        Assert.Throws<RunException>(() => Trainer.Run(network, Data, options));

    private sealed class Listener(List<Restart> restarts) : ITrainingCallback
    {
        public void AfterRestart(TrainingSession session, Restart restart) => restarts.Add(restart);
    }

    private sealed record HalfAfter(long Steps) : Schedule
    {
        public override Rates At(long step, long steps) => new(step < Steps ? 0.1f : 0.05f);

        protected override void ValidateSettings()
        {
        }
    }

    // Breaks once: what it did is not remembered, as a fault of the machine would not be.
    private sealed record BrokenAverage : AveragingTechnique
    {
        public override string Key => "broken_average";

        protected override void ValidateSettings(RunFacts run)
        {
        }

        public override WeightAverage Begin(Network network, int epochs) => new Average(network);

        private sealed class Average(Network network) : WeightAverage(network.Copy())
        {
            private bool _broke;

            public override void AfterEpoch(int epoch)
            {
                network.Weights.CopyTo(Network.Weights, 0);
                if (epoch != 2 || _broke) return;
                _broke = true;
                Network.Weights[0] = float.NaN;
            }
        }
    }

    private sealed record BrokenGradient : LossTechnique
    {
        public override string Key => "broken_gradient";

        protected override void ValidateSettings(RunFacts run)
        {
        }

        internal override ILoss Around(ILoss loss, in LossContext context) => new Loss();

        private sealed class Loss : ILoss
        {
            public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
                Span<float> dLogits)
            {
                dLogits.Fill(float.PositiveInfinity);
                return (1, 0);
            }
        }
    }

    private sealed record Spoiling : ImageAugmentation
    {
        public override string Key => "spoiling";

        public override AugmentationOrder Order => AugmentationOrder.Flip;

        public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare) =>
            image[0] = float.NaN;
    }
}
