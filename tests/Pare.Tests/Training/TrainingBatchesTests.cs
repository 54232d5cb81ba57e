using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Training;

public class TrainingBatchesTests
{
    private const int Images = 50;
    private const int Classes = 4;
    private const int Size = 3 * 6 * 7;

    private static readonly ImageSet s_images = Set();
    private static readonly Normalization s_normalization = Normalization.Of(s_images);

    private static readonly Technique[] s_all =
    [
        new RandomCrop { Padding = 2, Fill = CropFill.Reflect }, new HorizontalFlip(), new Affine(), new ColorJitter(),
            new TrivialAugment(), new GaussianNoise(), new Cutout { Length = 3 },
        new RandomErasing(), new Mixup { Alpha = 1, Until = 0.7f }, new CutMix(),
    ];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void The_pictures_are_the_same_for_any_number_of_threads_and_workers(int threads, int workers) =>
        Assert.Equal(Run(s_all, 1, 0), Run(s_all, threads, workers));

    [Fact]
    public void The_pictures_do_not_depend_on_the_order_in_which_techniques_are_named() =>
        Assert.Equal(Run(s_all, 1, 0), Run([.. Enumerable.Reverse(s_all)], 1, 0));

    [Fact]
    public void Another_seed_and_another_epoch_give_other_pictures()
    {
        float[][] run = Run([new RandomCrop { Padding = 2 }], 1, 0), other = Run([new RandomCrop { Padding = 2 }], 1, 0, seed: 2);
        Assert.NotEqual(run[0], other[0]);
        Assert.NotEqual(run[0], run[run.Length / 2]);
    }

    [Fact]
    public void An_augmentation_that_happens_to_do_nothing_gives_the_bits_of_the_direct_path()
    {
        float[][] direct = Run([], 1, 0);
        Assert.Equal(direct, Run([new HorizontalFlip { Probability = 1e-9f }, new CutMix { Alpha = 1, Probability = 1e-9f }], 2, 0));
    }

    [Fact]
    public void A_technique_stops_where_its_part_of_the_run_ends()
    {
        float[][] direct = Run([], 1, 0), half = Run([new HorizontalFlip { Probability = 1, Until = 0.5f }], 1, 1);
        for (int step = 0; step < direct.Length; step++)
        {
            if (step < direct.Length / 2) Assert.NotEqual(direct[step], half[step]);
            else Assert.Equal(direct[step], half[step]);
        }
    }

    [Fact]
    public void Targets_of_mixed_images_have_both_shares()
    {
        foreach (float[] batch in Run([new Mixup { Alpha = 1 }], 1, 0))
        {
            float[][] targets = [.. batch.Skip(Size * Batch).Chunk(Classes)];
            Assert.All(targets, static target => Assert.Equal(1, target.Sum(), 1e-6f));
            Assert.Contains(targets, static target => target.Max() is > 0 and < 1);
        }
    }

