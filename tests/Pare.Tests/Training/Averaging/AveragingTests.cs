using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Schedules;

namespace Pare.Tests.Training.Averaging;

public class AveragingTests
{
    public static TheoryData<AveragingTechnique> Both => [new Swa { Start = 0.5 }, new Ema { Decay = 0.9 }];

    [Theory]
    [MemberData(nameof(Both))]
    public void The_training_does_not_see_the_average_and_both_networks_are_measured(AveragingTechnique technique)
    {
        TrainingOptions options = SmallRun.Options with { ValidationFraction = 0.2f };
        Network network = SmallRun.Network();
        TrainingResult plain = SmallRun.Train(SmallRun.Network(), options);
        TrainingResult averaged = SmallRun.Train(network, options with { Techniques = [technique] });
        Assert.Equal(plain.Network.Weights, network.Weights);
        Assert.Equal(plain.Epochs.Select(static epoch => epoch.ValidationLoss),
            averaged.Epochs.Select(static epoch => epoch.ValidationLoss));
        Assert.Null(plain.Unaveraged);
        Assert.Equal(network.Weights, averaged.Unaveraged!.Network.Weights);
        Assert.NotEqual(network.Weights, averaged.Network.Weights);
        Assert.Equal(plain.Test.Confusion, averaged.Unaveraged.Test.Confusion);
        Assert.Equal(plain.Validation!.Loss, averaged.Unaveraged.Validation!.Loss);
        Assert.NotEqual(plain.Test.Loss, averaged.Test.Loss);
        Assert.NotEqual(plain.Validation.Loss, averaged.Validation!.Loss);
    }

    [Fact]
    public void The_average_of_one_set_of_weights_is_a_copy()
    {
        TrainingResult swa = SmallRun.Train(new Swa { Start = 0.75 }), ema = SmallRun.Train(new Ema { Decay = 0 });
        Assert.Equal(swa.Unaveraged!.Network.Weights, swa.Network.Weights);
        Assert.NotEqual(swa.Unaveraged.Network.Statistics, swa.Network.Statistics);
        Assert.Equal(ema.Unaveraged!.Network.Weights, ema.Network.Weights);
        Assert.Equal(ema.Unaveraged.Network.Statistics, ema.Network.Statistics);
    }

    [Theory]
    [InlineData(0.5, 1, 4, new[] { 3, 4 })]
    [InlineData(0.5, 2, 7, new[] { 5, 7 })]
    [InlineData(0.75, 1, 20, new[] { 16, 17, 18, 19, 20 })]
    [InlineData(0, 3, 7, new[] { 3, 6 })]
    [InlineData(0.99, 1, 1, new[] { 1 })]
    [InlineData(0.29, 71, 100, new[] { 100 })]
    public void Swa_averages_after_these_epochs(double start, int every, int epochs, int[] averaged)
    {
        var swa = new Swa { Start = start, Every = every };
        swa.Validate(new RunFacts(1, 1, 1, 1, epochs, 1));
        Network network = GraphBuilder.Input(1, 1, 1).Linear(1, bias: false).Build(seed: 1);
        WeightAverage average = swa.Begin(network, epochs);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            network.Weights[0] = epoch;
            average.AfterEpoch(epoch);
        }

