using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Models;
using Pare.Tests.Execution;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;

namespace Pare.Tests.Training;

[Collection(AloneCollection.Name)]
public class MemoryEstimateTests
{
    // As in a recipe with layers: [ flatten, { linear: 40000 }, { linear: 40000 }, { linear: 2 } ].
    private static readonly Graph Huge = GraphBuilder.Input(1, 8, 8).Flatten().Linear(40_000).Linear(13_000).Linear(2).Build();

    public static TheoryData<Graph> Graphs =>
    [
        GraphBuilder.Input(1, 28, 28).Flatten().Linear(3000).Relu().Linear(500).Linear(10).Build(),
        GraphBuilder.Input(3, 32, 32).Conv(32).BatchNorm().Relu().MaxPool().Conv(64, stride: 2).BatchNorm().Relu().AveragePool()
        .DepthwiseSeparable(64).BlurPool().GlobalAveragePool().Linear(10).Build(),
        ModelCatalog.Create("resnet8", new Shape(3, 32, 32), 10),
    ];

    [Theory]
    [MemberData(nameof(Graphs))]
    public void What_is_counted_is_what_the_plans_take(Graph graph)
    {
        foreach (int batch in new[] { 3, 100 })
        {
            using var team = new ThreadTeam(2);
            var network = new Network(graph, 1);
            Near(() => new TrainingPlan(network, batch, team), TrainingPlan.Count(Network.Layout(graph), batch, 2));
            Near(() => new TrainingPlan(network, batch, team, inputGradient: true),
                TrainingPlan.Count(Network.Layout(graph), batch, 2, inputGradient: true));
            Near(() => new TrainingPlan(network, batch, team, storage: MapStorage.BFloat16),
                TrainingPlan.Count(Network.Layout(graph), batch, 2, storage: MapStorage.BFloat16));
            Near(() => new TrainingPlan(network, batch, team, streamsFrom: 0),
                TrainingPlan.Count(Network.Layout(graph), batch, 2, streamsFrom: 0));
            Near(() => new InferencePlan(network, team), InferencePlan.Count(Network.Layout(graph), 2));
        }

        // Names, offsets and the objects around the arrays are not counted.
        static void Near(Func<object> create, PlanSize size)
        {
            create();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            create();
            long taken = GC.GetTotalAllocatedBytes(precise: true) - before;
            Assert.InRange(taken, (long)(0.97 * sizeof(float) * size.Floats), (long)(1.03 * sizeof(float) * size.Floats) + 400_000);
        }
    }

    // Its norms are measured on plain images, whatever the steps were taken on.
    [Fact]
    public void What_an_average_takes_does_not_depend_on_views()
    {
        long Taken(params Technique[] techniques) =>
            MemoryEstimate.Of(Graphs.Last().Data, new TrainingOptions { Threads = 2, BatchSize = 64, Techniques = techniques }).Total;
        var views = new AugMix { Consistency = 12 };
        Assert.Equal(Taken(new Swa()) - Taken(), Taken(views, new Swa()) - Taken(views));
        Assert.True(Taken(views) > 2 * Taken());
    }

    [Fact]
    public void Techniques_and_the_batch_count()
    {
        Graph graph = GraphBuilder.Input(3, 32, 32).Conv(16).BatchNorm().Relu().GlobalAveragePool().Linear(10).Build();
        var options = new TrainingOptions { BatchSize = 64, Threads = 2, DataWorkers = 0 };
        var plain = MemoryEstimate.Of(graph, options);
        long weights = 4L * Network.Layout(graph).WeightCount, values = Network.Layout(graph).ValueBytes;
        Assert.Equal(values, plain.Weights);
        Assert.Equal(weights, plain.OptimizerState);
        Assert.Equal(0, plain.Batches);
        Assert.Equal(2 * weights, MemoryEstimate.Of(graph, options with { Optimizer = new AdamW() }).OptimizerState);
        Assert.Equal(values + weights, MemoryEstimate.Of(graph, options with { Techniques = [new Sam()] }).Weights);
        Assert.Equal(2 * values, MemoryEstimate.Of(graph, options with { Techniques = [new Ema()] }).Weights);
        Assert.True(MemoryEstimate.Of(graph, options with { Techniques = [new Swa()] }).FeatureMaps > 1.9 * plain.FeatureMaps);
        Assert.Equal(4L * 64 * ((3 * 32 * 32) + 10), MemoryEstimate.Of(graph, options with { Techniques = [new HorizontalFlip()] })
            .Batches);
        var teacher = new Teacher(new Network(graph, 1), new Normalization([0, 0, 0], [1, 1, 1]));
        Assert.True(MemoryEstimate.Of(graph, options with { Techniques = [new Distillation { Teacher = teacher }] })
            .FeatureMaps > plain.FeatureMaps);
        Assert.True(MemoryEstimate.Of(graph, options with { BatchSize = 640 }).FeatureMaps > 4 * plain.FeatureMaps);
        Assert.Equal(plain, MemoryEstimate.Of(graph, options with { BatchSize = int.MaxValue }, images: 64));
    }