    [Fact]
    public void With_two_mixing_techniques_half_of_the_batches_get_each()
    {
        Technique[] both = [new Mixup { Alpha = 1 }, new CutMix { Probability = 1 }];
        RunFacts run = Facts(epochs: 400);
        var augmenter = new Augmenter(s_images, s_normalization, both, run, seed: 1, steps: 2000);
        var batch = new PreparedBatch(s_images, Batch, mixes: true);
        int blended = 0;
        for (batch.Step = 0; batch.Step < 2000; batch.Step++)
        {
            augmenter.Begin(batch);
            blended += batch.Mixing is Mixup ? 1 : 0;
        }

        Assert.InRange(blended, 920, 1080);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_batch_can_be_filled_from_again_until_the_next_one(int workers)
    {
        using var team = new ThreadTeam(1);
        using TrainingBatches batches = Batches(s_all, team, workers, 1);
        IBatchSource batch = batches.Next();
        float[] first = Read(batch);
        Thread.Sleep(50);
        Assert.Equal(first, Read(batch));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_run_ends_after_its_last_step(int workers)
    {
        using var team = new ThreadTeam(1);
        using TrainingBatches batches = Batches([new HorizontalFlip()], team, workers, 1);
        for (int step = 0; step < 4 * (Images / Batch); step++) batches.Next();
        Assert.Throws<InvalidOperationException>(batches.Next);
        Assert.InRange(batches.TakeWaited().TotalSeconds, 1e-9, 60);
        Assert.Equal(TimeSpan.Zero, batches.TakeWaited());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_failure_in_a_worker_reaches_the_step(int workers)
    {
        using var team = new ThreadTeam(2);
        using TrainingBatches batches = Batches([new Broken()], team, workers, 1);
        Assert.Equal("broken", Assert.Throws<InvalidDataException>(batches.Next).Message);
    }

    [Fact]
    public void Training_with_every_augmentation_gives_the_same_weights_for_any_number_of_threads_and_workers()
    {
        float[] Weights(int threads, int workers)
        {
            Pare.Graphs.Network network = Pare.Graphs.GraphBuilder.Input(3, 6, 7).Conv(4).BatchNorm().Relu().GlobalAveragePool()
                .Linear(Classes).Build(seed: 1);
            var options = new TrainingOptions { Epochs = 2, BatchSize = 20, Techniques = s_all, Threads = threads, DataWorkers = workers };
            TrainingResult result = Trainer.Run(network, new Dataset("test", "built in", s_images, s_images), options);
            Assert.All(result.Epochs, static epoch => Assert.InRange(epoch.Idle, 1e-9, 1));
            return network.Weights;
        }

        float[] expected = Weights(1, 0);
        Assert.Equal(expected, Weights(2, 0));
        Assert.Equal(expected, Weights(3, 1));
    }

    private static int Batch => Simd.Lanes + 3;

    private static RunFacts Facts(int epochs = 4) => new(3, 6, 7, Classes, epochs, Batch);

    private static TrainingBatches Batches(Technique[] techniques, ThreadTeam team, int workers, int seed) =>
        new(s_images, [.. Enumerable.Range(0, Images)], s_normalization, Facts(),
            new TrainingOptions { Techniques = techniques, DataWorkers = workers, Seed = seed }, team);

    // Every batch of a run: pixels, then targets, image by image.
    private static float[][] Run(Technique[] techniques, int threads, int workers, int seed = 1)
    {
        using var team = new ThreadTeam(threads);
        using TrainingBatches batches = Batches(techniques, team, workers, seed);
        return [.. Enumerable.Range(0, 4 * (Images / Batch)).Select(_ => Read(batches.Next()))];
    }

    private static float[] Read(IBatchSource batch)
    {
        float[] images = new float[Batch * Size], targets = new float[Batch * Classes];
        for (int first = 0; first < Batch; first += Simd.Lanes)
        {
            float[] pixels = new float[Size * Simd.Lanes], target = new float[Classes * Simd.Lanes];
            int count = Math.Min(Simd.Lanes, Batch - first);
            batch.Fill(first, count, pixels, target);
            Lanes.Unpack(pixels, first, count, images);
            Lanes.Unpack(target, first, count, targets);
        }

        return [.. images, .. targets];
    }

    private static ImageSet Set()
    {
        var random = new SeededRandom(1);
        byte[] pixels = [.. Enumerable.Range(0, Images * Size).Select(_ => (byte)random.NextInt(256))];
        return new ImageSet(3, 6, 7, pixels, [.. Enumerable.Range(0, Images).Select(static i => i % Classes)], ["a", "b", "c", "d"]);
    }

    private sealed record Broken : ImageAugmentation
    {
        public override string Key => "broken";

        public override AugmentationOrder Order => AugmentationOrder.Flip;

        public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare) =>
            throw new InvalidDataException("broken");
    }
}