        Assert.Equal(averaged.Average(), average.Network.Weights[0], 1e-5);
    }

    [Fact]
    public void Swas_own_rate_begins_where_averaging_does()
    {
        const long steps = 1000;
        var own = new OneCycle { PeakRate = 0.2 };
        Schedule schedule = new Swa { Start = 0.75, Rate = 0.05, AnnealEpochs = 2, Anneal = Anneal.Linear }.Around(own, epochs: 20);
        for (long step = 0; step < 750; step++) Assert.Equal(own.At(step, steps), schedule.At(step, steps));
        Rates start = own.At(750, steps);
        Assert.Equal(start, schedule.At(750, steps));
        Assert.Equal((start.LearningRate + 0.05) / 2, schedule.At(800, steps).LearningRate, 1e-6);
        for (long step = 850; step < steps; step++) Assert.Equal(new Rates(0.05f, start.Momentum), schedule.At(step, steps));
        Assert.Same(own, new Swa().Around(own, epochs: 20));
    }

    [Fact]
    public void Emas_decay_follows_from_the_half_life_and_warms_up()
    {
        Assert.Equal(0, new Ema().DecayAt(0));
        Assert.Equal(2.0 / 11, new Ema().DecayAt(1), 1e-12);
        Assert.Equal(0.999, new Ema().DecayAt(100_000), 1e-12);
        Assert.Equal(0.999, new Ema { Warmup = false }.DecayAt(1), 1e-12);
        Assert.Equal(0.5, Math.Pow(new Ema { HalfLife = 70, Decay = 0.1, Warmup = false }.DecayAt(1), 70), 1e-9);
    }

    [Theory]
    [InlineData(BatchWeighting.Size)]
    [InlineData(BatchWeighting.Equal)]
    [InlineData(null)]
    public void Images_that_lie_class_by_class_give_the_average_statistics_of_all_classes(BatchWeighting? weighting)
    {
        // Three classes that differ in brightness, sorted: a batch of one class knows nothing of the others.
        Dataset data = new("sorted", "a test", Sorted(300), Sorted(60));
        Network network = GraphBuilder.Input(1, 8, 8).Conv(6).BatchNorm().Relu().GlobalAveragePool().BatchNorm().Linear(3).Build(seed: 1);
        AveragingTechnique technique = weighting is { } chosen ? new Swa { Start = 0.8, BatchWeighting = chosen }
            : new Ema { Decay = 0.5, Recalibrate = true };
        TrainingResult result =
            Trainer.Run(network, data, new TrainingOptions { Epochs = 20, BatchSize = 20, Threads = 2, Techniques = [technique] });
        Assert.InRange(result.Unaveraged!.Test.Accuracy, 0.98, 1);
        Assert.InRange(result.Test.Accuracy, result.Unaveraged.Test.Accuracy - 0.02, 1);
    }

    [Fact]
    public void Statistics_measured_anew_are_those_of_the_data_without_dropout()
    {
        (ImageSet images, Normalization normalization, int[] order) = Images(40);
        Network network = Net(dropout: 0.5f), without = Net(dropout: 0);
        float[] weights = [.. network.Weights];
        Array.Fill(network.Statistics, 1e30f);
        Recalibrate(network, images, normalization, order, batchSize: 40, BatchWeighting.Size);

        // A norm whose running statistics a single batch replaces knows that batch.
        using var team = new ThreadTeam(1);
        var plan = new TrainingPlan(without, 40, team);
        foreach (BatchNormalization norm in plan.Norms) norm.Momentum = 1;
        var batch = new ImageBatch(images, normalization);
        batch.Select(order, 0);
        Array.Clear(without.Statistics);
        plan.Step(batch, 40, step: 0);
        Assert.Equal(without.Statistics, network.Statistics);
        Assert.Equal(weights, network.Weights);
    }

    [Fact]
    public void A_short_last_batch_counts_by_its_size_and_one_of_a_single_image_not_at_all()
    {
        (ImageSet images, Normalization normalization, int[] order) = Images(33);
        float[] whole = Statistics(order[..32], 16, BatchWeighting.Size);
        Assert.Equal(whole, Statistics(order, 16, BatchWeighting.Size));
        float[] bySize = Statistics(order[..18], 16, BatchWeighting.Size), equal = Statistics(order[..18], 16, BatchWeighting.Equal);
        float[] first = Statistics(order[..16], 16, BatchWeighting.Size), last = Statistics(order[16..18], 16, BatchWeighting.Size);
        Near.AssertEqual("by size", [.. first.Zip(last, static (a, b) => ((16 * a) + (2 * b)) / 18)], bySize);
        Near.AssertEqual("equal", [.. first.Zip(last, static (a, b) => (a + b) / 2)], equal);

        float[] Statistics(int[] chosen, int batchSize, BatchWeighting weighting)
        {
            Network network = Net(dropout: 0);
            Recalibrate(network, images, normalization, chosen, batchSize, weighting);
            return network.Statistics;
        }
    }

    [Fact]
    public void A_training_with_batches_of_one_image_measures_statistics_of_all_images()
    {
        (ImageSet images, Normalization normalization, int[] order) = Images(40);
        var data = new Dataset("glyphs", "glyphs", images, images);
        TrainingOptions options = SmallRun.Options with { Epochs = 2, BatchSize = 1, Techniques = [new Swa { Start = 0.5 }] };
        Network net = GraphBuilder.Input(1, 28, 28).Conv(3, stride: 3).BatchNorm().Relu().GlobalAveragePool().Linear(10).Build(seed: 3);
        Network average = Trainer.Run(net, data, options).Network;
        float[] measured = [.. average.Statistics];
        Recalibrate(average, images, normalization, order, batchSize: 2, BatchWeighting.Size);

        // Means over batches of two do not depend on which two.
        Near.AssertEqual("the first norm's means", [.. average.Statistics.Take(3)], [.. measured.Take(3)]);
    }

    private static void Recalibrate(Network network, ImageSet images, Normalization normalization, int[] order, int batchSize,
        BatchWeighting weighting)
    {
        using var team = new ThreadTeam(2);
        new StatisticsRecalibration(new TrainingPlan(network, batchSize, team, dropout: false), weighting)
            .Run(new ImageBatch(images, normalization), order);
    }

    private static Network Net(float dropout) =>
        GraphBuilder.Input(1, 28, 28).Conv(3, stride: 3).BatchNorm().Relu().Dropout(dropout).Conv(4, stride: 3).BatchNorm()
            .GlobalAveragePool().BatchNorm().Linear(10).Build(seed: 3);

    private static ImageSet Sorted(int count)
    {
        // Two classes lie together on one side of the mean: an output that is scaled too far takes one for the other.
        int[] levels = [0, 30, 180];
        var random = new SeededRandom(count);
        var pixels = new byte[count * 64];
        int[] labels = [.. Enumerable.Range(0, count).Select(i => 3 * i / count)];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(levels[labels[i / 64]] + random.NextInt(30));
        return new ImageSet(1, 8, 8, pixels, labels, ["dark", "grey", "bright"]);
    }

    private static (ImageSet Images, Normalization Normalization, int[] Order) Images(int count)
    {
        ImageSet images = Glyphs.Create(train: count, test: 1).Train;
        return (images, Normalization.Of(images), [.. Enumerable.Range(0, count)]);
    }
}
