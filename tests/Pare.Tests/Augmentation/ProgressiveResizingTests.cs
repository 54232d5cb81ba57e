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

namespace Pare.Tests.Augmentation;

public class ProgressiveResizingTests
{
    private const int Steps = 100;

    private static readonly ProgressiveResizing s_crop = new();
    private static readonly ProgressiveResizing s_resize = new() { Mode = ResizeMode.Resize };

    [Theory]
    [InlineData(0, 24, 24)]
    [InlineData(50, 24, 24)]
    [InlineData(62, 24, 24)]
    [InlineData(63, 28, 28)]
    [InlineData(74, 28, 28)]
    [InlineData(75, 32, 32)]
    [InlineData(74, 32, 32, 0.74f)]
    [InlineData(73, 28, 28, 0.74f)]
    [InlineData(99, 32, 32)]
    public void Images_are_small_up_to_the_delay_and_full_from_the_end(long step, int height, int width, float until = 0.75f) =>
        Assert.Equal((height, width), (s_crop with { Until = until }).SizeAt(step, Steps, 32, 32));

    [Theory]
    [InlineData(20, 33, 0.8f, 16, 20)]
    [InlineData(20, 33, 0.6f, 12, 20)]
    [InlineData(20, 33, 0.3f, 3, 10)]
    public void The_first_step_at_the_end_is_full_though_the_fraction_is_no_binary_number(int height, int width, float until, long step,
        long steps)
    {
        ProgressiveResizing technique = new() { DelayFraction = Math.Min(0.3f, until), Until = until };
        Assert.Equal((height, width), technique.SizeAt(step, steps, height, width));
        Assert.NotEqual((height, width), technique.SizeAt(step - 1, steps, height, width));
    }

    [Theory]
    [InlineData(32, 32, 24)]
    [InlineData(64, 64, 48)]
    [InlineData(150, 200, 112)]
    [InlineData(300, 300, 220)]
    [InlineData(1000, 1000, 704)]
    public void Sides_are_multiples_of_more_pixels_where_images_are_larger(int height, int width, int rows)
    {
        Assert.Equal(rows, s_crop.SizeAt(0, Steps, height, width).Height);
        Assert.InRange(StepSizes.Of([s_crop], new RunFacts(1, height, width, 2, 1, 1), 1000).Smaller.Count, 1, 8);
        s_crop.Validate(new RunFacts(1, height, width, 2, 1, 1));
    }

    [Theory]
    [InlineData(0.5f, 4, 20, 33, 8, 16)]
    [InlineData(0.01f, 4, 20, 33, 4, 4)]
    [InlineData(0.01f, 4, 3, 2, 3, 2)]
    [InlineData(0.75f, 1, 21, 10, 15, 7)]
    [InlineData(0.7f, 2, 20, 40, 14, 28)]
    [InlineData(0.999f, 1, 32, 32, 31, 31)]
    public void Each_side_is_a_multiple_of_the_increment_and_no_larger_than_the_full_one(float scale, int increment, int height, int width,
        int smallHeight, int smallWidth)
    {
        ProgressiveResizing technique = new() { InitialScale = scale, SizeIncrement = increment };

        Assert.Equal((smallHeight, smallWidth), technique.SizeAt(0, Steps, height, width));
    }

    [Theory]
    [InlineData(0, 0.01f)]
    [InlineData(0, 1)]
    [InlineData(0.3f, 0.3f)]
    [InlineData(0.5f, 0.8f)]
    [InlineData(1, 1)]
    public void The_stages_are_the_sizes_step_by_step_and_the_work_is_their_pixels(float delay, float until)
    {
        ProgressiveResizing technique = new() { InitialScale = 0.3f, DelayFraction = delay, Until = until, SizeIncrement = 3 };
        var sizes = StepSizes.Of([technique], new RunFacts(3, 30, 20, 2, 1, 1), 997);

        double work = 0;
        for (long step = 0; step < 997; step++)
        {
            (int height, int width) = technique.SizeAt(step, 997, 30, 20);
            Assert.Equal((height, width) == (30, 20) ? null : (height, width), sizes.At(step));
            Assert.Equal(work, sizes.Work(step), 1e-6);
            work += height * width / 600.0;
        }

        Assert.Equal(work, sizes.Work(997), 1e-6);
        Assert.Equal(sizes.Smaller.Count, sizes.Smaller.Distinct().Count());
    }

