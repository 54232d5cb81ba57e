using Pare.Augmentation;
using Pare.Graphs;
using Pare.Quantization;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

/// <summary>A training that goes on from any of its states ends with the bytes of the one that was never interrupted.</summary>
public class ResumedTrainingTests
{
    private static readonly TrainingOptions Everything = Resumed.Options with
    {
        Optimizer = new AdamW(),
        Techniques =
        [
            new Swa { Start = 0.3, Rate = 0.01 }, new Sam { Every = 2 }, new GradientClipping(), new LabelSmoothing(), new RandomCrop(),
            new Mixup { Until = 0.6f }, new CutMix(), new Cutout { Until = 0.3f }, new Distillation { Teacher = SmallRun.Teacher() },
        ],
    };

    /// <summary>Every technique of the library by its type, so that a new one is among them.</summary>
    public static TheoryData<Technique> Techniques =>
    [
        .. Made<Technique>().Select(static technique => technique switch
        {
            Distillation distillation => distillation with { Teacher = SmallRun.Teacher() },
            Swa swa => swa with { Start = 0.3 },
            _ => technique,
        }),
        new Swa { Start = 0, Every = 2, Rate = 0.05 },
        new Ema { HalfLife = 5, Recalibrate = true },
        new Asam { Every = 3 },
        new Mixup { Until = 0.5f },
        new Cutout { Until = 0.5f },
    ];

    public static TheoryData<Optimizer> Optimizers =>
    [
        .. Made<Optimizer>(), new Sgd { Momentum = 0 }, new Sgd { Nesterov = true, WeightDecay = 1e-3f },
        new AdamW { DecayNormsAndBiases = true },
    ];

    public static TheoryData<Schedule> Schedules =>
        [.. Made<Schedule>(), new OneCycle { CycleMomentum = true }, new Cosine { WarmupSteps = 7 }];

    [Theory]
    [MemberData(nameof(Techniques))]
    public void With_every_technique(Technique technique) => Resumed.EndsAlike(Resumed.Options with { Techniques = [technique] });

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void With_every_optimizer(Optimizer optimizer) => Resumed.EndsAlike(Resumed.Options with { Optimizer = optimizer });

    [Theory]
    [MemberData(nameof(Schedules))]
    public void With_every_schedule(Schedule schedule) =>
        Resumed.EndsAlike(Resumed.Options with { Schedule = schedule, Techniques = [new Ema()] }, every: 6);

    [Fact]
    public void At_every_single_step_with_all_techniques_at_once() => Resumed.EndsAlike(Everything, every: 1);

    [Fact]
    public void With_maps_and_weights_that_are_rounded() => Resumed.EndsAlike(
        Resumed.Options with { Techniques = [new Ema { HalfLife = 5, Recalibrate = true }, new Sam { Every = 2 }] }, every: 3,
        make: static seed => new Network(Resumed.Network().Graph.Quantize(), seed));

    [Theory]
    [InlineData(1, 2, 2, 0)]
    [InlineData(2, 0, 1, 3)]
    public void With_other_threads_and_data_workers(int threads, int workers, int laterThreads, int laterWorkers) =>
        Resumed.EndsAlike(Everything with { Threads = threads, DataWorkers = workers },
            Everything with { Threads = laterThreads, DataWorkers = laterWorkers });

    [Fact]
    public void What_a_technique_does_not_name_is_missed() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Resumed.EndsAlike(Resumed.Options with { Techniques = [new Forgetful()] }));

    [Fact]
    public void Without_validation_and_without_techniques() => Resumed.EndsAlike(Resumed.Options with { ValidationFraction = 0 });

    [Fact]
    public void With_one_step_an_epoch() => Resumed.EndsAlike(Everything with { BatchSize = 500 }, every: 1);

    private sealed record Forgetful : AveragingTechnique
    {
        public override string Key => "forgetful";

        protected override void ValidateSettings(RunFacts run)
        {
        }

        public override WeightAverage Begin(Network network, int epochs) => new Average(network);

        private sealed class Average(Network network) : WeightAverage(network.Copy())
        {
            public override void AfterStep(StepFacts step) => Move(Network.Weights, network.Weights, 0.5);

            public override void Exchange(StateExchange state)
            {
            }
        }
    }

    private static IEnumerable<T> Made<T>() =>
        typeof(Technique).Assembly.GetTypes()
            .Where(static type => type.IsPublic && !type.IsAbstract && type.IsAssignableTo(typeof(T)))
            .OrderBy(static type => type.Name, StringComparer.Ordinal).Select(static type => (T)Activator.CreateInstance(type)!);
}
