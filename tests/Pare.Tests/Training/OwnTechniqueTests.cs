using OwnTechnique;
using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

/// <summary>Techniques that are written outside the library: those of <c>samples/OwnTechnique</c>, and some that remember.</summary>
public class OwnTechniqueTests
{
    public static TheoryData<Technique> All =>
    [
        new AlternatingFlip(), new FocalLoss(), new DisturbLabel(), new GradientCentralization(), new Lookahead(), new Half(), new Blend(),
        new MomentumOfGradients(), new EveryOther(), new Noise(),
    ];

    public static TheoryData<Technique, string> Wrong => new()
    {
        { new FocalLoss { Gamma = -1 }, "gamma" },
        { new Lookahead { Every = 0 }, "every" },
        { new Lookahead { Share = 0 }, "share" },
        { new AlternatingFlip { Until = 0 }, "until" },
    };

    [Theory]
    [MemberData(nameof(All))]
    public void It_changes_the_network_and_gives_the_same_bits_for_any_number_of_threads(Technique technique)
    {
        TrainingResult plain = SmallRun.Train(), one = Train(1, 0);
        Assert.NotEqual(plain.Network.Weights, one.Network.Weights);
        foreach ((int threads, int workers) in new[] { (2, 0), (3, 2) })
        {
            TrainingResult several = Train(threads, workers);
            Assert.Equal(one.Network.Weights, several.Network.Weights);
            Assert.Equal(one.Epochs.Select(static epoch => epoch.TrainAccuracy),
                several.Epochs.Select(static epoch => epoch.TrainAccuracy));
        }

        TrainingResult Train(int threads, int workers) => SmallRun.Train(SmallRun.Network(),
            SmallRun.Options with { Techniques = [technique], Threads = threads, DataWorkers = workers });
    }