    [Fact]
    public void A_crop_is_a_window_of_the_image_at_a_random_place()
    {
        float[] image = [.. Enumerable.Range(0, 2 * 6 * 7).Select(static i => (float)i)];
        var seen = new HashSet<(int, int)>();
        var random = new SeededRandom(1);
        for (int i = 0; i < 200; i++)
        {
            float[] got = [.. image];
            s_crop.Reduce(ref random, got, 2, (6, 7), (4, 5), []);
            (int top, int left) = Math.DivRem((int)got[0], 7);
            seen.Add((top, left));
            float At(int pixel) => (pixel / 20 * 42) + (((pixel / 5 % 4) + top) * 7) + (pixel % 5) + left;
            Assert.Equal(Enumerable.Range(0, 2 * 4 * 5).Select(At), got[..40]);
        }

        Assert.Equal(9, seen.Count);
    }

    [Theory]
    [InlineData(6, 7, 4, 5)]
    [InlineData(6, 7, 6, 7)]
    [InlineData(6, 7, 1, 1)]
    [InlineData(8, 8, 4, 4)]
    [InlineData(5, 9, 4, 9)]
    public void A_smaller_image_has_the_mean_of_the_area_under_each_pixel(int height, int width, int smallHeight, int smallWidth)
    {
        var random = new SeededRandom(3);
        float[] image = RandomArrays.Normal(ref random, 2 * height * width), got = [.. image];
        s_resize.Reduce(ref random, got, 2, (height, width), (smallHeight, smallWidth), new float[width]);

        // Each pixel cut into as many as make both grids whole.
        int area = height * width;
        for (int at = 0; at < 2 * smallHeight * smallWidth; at++)
        {
            (int row, int x) = Math.DivRem(at, smallWidth);
            (int c, int y) = Math.DivRem(row, smallHeight);
            double sum = 0;
            for (int i = y * height; i < (y + 1) * height; i++)
            {
                for (int j = x * width; j < (x + 1) * width; j++)
                    sum += image[(c * area) + (i / smallHeight * width) + (j / smallWidth)];
            }

            Assert.Equal(sum / area, got[at], 1e-5);
        }
    }

    [Theory]
    [InlineData(0f, 0.5f, 0.8f, 4, "initial_scale")]
    [InlineData(1.5f, 0.5f, 0.8f, 4, "initial_scale")]
    [InlineData(float.NaN, 0.5f, 0.8f, 4, "initial_scale")]
    [InlineData(0.5f, -0.1f, 0.8f, 4, "delay_fraction")]
    [InlineData(0.5f, 0.9f, 0.8f, 4, "delay_fraction")]
    [InlineData(0.5f, float.NaN, 0.8f, 4, "delay_fraction")]
    [InlineData(0.5f, 0f, 0f, 4, "until")]
    [InlineData(0.5f, 0.5f, 0.8f, 0, "size_increment")]
    [InlineData(0.3f, 0.5f, 0.8f, 1, "size_increment is 1, which makes 20 smaller sizes of 28x28; there may be 16: 2 makes no more")]
    [InlineData(0.5f, 0.5f, 0.8f, 64, "no smaller size whose sides are multiples of 64")]
    [InlineData(0.99f, 0.5f, 0.8f, 28, "no smaller size whose sides are multiples of 28")]
    public void What_makes_no_sense_is_refused(float scale, float delay, float until, int increment, string setting)
    {
        ProgressiveResizing technique =
            new() { InitialScale = scale, DelayFraction = delay, Until = until, SizeIncrement = increment };

        RecipeException error = Refused(SmallRun.Network().Graph, technique);
        Assert.Contains(setting, error.Message);
        Assert.Contains("progressive_resizing", error.Where);
    }

