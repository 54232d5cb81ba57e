using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training.Gradients;

/// <summary>
/// A small run against PyTorch in double precision, where the attacks begin at the same draws:
/// <c>tools/golden/adversarial_training.py</c> made the numbers.
/// </summary>
public class AdversarialTrainingTests
{
    private const int Images = 19;
    private const int Classes = 3;
    private const int Size = 42;
    private const float Epsilon = 0.1f;
    private const float Mean = 0.4f;
    private const float Deviation = 0.3f;

    private static readonly Normalization s_normalization = new([Mean], [Deviation]);

    public static TheoryData<float, int, double[], float[], float[]> Golden
    {
        get
        {
            double[] losses = [1.2303229, 1.2003547, 1.1608003, 1.1292113, 1.0993731];
            float[] means = [-0.015900f, 0.006602f, 0.017946f, 0.025125f], variances = [0.609604f, 0.617154f, 0.614798f, 0.609847f];
            return new()
            {
                { 1, 1, losses, means, variances },
                { 1, 3, losses, means, variances },
                {
                    0.5f, 2, [1.2026809, 1.1737986, 1.1397144, 1.1104600, 1.0818263], [-0.016328f, 0.007566f, 0.016944f, 0.025628f],
                    [0.611690f, 0.615553f, 0.610634f, 0.607716f]
                },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void Losses_and_running_statistics_are_those_of_PyTorch(float share, int threads, double[] losses, float[] means,
        float[] variances)
    {
        Network net = Net();
        using var team = new ThreadTeam(threads);
        var options = new TrainingOptions
        {
            Optimizer = new Sgd { Momentum = 0.9f, Nesterov = true },
            Techniques = [new AdversarialTraining { Epsilon = Epsilon, Share = share }],
        };
        var training = new TrainingStep(net, Images, team, options, length: new RunLength(7, int.MaxValue, int.MaxValue),
            normalization: s_normalization);
        for (int step = 0; step < losses.Length; step++)
        {
            var moment = new FiniteCheck.Moment(1, step + 1, step, 0.1f);
            Assert.Equal(losses[step], training.Run(Source(), Images, new Rates(0.1f), moment).Loss, 1e-4);
        }

        Assert.All(means.Zip(net.Values(net["batch_norm1.running_mean"]).ToArray()),
            static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.All(variances.Zip(net.Values(net["batch_norm2.running_var"]).ToArray()),
            static pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void A_change_moves_along_the_sign_and_stays_within_its_limit()
    {
        float[] change = [0, 0.05f, -0.08f, 0.1f, -0.1f, 0.02f];
        AdversarialTraining.Move(change, [3, -1e-9f, -5, 2, 0, float.NaN], epsilon: 0.1f, alpha: 0.125f);
        Assert.Equal([0.1f, -0.075f, -0.1f, 0.1f, -0.1f, 0.02f], change, static (a, b) => Math.Abs(a - b) < 1e-7f);
    }

    [Theory]
    [InlineData(1, 19, 1, 19)]
    [InlineData(0.25f, 19, 1, 5)]
    [InlineData(0.5f, 18, 3, 3)]
    [InlineData(0.2f, 10, 1, 2)]
    public void Images_are_changed_by_no_more_than_epsilon_stay_between_black_and_white_and_the_others_stay_clean(float share, int images,
        int views, int attacked)
    {
        Network net = Net();
        using var team = new ThreadTeam(2);
        var plan = new TrainingPlan(net, images, team, inputGradient: true);
        ArraySource source = Source(views);
        var seen = new SeenImages(plan);
        new AdversarialTraining { Epsilon = Epsilon, Share = share }.Around(seen, plan, RunLength.Unknown, s_normalization)
            .Run(source, images, step: 4);
        Assert.Equal(views, seen.Views);
        float[] clean = SeenImages.Read(source, images);
        float least = -Mean / Deviation, most = (1 - Mean) / Deviation, reach = Epsilon / Deviation;
        int whole = 0, inside = 0;
        for (int i = 0; i < images * Size; i++)
        {
            float change = seen.Pixels[i] - clean[i];
            if (i / Size % (images / views) >= attacked)
            {
                Assert.Equal(0, change);
                continue;
            }

            Assert.InRange(seen.Pixels[i], least - 1e-6f, most + 1e-6f);
            Assert.InRange(Math.Abs(change), 0, reach + 1e-5f);
            if (clean[i] - least < reach || most - clean[i] < reach) continue;
            inside++;
            whole += Math.Abs(change) > reach - 1e-5f ? 1 : 0;
        }

        // A step of 1.25 epsilon from anywhere within goes to the border in seven cases of eight, and always beyond the middle.
        Assert.InRange((double)whole / inside, 0.5, 0.95);
    }

    [Fact]
    public void The_attack_raises_the_loss_and_leaves_statistics_and_weights_alone()
    {
        Network net = Net();
        using var team = new ThreadTeam(1);
        var plan = new TrainingPlan(net, Images, team, inputGradient: true);
        float[] weights = [.. net.Weights], statistics = [.. net.Statistics];
        plan.UpdateRunningStatistics(false);
        double clean = plan.Step(Source(), Images, step: 0).Loss;
        plan.UpdateRunningStatistics(true);
        var stopped = new StoppedBefore();
        Assert.Throws<OperationCanceledException>(() =>
            new AdversarialTraining { Epsilon = Epsilon }.Around(stopped, plan, RunLength.Unknown, s_normalization)
            .Run(Source(), Images, step: 0));
        Assert.Equal(statistics, net.Statistics);
        Assert.Equal(weights, net.Weights);
        Assert.True(plan.MovesStatistics);
        double attacked = new AdversarialTraining { Epsilon = Epsilon }
            .Around(new PlainGradient(plan), plan, RunLength.Unknown, s_normalization).Run(Source(), Images, step: 0).Loss;
        Assert.True(attacked > clean + 0.01, $"{attacked} after, {clean} before");
        Assert.NotEqual(statistics, net.Statistics);
    }

    [Fact]
    public void Under_it_SAM_takes_both_gradients_of_the_same_changed_images()
    {
        using var team = new ThreadTeam(1);
        var plan = new TrainingPlan(Net(), Images, team, inputGradient: true);
        var seen = new SeenImages(plan);
        Technique[] both = [new AdversarialTraining { Epsilon = Epsilon }, new Sam { Rho = 0.2f }];
        IGradientStep gradient = new Sam { Rho = 0.2f }.Around(seen, plan);
        new AdversarialTraining { Epsilon = Epsilon }.Around(gradient, plan, RunLength.Unknown, s_normalization).Run(Source(), Images, 0);
        Assert.Equal(2, seen.Passes.Count);
        Assert.Equal(seen.Passes[0], seen.Passes[1]);
        float[] expected = [.. plan.Gradients];

        // Whichever is named first.
        foreach (Technique[] named in new[] { both, [both[1], both[0]] })
        {
            new TrainingOptions { Techniques = named }.Gradient(plan, RunLength.Unknown, s_normalization).Run(Source(), Images, 0);
            Assert.Equal(expected, plan.Gradients);
        }
    }

    [Fact]
    public void An_epsilon_or_a_share_of_0_is_off_to_the_bit()
    {
        float[] plain = SmallRun.Train().Network.Weights;
        Assert.Equal(plain, SmallRun.Train(new AdversarialTraining { Epsilon = 0 }).Network.Weights);
        Assert.Equal(plain, SmallRun.Train(new AdversarialTraining { Share = 0 }).Network.Weights);
    }

    [Fact]
    public void A_teacher_is_asked_about_the_images_that_the_student_sees()
    {
        using var team = new ThreadTeam(1);
        var teacher = new Teacher(Net(), s_normalization);
        var options = new TrainingOptions { Techniques = [new Distillation { Teacher = teacher, Weight = 1, Temperature = 1 }] };
        Network net = Net();
        net.Values(net["linear1.bias"])[0] = 0.5f;
        var plan = new TrainingPlan(net, Images, team, inputGradient: true,
            options.Loss(new LossContext(team, Images, s_normalization)), dropout: false);
        var seen = new SeenImages(plan);
        double loss = new AdversarialTraining { Epsilon = 0.3f }.Around(seen, plan, RunLength.Unknown, s_normalization)
            .Run(Source(), Images, step: 0).Loss;

        // The same changed images as a batch of their own, with a loss that has never seen another.
        var fresh = new TrainingPlan(net, Images, team, loss: options.Loss(new LossContext(team, Images, s_normalization)));
        Assert.Equal(loss, fresh.Step(new ArraySource(seen.Pixels, Targets(1)), Images, step: 0).Loss, 1e-6);
    }

    [Fact]
    public void The_memory_of_the_gradient_of_the_images_and_of_their_changes_is_counted()
    {
        Graph graph = Net().Graph;
        var options = new TrainingOptions { BatchSize = 640, Threads = 2 };
        long plain = MemoryEstimate.Of(graph, options).FeatureMaps;
        long more = MemoryEstimate.Of(graph, options with { Techniques = [new AdversarialTraining()] }).FeatureMaps - plain;
        Assert.InRange(more, 640L * Size * sizeof(float), 4 * 640L * Size * sizeof(float));
    }

    [Theory]
    [InlineData("true", 8 / 255f, null)]
    [InlineData("0.1", 0.1f, null)]
    [InlineData("{ epsilon: 0.3, alpha: 0.375, share: 0.5 }", 0.3f, 0.375f)]
    public void A_recipe_switches_it_on(string value, float epsilon, float? alpha)
    {
        var read = (AdversarialTraining)Assert.Single(
            RecipeStore.Open("glyphs", [$"techniques.adversarial_training={value}"]).Training.Techniques);
        Assert.Equal((epsilon, alpha), (read.Epsilon, read.Alpha));
    }

    private static Network Net()
    {
        Network net = GraphBuilder.Input(1, 6, 7).Conv(4).BatchNorm().Activation(ActivationFunction.Silu).AveragePool(2)
            .DepthwiseConv().BatchNorm().Activation(ActivationFunction.Silu).GlobalAveragePool().Linear(Classes).Build(seed: 1);
        foreach (string name in new[] { "conv1.weight", "conv2.weight", "linear1.weight" })
        {
            Span<float> weights = net.Values(net[name]);
            for (int k = 0; k < weights.Length; k++) weights[k] = (float)(0.5 * Math.Cos((1.3 * k) + 0.2));
        }

        net.Values(net["linear1.bias"]).Clear();
        return net;
    }

    private static ArraySource Source(int views = 1) => new([.. Enumerable.Range(0, Images * Size)
        .Select(static k => (float)((0.5 + (0.5 * Math.Sin((0.7 * k * k) + (0.1 * k))) - Mean) / Deviation))], Targets(views), views);

    private static float[] Targets(int views)
    {
        var targets = new float[Images * Classes];
        for (int i = 0; i < Images; i++)
        {
            int n = i % (Images / views);
            targets[(i * Classes) + (((n * n) + (n / 2)) % Classes)] = 1f;
        }

        return targets;
    }

    // The plain gradient, which keeps the images of its passes.
    private sealed class SeenImages(TrainingPlan plan) : IGradientStep
    {
        public List<float[]> Passes { get; } = [];

        public float[] Pixels => Passes[^1];

        public int Views { get; private set; }

        public StepResult Run(IBatchSource source, int images, long step)
        {
            Views = source.Views;
            Passes.Add(Read(source, images));
            return plan.Step(source, images, step);
        }

        public static float[] Read(IBatchSource source, int images)
        {
            var pixels = new float[images * Size];
            var tile = new float[Size * Simd.Lanes];
            for (int first = 0; first < images; first += Simd.Lanes)
            {
                int count = Math.Min(Simd.Lanes, images - first);
                source.Fill(first, count, tile, new float[Classes * Simd.Lanes]);
                Lanes.Unpack(tile, first, count, pixels);
            }

            return pixels;
        }
    }

    private sealed class StoppedBefore : IGradientStep
    {
        public StepResult Run(IBatchSource source, int images, long step) => throw new OperationCanceledException();
    }
}
