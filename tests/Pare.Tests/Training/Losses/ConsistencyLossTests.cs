using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Training.Losses;

/// <summary>
/// AugMix's loss against PyTorch in double precision, <c>tools/golden/augmix_loss.py</c> made the numbers, and against finite differences.
/// </summary>
public class ConsistencyLossTests
{
    private const int Views = 3;
    private const double GoldenLoss = 7.39904661;

    private static readonly Normalization None = new([0], [1]);

    private static readonly float[] GoldenGradient =
    [
        -0.10835882f, -0.10912508f, -0.00230728f, 0.21979118f, 0.05474781f, -0.00224640f, 0.03700958f, -0.08951099f,
        0.12820481f, -0.20108444f, -0.06971338f, 0.14259300f, -0.00100969f, -0.02055512f, -0.04580116f, 0.06736597f,
        -0.01460812f, -0.27262921f, 0.28759452f, -0.00035719f, -0.16216236f, 0.06902343f, 0.09491467f, -0.00177575f,
        -0.10626551f, -0.05546528f, -0.09675016f, 0.25848094f, 0.06150700f, 0.00355675f, -0.06186690f, -0.00319685f,
        -0.01311059f, 0.15949996f, -0.01734044f, -0.12904893f, -0.00399975f, 0.01573809f, -0.01165329f, -0.00008506f,
        0.01419272f, -0.00406682f, -0.00155737f, -0.00856853f, -0.02116545f, 0.11847253f, -0.03988587f, -0.05742122f,
        -0.25382218f, -0.00310405f, 0.26143680f, -0.00451057f, 0.19158698f, -0.19069634f, -0.00187700f, 0.00098636f,
        0.16178201f, -0.15059756f, -0.01009387f, -0.00109058f,
    ];

    [Fact]
    public void Loss_and_gradient_are_those_of_PyTorch()
    {
        const int images = 5, classes = 4;
        float[] logits = [.. Enumerable.Range(0, Views * images * classes).Select(static k => (float)(4 * Math.Sin((0.9 * k * k) + 0.4)))];
        var targets = new float[logits.Length];
        for (int n = 0; n < images; n++) targets[(n * classes) + (((n * n) + 1) % classes)] = 1;
        Network network = GraphBuilder.Input(classes, 1, 1).Build(seed: 1);
        foreach (int threads in new[] { 1, 2 })
        {
            using var team = new ThreadTeam(threads);
            using var run = new EngineRun(network, Views * images, threads: threads, loss: Loss(12, images, classes, team));
            StepResult result = run.Plan.Step(new ArraySource(logits, targets, Views), Views * images, step: 0);
            Assert.Equal(GoldenLoss, result.Loss, 1e-6);
            Assert.Equal(Accuracy(logits, images, classes), result.Accuracy, 1e-9);
            float[] gradient = run.InputGradient();
            Assert.Equal(GoldenGradient.Length, gradient.Length);
            for (int i = 0; i < gradient.Length; i++) Assert.Equal(GoldenGradient[i], gradient[i], 1e-7f);
        }

        static double Accuracy(float[] logits, int images, int classes) => Enumerable.Range(0, images).Average(n =>
        {
            ReadOnlySpan<float> row = logits.AsSpan(n * classes, classes);
            int best = 0;
            for (int k = 1; k < classes; k++) best = row[k] > row[best] ? k : best;
            return best == ((n * n) + 1) % classes ? 1.0 : 0;
        });
    }

    [Fact]
    public void The_gradient_of_the_weights_is_that_of_finite_differences_and_the_same_for_any_number_of_threads()
    {
        // Views of one image lie in other tiles, at other lanes.
        int images = Simd.Lanes + 3, all = Views * images;
        Network network = GraphBuilder.Input(1, 5, 4).Conv(4).BatchNorm().Relu().GlobalAveragePool().Linear(4).Build(seed: 1);
        var random = new SeededRandom(3);
        var targets = new float[all * 4];
        for (int i = 0; i < images; i++) targets[(i * 4) + (i % 4)] = 1;
        var batch = new ArraySource(RandomArrays.Normal(ref random, all * 20), targets, Views);
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var other = new ThreadTeam(threads);
            var same = new TrainingPlan(network.Copy(), all, other, loss: Loss(12, images, 4, other));
            same.Step(batch, all, step: 0);
            first ??= [.. same.Gradients];
            Assert.Equal(first, same.Gradients);
        }

        using var team = new ThreadTeam(2);
        var plan = new TrainingPlan(network, all, team, loss: Loss(12, images, 4, team));
        double expected = 0;
        foreach (float value in first!) expected += Math.Abs(value);
        double up = Moved(1e-3f), down = Moved(-2e-3f);
        Assert.Equal(expected, (up - down) / 2e-3, 0.01 * expected);

        double Moved(float by)
        {
            for (int i = 0; i < first.Length; i++) network.Weights[i] += by * MathF.Sign(first[i]);
            return plan.Step(batch, all, step: 0).Loss;
        }
    }

    [Fact]
    public void Views_that_agree_add_nothing_and_sure_opposites_add_the_most_that_there_is()
    {
        const int images = 1, classes = 2;
        using var team = new ThreadTeam(1);
        float[] targets = new float[Views * images * classes];
        targets[0] = 1;

        // The targets of other views do not count.
        targets[3] = 1;
        (double agreed, float[] gradient) = Step([2, 1, 2, 1, 2, 1]);
        Assert.Equal(Math.Log(1 + Math.Exp(-1)), agreed, 1e-6);
        Assert.All(gradient[2..], static value => Assert.Equal(0, value, 1e-7f));

        // One of three says the other class, each beyond what an exponential can tell from certainty: the entropy of 1/3.
        (double opposite, gradient) = Step([1000, -1000, 1000, -1000, -1000, 1000]);
        Assert.Equal(12 * ((Math.Log(3) / 3) + (2 * Math.Log(1.5) / 3)), opposite, 1e-5);
        Assert.All(gradient, static value => Assert.Equal(0, value));

        (double broken, _) = Step([2, 1, 2, 1, float.NaN, 1]);
        Assert.True(double.IsNaN(broken), "a view that is no number is told");

        (double Loss, float[] Gradient) Step(float[] logits)
        {
            using var run = new EngineRun(GraphBuilder.Input(classes, 1, 1).Build(seed: 1), Views, loss: Loss(12, images, classes, team));
            double loss = run.Plan.Step(new ArraySource(logits, targets, Views), Views, step: 0).Loss;
            return (loss, run.InputGradient());
        }
    }

    [Fact]
    public void A_batch_without_views_has_the_loss_within()
    {
        const int images = 3, classes = 4;
        var random = new SeededRandom(5);
        float[] logits = RandomArrays.Normal(ref random, images * classes), targets = new float[logits.Length];
        for (int n = 0; n < images; n++) targets[(n * classes) + n] = 1;
        using var team = new ThreadTeam(1);
        Network network = GraphBuilder.Input(classes, 1, 1).Build(seed: 1);
        using EngineRun plain = new(network, images), around = new(network, images, loss: Loss(12, images, classes, team));
        Assert.Equal(plain.Step(logits, targets), around.Step(logits, targets));
        Assert.Equal(plain.InputGradient(), around.InputGradient());
    }

    private static ConsistencyLoss Loss(double weight, int images, int classes, ThreadTeam team) =>
        new(CrossEntropyLoss.Instance, weight, Views, new LossContext(team, images, None) { Outputs = classes });
}