    [Fact]
    public void A_network_that_takes_images_of_one_size_is_refused_with_the_layer_that_does()
    {
        Graph flat = GraphBuilder.Input(1, 28, 28).Conv(4).Relu().Linear(10).Build();
        RecipeException dense = Refused(flat, s_crop);
        Assert.Contains("20x20", dense.Message);
        Assert.Contains("'linear1'", dense.Message);

        Graph pixels = GraphBuilder.Input(1, 28, 28).Conv(10).MaxPool(kernel: 28).Build();
        Assert.Contains("'max_pool1'", Refused(pixels, s_crop).Message);

        Graph deep = GraphBuilder.Input(1, 28, 28).Conv(4, kernel: 9, padding: 0).Conv(10, kernel: 9, padding: 0).GlobalAveragePool()
            .Build();
        Assert.Contains("'conv2'", Refused(deep, s_crop with { InitialScale = 0.5f }).Message);
    }

    [Fact]
    public void A_norm_that_would_get_one_value_of_a_smaller_image_is_refused_before_the_training()
    {
        Network network = GraphBuilder.Input(1, 28, 28).Conv(4, stride: 2).MaxPool(8, stride: 1).BatchNorm().GlobalAveragePool()
            .Linear(10).Build(1);
        TrainingOptions options = SmallRun.Options with { BatchSize = 1, Techniques = [s_crop with { InitialScale = 0.6f }] };
        var error = Assert.Throws<RecipeException>(() => SmallRun.Train(network, options));
        Assert.Contains("of an image of 16x16", error.Message);
    }

    [Fact]
    public void Beside_a_teacher_it_is_refused()
    {
        RecipeException error = Refused(SmallRun.Network().Graph, s_crop, new Distillation { Teacher = SmallRun.Teacher() });
        Assert.Contains("distillation", error.Remedy);
    }