    [Fact]
    public void A_network_whose_weights_are_the_bulk_is_refused_by_name_before_anything_is_allocated()
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        var error =
            Assert.Throws<RecipeException>(() =>
            MemoryEstimate.Check(Huge, new TrainingOptions { BatchSize = 8 }, available: 5_000_000_000));
        Assert.Contains("the weights take 1.9 GB", error.Message, StringComparison.Ordinal);
        Assert.Contains("4.7 GB are free", error.Message, StringComparison.Ordinal);
        Assert.Contains("'linear2.weight', 520,000,000 values", error.Where, StringComparison.Ordinal);
        Assert.Contains("a smaller batch hardly helps", error.Remedy, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 10_000_000);
    }

    [Fact]
    public void A_batch_that_is_the_bulk_is_to_be_lowered()
    {
        Graph graph = ModelCatalog.Create("resnet8", new Shape(3, 32, 32), 10);
        var options = new TrainingOptions { BatchSize = 1_000_000 };
        long total = MemoryEstimate.Of(graph, options).Total;
        var error = Assert.Throws<RecipeException>(() => MemoryEstimate.Check(graph, options, available: 1_000_000_000));
        Assert.Equal("training.batch_size", error.Where);
        MemoryEstimate.Check(graph, options, available: total);
        MemoryEstimate.Check(graph, options, available: total - 5, taken: 5);
        Assert.Throws<RecipeException>(() => MemoryEstimate.Check(graph, options, available: total - 1));
    }

    [Fact]
    public void Threads_that_are_the_bulk_are_named()
    {
        Graph graph = GraphBuilder.Input(1, 4, 4).Conv(3).GlobalAveragePool().Linear(3).Build();
        var options = new TrainingOptions { BatchSize = 4, Threads = 100_000 };
        long total = MemoryEstimate.Of(graph, options).Total;
        var error = Assert.Throws<RecipeException>(() => MemoryEstimate.Check(graph, options, available: total / 2));
        Assert.Equal(nameof(TrainingOptions.Threads), error.Setting);
        Assert.Equal("Take fewer threads.", error.Remedy);
    }

    [Fact]
    public void A_training_that_fits_is_counted_once()
    {
        Graph graph = GraphBuilder.Input(1, 4, 4).Conv(3).GlobalAveragePool().Linear(3).Build();
        var counted = new Counted();
        MemoryEstimate.Check(graph, new TrainingOptions { BatchSize = 4, Threads = 2, Techniques = [counted] });
        Assert.Single(counted.Asked);
    }

    private sealed record Counted : WeightTechnique
    {
        public List<int> Asked { get; } = [];

        public override string Key => "counted";

        public override int WeightCopies
        {
            get
            {
                Asked.Add(1);
                return 0;
            }
        }

        public override IWeightRule Begin(Network network) => throw new NotSupportedException();
    }

    [Fact]
    public void What_no_array_holds_is_refused_with_its_layer()
    {
        // 228 million pixels with the padding, of 4, 8 or 16 images, and their gradient.
        Graph padded = GraphBuilder.Input(1, 11_000, 11_000).MaxPool(4096, stride: 4096, padding: 2048).GlobalAveragePool().Linear(2)
            .Build();
        Assert.Contains("max_pool1", Assert.Throws<RecipeException>(() => MemoryEstimate.Of(padded, new TrainingOptions { BatchSize = 1 }))
            .Where, StringComparison.Ordinal);
        GraphBuilder deep = GraphBuilder.Input(100, 1000, 1000);
        for (int i = 0; i < 8; i++) deep.DepthwiseConv();
        Graph large = deep.GlobalAveragePool().Linear(2).Build();
        Assert.Contains("100x1000x1000",
            Assert.Throws<RecipeException>(() => MemoryEstimate.Of(large, new TrainingOptions { BatchSize = 1 })).Where,
            StringComparison.Ordinal);
    }
}
