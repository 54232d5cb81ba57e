using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Batches that hold each image in three views.</summary>
public class ViewsTests
{
    private const int Images = 50;
    private const int Batch = 20;
    private const int Classes = 4;
    private const int Size = 3 * 6 * 7;

    private static readonly ImageSet s_images = Set();
    private static readonly Technique[] s_plain = [new RandomCrop { Padding = 2 }, new HorizontalFlip(), new Cutout { Length = 3 }];

    [Fact]
    public void The_first_view_is_the_image_as_it_would_be_without_and_the_others_are_blends_of_it()
    {
        float[][] plain = Run(s_plain), views = Run([.. s_plain, new AugMix { Severity = 10 }]);
        Assert.Equal(plain.Length, views.Length);
        for (int step = 0; step < plain.Length; step++)
        {
            Assert.Equal(3 * plain[step].Length, views[step].Length);
            float[][] images = [.. views[step].Chunk(Size + Classes)];
            Assert.Equal(plain[step], images.Take(Batch).SelectMany(static image => image));
            for (int i = 0; i < Batch; i++)
            {
                // Every view has the label of its image, and is another picture.
                Assert.Equal(images[i][Size..], images[Batch + i][Size..]);
                Assert.Equal(images[i][Size..], images[(2 * Batch) + i][Size..]);
                Assert.NotEqual(images[i], images[Batch + i]);
                Assert.NotEqual(images[Batch + i], images[(2 * Batch) + i]);
            }
        }
    }

    [Fact]
    public void Mixed_views_have_the_partner_of_their_image_in_the_same_view()
    {
        // Alone, so that the blends are known; nothing but the image moves with its number.
        Technique[] alone = [new AugMix()], mixed = [new AugMix(), new Mixup { Alpha = 1 }];
        float[][] before = Run(alone), after = Run(mixed);
        for (int step = 0; step < before.Length; step++)
        {
            float[][] from = [.. before[step].Chunk(Size + Classes)], to = [.. after[step].Chunk(Size + Classes)];
            for (int i = 0; i < Batch; i++)
            {
                // The partner is found in the first view; the others must have the same one.
                int partner = Enumerable.Range(0, Batch).First(p => Is(from[i], from[p], to[i]));
                for (int view = 1; view < 3; view++)
                    Assert.True(Is(from[(view * Batch) + i], from[(view * Batch) + partner], to[(view * Batch) + i]),
                        $"step {step}, image {i}, view {view}");
            }
        }

        // The share follows from the first pixels that differ.
        static bool Is(float[] own, float[] partner, float[] mixed)
        {
            int at = Enumerable.Range(0, Size).FirstOrDefault(i => Math.Abs(own[i] - partner[i]) > 0.5f, -1);
            float share = at < 0 ? 1 : (mixed[at] - partner[at]) / (own[at] - partner[at]);
            return Enumerable.Range(0, Size).All(i => Math.Abs((share * own[i]) + ((1 - share) * partner[i]) - mixed[i]) < 1e-3f);
        }
    }

    [Fact]
    public void Where_the_technique_ends_a_batch_has_each_image_once()
    {
        float[][] plain = Run(s_plain), views = Run([.. s_plain, new AugMix { Until = 0.5f }]);
        for (int step = 0; step < plain.Length; step++)
        {
            Assert.Equal((step < plain.Length / 2 ? 3 : 1) * plain[step].Length, views[step].Length);
            if (step >= plain.Length / 2) Assert.Equal(plain[step], views[step]);
        }
    }

    [Fact]
    public void Without_consistency_each_image_is_blended_once()
    {
        float[][] plain = Run([]), blended = Run([new AugMix { Consistency = 0 }]);
        Assert.Equal(plain[0].Length, blended[0].Length);
        Assert.NotEqual(plain[0], blended[0]);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    public void The_pictures_are_the_same_for_any_number_of_threads_and_workers(int threads, int workers)
    {
        Technique[] all =
            [.. s_plain, new TrivialAugment(), new AugMix { Until = 0.8f }, new GaussianNoise(), new RandomErasing(), new Mixup()];
        Assert.Equal(Run(all), Run(all, threads, workers));
    }

    [Fact]
    public void A_training_counts_images_and_not_views_and_estimates_three_times_the_maps()
    {
        Network network = GraphBuilder.Input(3, 6, 7).Conv(4).BatchNorm().Relu().GlobalAveragePool().Linear(Classes).Build(seed: 1);
        var options = new TrainingOptions { Epochs = 2, BatchSize = Batch, Threads = 2, Techniques = [new AugMix()] };
        using var session = new TrainingSession(network, new Dataset("test", "built in", s_images, s_images), options);
        Assert.Equal((Batch, Images / Batch), (session.BatchSize, session.StepsPerEpoch));
        session.Run();

        MemoryEstimate one = MemoryEstimate.Of(network.Graph, options with { BatchSize = 640, Techniques = [] }),
            three = MemoryEstimate.Of(network.Graph, options with { BatchSize = 640 });
        Assert.InRange(three.FeatureMaps, 2.5 * one.FeatureMaps, 3.2 * one.FeatureMaps);
        Assert.True(three.Batches >= 3L * 640 * Size * sizeof(float));
        Assert.True(MemoryEstimate.Of(network.Graph, options with { BatchSize = int.MaxValue }, images: 640) == three);
    }

    // Every batch of a run: all its images in all views, pixels and targets of each.
    private static float[][] Run(Technique[] techniques, int threads = 1, int workers = 0)
    {
        using var team = new ThreadTeam(threads);
        using var batches = new TrainingBatches(s_images, [.. Enumerable.Range(0, Images)], Normalization.Of(s_images),
            new RunFacts(3, 6, 7, Classes, 4, Batch), new TrainingOptions { Techniques = techniques, DataWorkers = workers }, team);
        return [.. Enumerable.Range(0, 4 * (Images / Batch)).Select(_ => Read(batches.Next()))];
    }

    private static float[] Read(IBatchSource batch)
    {
        var all = new List<float>();
        float[] pixels = new float[Size * Simd.Lanes], targets = new float[Classes * Simd.Lanes];
        for (int image = 0; image < batch.Views * Batch; image++)
        {
            Array.Clear(targets);
            batch.Fill(image, 1, pixels, targets);
            all.AddRange(Enumerable.Range(0, Size).Select(i => pixels[i * Simd.Lanes]));
            all.AddRange(Enumerable.Range(0, Classes).Select(i => targets[i * Simd.Lanes]));
        }

        return [.. all];
    }

    private static ImageSet Set()
    {
        var random = new SeededRandom(1);
        byte[] pixels = [.. Enumerable.Range(0, Images * Size).Select(_ => (byte)random.NextInt(256))];
        return new ImageSet(3, 6, 7, pixels, [.. Enumerable.Range(0, Images).Select(static i => i % Classes)], ["a", "b", "c", "d"]);
    }
}