    [Fact]
    public void A_step_on_smaller_images_is_that_of_a_network_for_their_size()
    {
        using var team = new ThreadTeam(2);
        var random = new SeededRandom(5);
        Network network = SmallRun.Network(), small = SmallRun.Network();
        var plan = new TrainingPlan(network, 20, team, inputGradient: true, seed: 3, sizes: [(20, 16), (28, 12)]);
        foreach ((int height, int width) in new[] { (28, 12), (20, 16), (28, 28), (20, 16) })
        {
            var batch = new Sized(RandomArrays.Normal(ref random, 20 * height * width), height, width);
            Network alone = small.Under(small.Graph.Resized(height, width));
            var own = new TrainingPlan(alone, 20, team, inputGradient: true, seed: 3);
            Assert.Equal(own.Step(new Sized(batch.Pixels, height, width) { IsOwn = true }, 20, step: 4), plan.Step(batch, 20, step: 4));
            Assert.Equal(own.Gradients, plan.Gradients);
            Assert.Equal(small.Statistics, network.Statistics);
        }

        Assert.Throws<ArgumentException>(() => plan.Step(new Sized(new float[20 * 10 * 10], 10, 10), 20, step: 5));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    public void A_training_gives_the_same_bytes_for_any_number_of_threads(int threads, int workers)
    {
        Technique[] techniques =
        [
            s_crop, new RandomCrop { Padding = 2 }, new AugMix(), new Cutout(), new CutMix(), new Mixup(), new LabelSmoothing(), new Sam(),
            new AdversarialTraining(), new Ema { HalfLife = 5 },
        ];
        TrainingOptions options = SmallRun.Options with { Techniques = techniques, Threads = 1, DataWorkers = 0 };
        Network one = SmallRun.Network(), other = SmallRun.Network();
        TrainingResult first = SmallRun.Train(one, options),
            second = SmallRun.Train(other, options with { Threads = threads, DataWorkers = workers });
        Assert.Equal(first.Network.Weights, second.Network.Weights);
        Assert.Equal(one.Statistics, other.Statistics);
    }

    [Fact]
    public void A_training_goes_on_to_the_same_bytes_from_a_state_within_any_size()
    {
        TrainingOptions options = SmallRun.Options with { Techniques = [s_resize, new Sam()] };
        Dataset data = Glyphs.Create(train: 200, test: 50);
        Network whole = SmallRun.Network();
        using var session = new TrainingSession(whole, data, options);
        session.Run();
        foreach (int until in new[] { 3, 16, 21 })
        {
            Network begun = SmallRun.Network(), gone = SmallRun.Network();
            using var first = new TrainingSession(begun, data, options);
            while (first.StepsDone < until) first.Step();
            using var second = new TrainingSession(gone, data, options, first.Capture());
            second.Run();
            Assert.Equal(whole.Weights, gone.Weights);
        }
    }

    [Fact]
    public void Off_it_changes_nothing_and_full_images_at_the_end_are_those_without_it()
    {
        Assert.Equal(SmallRun.Train().Network.Weights, SmallRun.Train(new ProgressiveResizing { InitialScale = 1 }).Network.Weights);
        Assert.NotEqual(SmallRun.Train().Network.Weights, SmallRun.Train(s_crop).Network.Weights);
        Assert.NotEqual(SmallRun.Train(s_resize).Network.Weights, SmallRun.Train(s_crop).Network.Weights);
    }

    [Fact]
    public void The_time_that_is_left_is_told_in_pixels()
    {
        Dataset data = Glyphs.Create(train: 200, test: 50);
        using var session = new TrainingSession(SmallRun.Network(), data, SmallRun.Options with { Techniques = [s_crop] });
        while (session.StepsDone < session.Steps / 2) session.Step();

        // Half of the steps are behind, at half of the pixels of a full image: 20 x 20 of 28 x 28.
        TrainingProgress progress = session.Progress();
        Assert.InRange(progress.Remaining / progress.Elapsed, 1.2, 1.8);
    }

    [Fact]
    public void The_memory_of_the_maps_is_that_of_the_largest()
    {
        Graph graph = SmallRun.Network().Graph;
        TrainingOptions options = SmallRun.Options with { Techniques = [new HorizontalFlip()] };
        MemoryEstimate without = MemoryEstimate.Of(graph, options),
            with = MemoryEstimate.Of(graph, options with { Techniques = [new HorizontalFlip(), s_crop] });
        Assert.Equal(without.FeatureMaps, with.FeatureMaps);
        Assert.Equal(without.Gradients, with.Gradients);
        Assert.True(with.PackedWeights > without.PackedWeights);
    }

    [Theory]
    [InlineData(0.5f, 0.8f, "training images are 20x20 at first and 28x28 from 80 % of the steps on, in 3 sizes")]
    [InlineData(0.25f, 1, "training images are 20x20 at first and 24x24 from 57.1 % of the steps on, in 2 sizes")]
    [InlineData(1, 1, "training images are 20x20 in all steps")]
    public void A_training_says_the_sizes_before_it_begins(float delay, float until, string note)
    {
        Dataset data = Glyphs.Create(train: 200, test: 50);
        TrainingOptions options = SmallRun.Options with { Techniques = [s_crop with { DelayFraction = delay, Until = until }] };
        Assert.Equal([note], TrainingCheck.Run(SmallRun.Network().Graph, data, options));
    }

    [Fact]
    public void A_run_whose_images_never_become_full_is_told()
    {
        TrainingOptions options = SmallRun.Options with { Epochs = 1, Techniques = [s_crop] };
        Assert.Equal(["techniques.progressive_resizing: until is 0.8, and the run has 4 steps: none of them has images of full size"],
            TrainingCheck.Length(options, images: 4 * 32));
        Assert.Empty(TrainingCheck.Length(options, images: 5 * 32));
        Assert.Equal(["training: patience is 2: the run may end before its images have their full size"],
            TrainingCheck.Length(options with { Epochs = 9, Patience = 2 }, images: 5 * 32));
        Assert.Empty(TrainingCheck.Length(options with { Techniques = [s_crop with { Until = 1 }] }, images: 4 * 32));
    }

    private static RecipeException Refused(Graph graph, params Technique[] techniques) =>
        Assert.Throws<RecipeException>(() => (SmallRun.Options with { Techniques = techniques }).Open(graph));

    // One class after the other.
    private sealed class Sized(float[] pixels, int height, int width) : IBatchSource
    {
        public float[] Pixels => pixels;

        public bool IsOwn { get; init; }

        public (int Height, int Width)? Size => IsOwn || (height, width) == (28, 28) ? null : (height, width);

        public void Fill(int first, int images, Span<float> into, Span<float> targets)
        {
            int size = height * width;
            PlanarImages.ToLanes(pixels.AsSpan(first * size), size, size, images, into);
            for (int lane = 0; lane < images && !targets.IsEmpty; lane++) targets[((first + lane) % 10 * Simd.Lanes) + lane] = 1;
        }
    }
}
