using OwnTechnique;
using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Execution.Lowered;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Quantization;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Tests.Execution;

[Collection(AloneCollection.Name)]
public class AllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_training_step_allocates_nothing(int threads)
    {
        Run(Network(), threads);
        Run(new Network(Network().Graph.Quantize(), seed: 1), threads);
        Run(Network(), threads, MapStorage.BFloat16);
        Run(Network(), threads, streamsFrom: 0);
    }

    private static void Run(Network network, int threads, MapStorage storage = MapStorage.Float32,
        long streamsFrom = TrainingPlan.StreamsFrom)
    {
        int images = (2 * Simd.Lanes) + 3;
        using var team = new ThreadTeam(threads);
        var plan = new TrainingPlan(network, images, team, inputGradient: true, storage: storage, streamsFrom: streamsFrom);
        var source = new ArraySource(new float[images * network.Graph.Input.Shape.Count], Targets(images));
        Assert.Equal((0, 0), Allocated(() => plan.Step(source, images, step: 1)));

        foreach (BatchNormalization norm in plan.Norms) norm.UsesBatchStatistics = false;
        Assert.Equal((0, 0), Allocated(() => plan.Step(source, images, step: 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_training_step_with_techniques_allocates_nothing(int threads)
    {
        Network network = Network();
        int images = (2 * Simd.Lanes) + 3;
        var source = new ArraySource(new float[images * network.Graph.Input.Shape.Count], Targets(images));
        var normalization = new Pare.Data.Normalization([0, 0, 0], [1, 1, 1]);
        using var team = new ThreadTeam(threads);
        int[] classImages = [.. Enumerable.Range(1, network.Graph.Output.Shape.Channels)];
        Technique[][] sets =
        [
            [new LabelSmoothing(), new Distillation { Teacher = new Teacher(Network(), normalization) }, new Sam(),
                new GradientClipping { MaxNorm = 1e-3f }, new Ema()],
            [new ClassWeights(), new LabelSmoothing(), new AdversarialTraining()],
            [new Asam(), new Swa { Rate = 0.1 }],
            [new AdversarialTraining(), new Sam(), new Distillation { Teacher = new Teacher(Network(), normalization) }],
            [new FocalLoss(), new DisturbLabel(), new GradientCentralization(), new Lookahead()],
        ];
        foreach (Technique[] techniques in sets)
        {
            var options = new TrainingOptions { Techniques = techniques };
            var training =
                new TrainingStep(network, images, team, options,
                    options.Loss(new LossContext(team, images, normalization) { ClassImages = classImages }));
            Schedule schedule = options.Rates();
            long step = 0;
            Assert.Equal((0, 0), Allocated(() =>
            {
                Rates rates = schedule.At(step, 1000);
                var moment = new FiniteCheck.Moment(1, 1, step, rates.LearningRate);
                training.Run(source, images, rates, moment);
                training.EndEpoch(moment with { Epoch = (int)++step });
            }));
        }
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 2, false)]
    [InlineData(2, 0, true)]
    [InlineData(2, 2, true)]
    public void A_step_of_a_session_allocates_nothing(int threads, int workers, bool streamed)
    {
        Run(threads, workers, streamed, [new HorizontalFlip(), new Mixup(), new Sam(), new Ema()]);
        Run(threads, workers, streamed, [new HorizontalFlip(), new AugMix(), new Mixup(), new AdversarialTraining { Share = 0.5f }]);
        Network anySize = GraphBuilder.Input(3, 8, 9).Conv(5).BatchNorm().Relu().GlobalAveragePool().Linear(4).Build(seed: 1);
        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            // The images grow within the steps that are looked at.
            var resizing = new ProgressiveResizing { Mode = mode, SizeIncrement = 2, DelayFraction = 0, Until = 0.005f };
            Run(threads, workers, streamed, [resizing, new Mixup(), new AdversarialTraining()], anySize);
        }
    }

    private static void Run(int threads, int workers, bool streamed, Technique[] techniques, Network? network = null)
    {
        var images = new ImageSet(3, 8, 9, RandomBytes(2000 * 216), [.. Enumerable.Range(0, 2000).Select(static i => i % 4)],
            ["a", "b", "c", "d"]);
        if (streamed) images = new ImageSet(new CopiedImages(images));
        using var session = new TrainingSession(network ?? Network(), new Dataset("drawn", "drawn", images, images), new TrainingOptions
        {
            BatchSize = 10,
            Threads = threads,
            DataWorkers = workers,
            Techniques = techniques,
        });
        Assert.Equal((0, 0), Allocated(() => session.Step()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Inference_allocates_nothing(int threads)
    {
        Network network = Network();
        int images = (2 * Simd.Lanes) + 3;
        using var team = new ThreadTeam(threads);
        var plan = new InferencePlan(network, team);
        var source = new ArraySource(new float[images * network.Graph.Input.Shape.Count]);
        var sink = new ArraySink(images * 4);
        Assert.Equal((0, 0), Allocated(() =>
        {
            plan.Prepare();
            plan.Run(source, images, sink);
        }));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    public void The_next_augmented_batch_allocates_nothing(int threads, int workers)
    {
        Technique[] techniques =
        [
            new RandomCrop { Padding = 2 }, new HorizontalFlip(), new Affine(), new ColorJitter(), new TrivialAugment(),
                new AugMix(), new GaussianNoise(), new Cutout { Length = 3 }, new RandomErasing(), new Mixup(), new CutMix(),
        ];
        var images = new ImageSet(3, 8, 9, new byte[50 * 216], new int[50], ["a", "b"]);
        var options = new TrainingOptions { Techniques = techniques, DataWorkers = workers };
        using var team = new ThreadTeam(threads);
        using var batches =
            new TrainingBatches(images, [.. Enumerable.Range(0, 50)], new Normalization([0, 0, 0], [1, 1, 1]),
            new RunFacts(3, 8, 9, 2, 100, 10), options, team);
        Assert.Equal((0, 0), Allocated(() => batches.Next()));
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        var random = new SeededRandom(1);
        foreach (ref byte value in bytes.AsSpan()) value = (byte)random.NextUInt64();
        return bytes;
    }

    private static Network Network() => GraphBuilder.Input(3, 8, 9).BatchNorm()
        .Conv(12).BatchNorm().Relu().Conv(12, bias: true).BatchNorm().Relu()
        .Conv(5, bias: true).BatchNorm().Relu().MaxPool(3, stride: 2, padding: 1)
        .Residual(static body => body.DepthwiseSeparable(5)).Relu()
        .Gate(static gate => gate.GlobalAveragePool().Linear(5).Activation(ActivationFunction.Sigmoid))
        .AveragePool(2, stride: 1).BlurPool(stride: 1).InvertedResidual(5, expansion: 2, squeezeExcite: 2, stochasticDepth: 0.3f)
            .Conv(6, kernel: 2, groups: 1).Activation(ActivationFunction.Silu).Dropout(0.3f).Linear(4).Build(seed: 1);

    // Of 30 steps together, so that none of them may allocate. The runtime does now and then on threads of its own: of several such
    // measurements the least counts.
    internal static (long Thread, long Process) Allocated(Action step)
    {
        const int warmup = 3, steps = 30, measurements = 5;
        (long Thread, long Process) least = (long.MaxValue, long.MaxValue);
        for (int i = 0; i < warmup; i++) step();
        for (int measurement = 0; measurement < measurements && least != (0, 0); measurement++)
        {
            long thread = GC.GetAllocatedBytesForCurrentThread(), process = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < steps; i++) step();
            least.Process = Math.Min(least.Process, GC.GetTotalAllocatedBytes(precise: true) - process);
            least.Thread = Math.Min(least.Thread, GC.GetAllocatedBytesForCurrentThread() - thread);
        }

        return least;
    }

    private static float[] Targets(int images)
    {
        var targets = new float[images * 4];
        for (int i = 0; i < images; i++) targets[(i * 4) + (i % 4)] = 1;
        return targets;
    }
}