    [Theory]
    [InlineData("", "The key of Keyed is empty.")]
    [InlineData(" ", "The key of Keyed is empty.")]
    [InlineData("mixup", "The key of Keyed is taken by the library's `mixup`.")]
    [InlineData("noise", "Keyed and Noise have the same key.")]
    [InlineData("keyed", "The technique is named twice.")]
    public void Its_key_is_its_own(string key, string message)
    {
        Technique[] techniques = [new Keyed(key), new Mixup(), new Noise(), new Keyed("keyed")];
        Assert.Equal(message, Assert.Throws<RecipeException>(() =>
            new TrainingOptions { Techniques = techniques }.Validate(SmallRun.Network().Graph)).Message);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_training_with_it_goes_on_from_any_step_to_the_same_bytes(Technique technique) =>
        Resumed.EndsAlike(Resumed.Options with { Techniques = [technique] }, every: 3);

    [Fact]
    public void So_does_one_with_all_of_them_and_an_optimizer_and_a_schedule_of_ones_own()
    {
        Technique[] all = [.. All.Select(static row => row.Data)];
        TrainingOptions options =
            Resumed.Options with { Techniques = all, Optimizer = new Lion(), Schedule = new Trapezoid { PeakRate = 0.003 } };
        Resumed.EndsAlike(options, options with { Threads = 2, DataWorkers = 1 }, every: 7);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_setting_is_refused_by_its_key(Technique technique, string setting)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => SmallRun.Train(technique));
        Assert.Equal($"techniques.{technique.Key}", error.Where);
        Assert.StartsWith(setting, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_averages_are_refused_whoever_wrote_them() =>
        Assert.Contains("averaging weights", Assert.Throws<RecipeException>(() => SmallRun.Train(new Half(), new Ema())).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_alternating_flip_shows_both_sides_of_each_image_in_two_epochs()
    {
        var seen = new List<(int Epoch, int Image, bool Turned)>();
        for (int epoch = 1; epoch <= 4; epoch++)
        {
            for (int image = 0; image < 200; image++)
            {
                float[] pixels = [0, 1];
                var random = new SeededRandom(epoch);
                var facts = new ImageFacts(new RunFacts(1, 1, 2, 2, 4, 8), new StepFacts(epoch, epoch, 9), image,
                    new SeededRandom(1, 2, 0, image));
                new AlternatingFlip().Apply(ref random, facts, pixels, []);
                seen.Add((epoch, image, pixels[0] == 1));
            }
        }

        Assert.InRange(seen.Count(static one => one is { Epoch: 1, Turned: true }), 75, 125);
        foreach (var image in seen.GroupBy(static one => one.Image))
        {
            bool[] turned = [.. image.OrderBy(static one => one.Epoch).Select(static one => one.Turned)];
            Assert.Equal([!turned[0], turned[0], !turned[0]], turned[1..]);
        }
    }

    [Fact]
    public void What_lasts_for_an_image_is_what_the_trainer_hands_in_every_epoch()
    {
        var seen = new List<(int Epoch, int Image, ulong Lasting, ulong Drawn)>();
        SmallRun.Train(SmallRun.Network(), SmallRun.Options with { Techniques = [new Watch(seen)], Threads = 1, DataWorkers = 0 });
        Assert.Equal(4 * 6 * 32, seen.Count);
        Assert.Equal([1, 2, 3, 4], seen.Select(static one => one.Epoch).Distinct());
        Assert.All(seen.GroupBy(static one => one.Image),
            static image => Assert.Single(image.Select(static one => one.Lasting).Distinct()));
        Assert.Equal(seen.Count, seen.Select(static one => one.Drawn).Distinct().Count());
    }

    [Fact]
    public void The_draws_of_the_librarys_techniques_stay_whatever_stands_beside_them()
    {
        Technique[] librarys = [new HorizontalFlip(), new RandomErasing { Probability = 1 }, new Mixup()];
        TrainingResult alone = SmallRun.Train(librarys);
        Assert.Equal(alone.Network.Weights, SmallRun.Train([new Watch([]), .. librarys]).Network.Weights);
        Assert.All(All.Select(static row => row.Data.Key), static key => Assert.True(Technique.StreamOf(key) < 0));
        Assert.All(librarys.OfType<DataTechnique>(), static technique => Assert.Equal((long)technique.Order, technique.Stream));
    }

    [Fact]
    public void Several_at_one_place_stand_in_the_order_of_their_keys()
    {
        Technique[] two = [new AlternatingFlip(), new Shift()];
        Assert.Equal(SmallRun.Train(two).Network.Weights, SmallRun.Train([two[1], two[0]]).Network.Weights);
    }

    [Fact]
    public void A_focal_loss_of_gamma_0_is_the_cross_entropy()
    {
        TrainingResult plain = SmallRun.Train(), focal = SmallRun.Train(new FocalLoss { Gamma = 0 });
        Assert.Equal(plain.Epochs.Select(static epoch => (double)epoch.TrainAccuracy),
            focal.Epochs.Select(static epoch => (double)epoch.TrainAccuracy), static (a, b) => Math.Abs(a - b) < 0.03);
        Assert.Equal(plain.Epochs[0].TrainLoss, focal.Epochs[0].TrainLoss, 1e-3f);
    }

    [Fact]
    public void The_gradient_of_the_focal_loss_is_its_slope()
    {
        float[] logits = [0.5f, -1, 2, 0.25f], targets = [0.1f, 0.2f, 0, 0.7f], gradient = new float[4];
        Loss(logits, gradient);
        for (int i = 0; i < logits.Length; i++)
        {
            const float h = 1e-2f;
            float[] up = [.. logits], down = [.. logits];
            (up[i], down[i]) = (up[i] + h, down[i] - h);
            Assert.Equal((Loss(up, new float[4]) - Loss(down, new float[4])) / (2 * h), gradient[i], 1e-4);
        }

        double Loss(float[] at, float[] slope) => new FocalLoss { Gamma = 1.5 }.Add(default, at, targets, slope);
    }

    [Fact]
    public void A_loss_is_added_to_the_one_that_it_is_put_around_and_takes_the_mean_over_the_images()
    {
        const int images = 19, classes = 3;
        int lanes = Simd.Lanes;
        var random = new SeededRandom(1);
        float[] logits = RandomArrays.Normal(ref random, classes * lanes), targets = new float[classes * lanes];
        for (int lane = 0; lane < lanes; lane++) targets[((lane % classes) * lanes) + lane] = 1;
        float[] plain = new float[logits.Length], added = new float[logits.Length];
        int there = Math.Min(images, lanes - 1);
        (double loss, double hits) = CrossEntropyLoss.Instance.Run(0, there, logits, targets, 0.5f, plain);
        ILoss own = new Penalty().Around(CrossEntropyLoss.Instance, default);
        own.Begin(null!, there, 3);
        (double both, double same) = own.Run(0, there, logits, targets, 0.5f, added);
        Assert.Equal(hits, same);
        double squares = 0;
        for (int lane = 0; lane < lanes; lane++)
        {
            for (int k = 0; k < classes; k++)
            {
                float logit = logits[(k * lanes) + lane];
                if (lane < there) squares += logit * logit;
                Assert.Equal(plain[(k * lanes) + lane] + (lane < there ? 0.5f * 2 * logit : 0), added[(k * lanes) + lane], 1e-5f);
            }
        }

        Assert.Equal(loss + squares, both, 1e-4);
    }

    [Fact]
    public void Accuracy_counts_the_targets_as_they_were()
    {
        // At a rate of next to nothing every step sees the same network, with and without.
        TrainingOptions options = SmallRun.Options with { Schedule = new Constant { Rate = 1e-12 } };
        TrainingResult plain = SmallRun.Train(SmallRun.Network(), options),
            disturbed = SmallRun.Train(SmallRun.Network(), options with { Techniques = [new DisturbLabel { Probability = 1 }] });
        Assert.Equal(plain.Epochs.Select(static epoch => epoch.TrainAccuracy),
            disturbed.Epochs.Select(static epoch => epoch.TrainAccuracy));
        Assert.NotEqual(plain.Epochs[0].TrainLoss, disturbed.Epochs[0].TrainLoss);
    }

    [Fact]
    public void What_breaks_its_promise_is_told_and_not_trained_with()
    {
        Assert.Contains("targets that do not sum to 1", Refused(new Doubled()), StringComparison.Ordinal);
        Assert.Contains("took no gradient", Refused(new Idle()), StringComparison.Ordinal);
        Assert.Contains("a share of 1.5", Refused(new Blend { Share = 1.5f }), StringComparison.Ordinal);

        static string Refused(Technique technique) =>
            Assert.Throws<InvalidOperationException>(() => SmallRun.Train(technique)).Message;
    }

    [Fact]
    public void Weights_that_a_technique_makes_infinite_end_the_training()
    {
        RunException error = Assert.Throws<RunException>(() => SmallRun.Train(new Explode()));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimizer_knows_step_and_epoch()
    {
        var seen = new List<(long, int)>();
        SmallRun.Train(SmallRun.Network(), SmallRun.Options with { Optimizer = new Told(seen) });
        Assert.Equal([.. Enumerable.Range(0, 24).Select(static step => ((long)step, (step / 6) + 1))], seen.Distinct());
    }

    [Fact]
    public void A_second_pass_within_a_second_pass_leaves_running_statistics_alone()
    {
        TrainingOptions step = SmallRun.Options with { Epochs = 1, BatchSize = 200 };
        TrainingResult sam = SmallRun.Train(SmallRun.Network(), step with { Techniques = [new Sam()] });
        TrainingResult both =
            SmallRun.Train(SmallRun.Network(), step with { Techniques = [new EveryOther { Within = true }, new Sam()] });
        Assert.Equal(sam.Network.Statistics, both.Network.Statistics);
    }

    // Pastes nothing, blends a fixed share.
    [Fact]
    public void A_gradient_that_is_no_number_names_the_loss_that_gave_it()
    {
        RunException error = Assert.Throws<RunException>(() => SmallRun.Train(new NoNumber()));
        Assert.Contains("the gradient of 'linear1", error.Message, StringComparison.Ordinal);
        Assert.Contains("the loss of no_number", error.Remedy, StringComparison.Ordinal);
    }

    private sealed record Blend : BatchMixing
    {
        public float Share { get; init; } = 0.7f;

        public override string Key => "blend";

        public override BatchMix Draw(ref SeededRandom random, RunFacts run, StepFacts step) =>
            new(step.Epoch % 2 == 0 && Share < 1 ? 1 : Share, default);

        public override void Mix(BatchMix mix, RunFacts run, ReadOnlySpan<float> own, ReadOnlySpan<float> partner, Span<float> mixed) =>
            Mixup.Blend(own, partner, mix.Share, mixed);
    }

    private sealed record Watch(List<(int Epoch, int Image, ulong Lasting, ulong Drawn)> Seen) : ImageAugmentation
    {
        public override string Key => "watch";

        public override AugmentationOrder Order => AugmentationOrder.Flip;

        public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
        {
            SeededRandom lasting = facts.Lasting;
            lock (Seen) Seen.Add((facts.Step.Epoch, facts.Image, lasting.NextUInt64(), random.NextUInt64()));
        }
    }

    private sealed record Shift : ImageAugmentation
    {
        public override string Key => "a_shift";

        public override AugmentationOrder Order => AugmentationOrder.Flip;

        public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
        {
            image[..^1].CopyTo(spare);
            spare[..(image.Length - 1)].CopyTo(image[1..]);
        }
    }

    private sealed record NoNumber : ImageLoss
    {
        public override string Key => "no_number";

        public override double Add(in LossFacts facts, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dLogits)
        {
            dLogits[0] = float.NaN;
            return 0;
        }
    }

    private sealed record Penalty : ImageLoss
    {
        public override string Key => "penalty";

        public override double Add(in LossFacts facts, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dLogits)
        {
            double sum = 0;
            for (int i = 0; i < logits.Length; i++)
            {
                sum += logits[i] * logits[i];
                dLogits[i] = 2 * logits[i];
            }

            return sum;
        }
    }

    private sealed record Doubled : TargetTechnique
    {
        public override string Key => "doubled";

        public override void Apply(in LossFacts facts, Span<float> targets) => targets[0] += 1;
    }

    // Remembers, in an array and a counter.
    private sealed record MomentumOfGradients : GradientTechnique
    {
        public override string Key => "momentum_of_gradients";

        public override int WeightCopies => 1;

        public override IGradientRule Begin(Network network) => new Rule(network);

        private sealed class Rule(Network network) : IGradientRule, IStateful
        {
            private readonly float[] _mean = new float[network.Weights.Length];
            private long _taken;

            public StepResult Run(GradientPass pass)
            {
                StepResult result = pass.Take();
                float share = 1f / (1 + Math.Min(_taken++, 3));
                for (int i = 0; i < _mean.Length; i++) pass.Gradients[i] = _mean[i] += share * (pass.Gradients[i] - _mean[i]);
                return result;
            }

            public void Exchange(StateExchange state)
            {
                state.Array("mean", _mean);
                state.Counter("taken", ref _taken);
            }
        }
    }

    // Takes the gradient twice in every other step, without moving the running statistics again.
    private sealed record EveryOther : GradientTechnique
    {
        public bool Within { get; init; }

        public override GradientPlace Place => Within ? GradientPlace.Search : GradientPlace.Change;

        public override string Key => "every_other";

        public override IGradientRule Begin(Network network) => new Rule();

        private sealed class Rule : IGradientRule
        {
            public StepResult Run(GradientPass pass)
            {
                StepResult result = pass.Take();
                if (pass.Step.Step % 2 == 0) pass.Take(movesStatistics: false);
                for (int i = 0; i < pass.Gradients.Length; i += 2) pass.Gradients[i] *= 1.5f;
                return result;
            }
        }
    }

    private sealed record Noise : GradientTechnique
    {
        public override string Key => "noise";

        public override IGradientRule Begin(Network network) => new Rule();

        private sealed class Rule : IGradientRule
        {
            public StepResult Run(GradientPass pass)
            {
                StepResult result = pass.Take();
                SeededRandom random = pass.Random;
                foreach (ref float gradient in pass.Gradients.AsSpan()) gradient += 0.01f * random.NextNormal();
                return result;
            }
        }
    }

    private sealed record Keyed(string Name) : GradientTechnique
    {
        public override string Key => Name;

        public override IGradientRule Begin(Network network) => throw new NotSupportedException();
    }

    private sealed record Idle : GradientTechnique
    {
        public override string Key => "idle";

        public override IGradientRule Begin(Network network) => new Rule();

        private sealed class Rule : IGradientRule
        {
            public StepResult Run(GradientPass pass) => default;
        }
    }

    private sealed record Explode : WeightTechnique
    {
        public override string Key => "explode";

        public override IWeightRule Begin(Network network) => new Rule(network);

        private sealed class Rule(Network network) : IWeightRule
        {
            public void AfterStep(StepFacts step)
            {
                if (step is { Epoch: 2, Step: 7 }) network.Weights[3] = float.PositiveInfinity;
            }
        }
    }

    // Half of the way to the weights at each epoch's end, without a word about what it remembers: the base says it.
    private sealed record Half : AveragingTechnique
    {
        public override string Key => "half";

        public override BatchWeighting? Recalibration => BatchWeighting.Size;

        public override WeightAverage Begin(Network network, int epochs) => new Average(network);

        private sealed class Average(Network network) : WeightAverage(network.Copy())
        {
            public override void AfterEpoch(int epoch) => Move(Network.Weights, network.Weights, 0.5);
        }
    }

    private sealed record Told(List<(long, int)> Seen) : Optimizer
    {
        public override int StateCount => 0;

        public override void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state, in OptimizerStep step) =>
            Seen.Add((step.Index, step.Epoch));
    }
}
