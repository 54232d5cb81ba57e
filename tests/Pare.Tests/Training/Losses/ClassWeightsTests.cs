using System.Globalization;
using OwnTechnique;
using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Training.Losses;

/// <summary>
/// The weighted cross entropy against PyTorch in double precision, <c>tools/golden/class_weights.py</c> made the numbers, and against
/// finite differences; the weights against scikit-learn's formula.
/// </summary>
public class ClassWeightsTests
{
    private const int Images = 6, Classes = 4;

    private static readonly int[] Counts = [40, 7, 1, 12];

    private static readonly Normalization None = new([0], [1]);

    // The digit k has 40 - 4 k images, the last digit none.
    private static readonly Dataset Uneven = Thinned(Glyphs.Create(train: 400, test: 50));

    public static TheoryData<string, double, float[]> Golden => new()
    {
        {
            "labels", 5.66052051,
            [
                -0.05861467f, 0.03861993f, 0.00003965f, 0.01995509f, 0.05974470f, 0.00010881f, 0.13000121f, -0.18985473f,
                1.70155751f, 0.00101145f, -2.07009767f, 0.36752870f, 0.00007125f, -0.20210091f, 0.06269615f, 0.13933351f,
                0.00142284f, -0.15114679f, 0.14827357f, 0.00145038f, -0.04682481f, 0.03795010f, 0.00885123f, 0.00002348f,
            ]
        },
        {
            "smoothed", 6.27255173,
            [
                -0.04945441f, 0.07415025f, -0.06241471f, 0.03771886f, 0.07463334f, -0.00878980f, 0.10329797f, -0.16914151f,
                1.58306357f, -0.00798662f, -1.91214066f, 0.33706371f, -0.00148277f, -0.15687166f, 0.00765438f, 0.15070005f,
                0.00002960f, -0.09985612f, 0.10341194f, -0.00358542f, -0.02409217f, 0.07270932f, -0.04345932f, -0.00515783f,
            ]
        },
        {
            "probabilities", 7.05690516,
            [
                -0.05861467f, 0.03861993f, 0.00003965f, 0.01995509f, 0.07041340f, -0.08915747f, 0.15321571f, -0.13447164f,
                1.33693805f, -0.08849100f, -1.53721960f, 0.28877255f, 0.00017813f, 0.11974774f, -0.46825963f, 0.34833377f,
                0.00127463f, -0.08331900f, 0.13282840f, -0.05078404f, -0.04682481f, 0.03795010f, 0.00885123f, 0.00002348f,
            ]
        },
    };

    [Fact]
    public void Weights_are_inverse_powers_of_the_images_with_a_mean_of_1_over_the_images()
    {
        double[] balanced = ClassWeights.Of(Counts, power: 1), root = ClassWeights.Of(Counts, power: 0.5);
        double[] formula = [.. Counts.Select(static count => 60.0 / (4 * count))];
        double[] pytorch = [0.70615935, 1.68804371, 4.46614387, 1.28926468];
        for (int k = 0; k < Classes; k++)
        {
            Assert.Equal(formula[k], balanced[k], 1e-12);
            Assert.Equal(pytorch[k], root[k], 1e-8);
        }

        Assert.Equal(1, Counts.Zip(root, static (count, weight) => count * weight).Sum() / 60, 1e-12);
        Assert.All(ClassWeights.Of(Counts, power: 0), static weight => Assert.Equal(1, weight));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0.3f)]
    public void Even_classes_have_weights_of_exactly_1_and_so_has_a_class_without_images(float power)
    {
        Assert.All(ClassWeights.Of([7, 7, 0, 7], power), static weight => Assert.Equal(1, weight));
        Assert.Equal(ClassWeights.Of([40, 7, 12], power), ClassWeights.Of([40, 7, 0, 12], power).Where(static (_, k) => k != 2));
        Assert.Equal(1, ClassWeights.Of([40, 7, 0, 12], power)[2]);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void Loss_and_gradient_are_those_of_PyTorch(string targets, double loss, float[] gradient)
    {
        float[] logits = [.. Enumerable.Range(0, Images * Classes).Select(static k => (float)(4 * Math.Sin((0.9 * k * k) + 0.4)))];
        var wanted = new float[logits.Length];
        for (int n = 0; n < Images; n++)
        {
            wanted[(n * Classes) + Label(n)] += targets == "probabilities" ? 0.75f : 1;
            if (targets == "probabilities") wanted[(n * Classes) + Label(Images - 1 - n)] += 0.25f;
        }

        LabelSmoothing[] smoothing = targets == "smoothed" ? [new()] : [];
        Technique[][] orders = [[new ClassWeights(), .. smoothing], [.. smoothing, new ClassWeights()]];
        foreach (Technique[] techniques in orders)
        {
            using var team = new ThreadTeam(1);
            using var run = new EngineRun(GraphBuilder.Input(Classes, 1, 1).Build(seed: 1), Images, loss: Loss(team, techniques));
            StepResult result = run.Plan.Step(new ArraySource(logits, wanted), Images, step: 0);
            Assert.Equal(loss, result.Loss, 1e-6);
            Assert.Equal(Accuracy(), result.Accuracy, 1e-6);
            float[] dLogits = run.InputGradient();
            for (int i = 0; i < gradient.Length; i++) Assert.Equal(gradient[i], dLogits[i], 2e-7f);
        }

        static int Label(int n) => ((3 * n) + (n / 4)) % Classes;

        // Of the targets as they were, without weights.
        double Accuracy() => Enumerable.Range(0, Images).Average(n =>
            wanted[(n * Classes) + Enumerable.Range(0, Classes).MaxBy(k => logits[(n * Classes) + k])]);
    }

    [Fact]
    public void The_gradient_with_smoothing_and_a_teacher_is_that_of_finite_differences_and_the_same_for_any_number_of_threads()
    {
        int images = Simd.Lanes + 3;
        Network student = Network(seed: 1);
        var teacher = new Teacher(Network(seed: 2), None);
        var random = new SeededRandom(4);
        float[] pixels = RandomArrays.Normal(ref random, images * 20), targets = new float[images * Classes];
        for (int n = 0; n < images; n++)
        {
            targets[(n * Classes) + (n % Classes)] += 0.7f;
            targets[(n * Classes) + (n * n % Classes)] += 0.3f;
        }

        var batch = new ArraySource(pixels, targets);
        float[]? gradient = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var other = new ThreadTeam(threads);
            var same = new TrainingPlan(student.Copy(), images, other, loss: All(other));
            same.Step(batch, images, step: 0);
            gradient ??= [.. same.Gradients];
            Assert.Equal(gradient, same.Gradients);
        }

        // Along the signs of the gradient the slope is the sum of its magnitudes.
        using var team = new ThreadTeam(2);
        var plan = new TrainingPlan(student, images, team, loss: All(team));
        double expected = 0;
        foreach (float value in gradient!) expected += Math.Abs(value);
        double up = Moved(1e-3f), down = Moved(-2e-3f);
        Assert.Equal(expected, (up - down) / 2e-3, 0.01 * expected);

        double Moved(float by)
        {
            for (int i = 0; i < gradient.Length; i++) student.Weights[i] += by * MathF.Sign(gradient[i]);
            return plan.Step(batch, images, step: 0).Loss;
        }

        ILoss All(ThreadTeam team) =>
            Loss(team, new LabelSmoothing(), new Distillation { Teacher = teacher, Weight = 0.3f }, new ClassWeights());

        static Network Network(int seed) => GraphBuilder.Input(1, 5, 4).Conv(3).GlobalAveragePool().Linear(Classes).Build(seed);
    }

    [Theory]
    [InlineData("label_smoothing")]
    [InlineData("reversed")]
    [InlineData("small_logits")]
    [InlineData("distillation")]
    [InlineData("augmix")]
    [InlineData("label_smoothing, reversed, small_logits, distillation, augmix")]
    [InlineData("augmix, small_logits, distillation, reversed, label_smoothing")]
    public void Beside_other_techniques_loss_and_gradient_are_those_of_the_formula(string others)
    {
        int images = Simd.Lanes + 3;
        Network teacher = GraphBuilder.Input(Classes, 1, 1).Linear(Classes).Build(seed: 2);
        LossTechnique[] known = [new LabelSmoothing(), new Reversed(), new SmallLogits(),
            new Distillation { Teacher = new Teacher(teacher, new([0, 0, 0, 0], [1, 1, 1, 1])), Weight = 0.3f }];
        string[] named = others.Split(", ");
        bool Has(string key) => named.Contains(key);
        Technique[] techniques = [.. named.Select(key => key == "augmix" ? new AugMix() : (Technique)known.Single(one => one.Key == key))];
        int views = Has("augmix") ? new AugMix().Views : 1, all = views * images;
        var random = new SeededRandom(6);
        float[] logits = RandomArrays.Normal(ref random, all * Classes), targets = new float[logits.Length];
        for (int n = 0; n < images; n++)
        {
            targets[(n * Classes) + (n % Classes)] += 0.7f;
            targets[(n * Classes) + (n * n % Classes)] += 0.3f;
        }

        float[] teachers = EngineRun.Infer(teacher, logits, images);
        using var team = new ThreadTeam(2);
        using var run = new EngineRun(GraphBuilder.Input(Classes, 1, 1).Build(seed: 1), all, threads: 2,
            loss: Loss(team, [.. techniques, new ClassWeights()]));
        double loss = run.Plan.Step(new ArraySource(logits, targets, views), all, step: 0).Loss;
        double[] at = [.. logits.Select(static logit => (double)logit)];
        Assert.Equal(Formula(), loss, 1e-6);
        float[] gradient = run.InputGradient();
        Assert.Equal(at.Length, gradient.Length);
        for (int i = 0; i < at.Length; i++)
        {
            double here = at[i];
            at[i] = here + 1e-5;
            double up = Formula();
            at[i] = here - 1e-5;
            double down = Formula();
            at[i] = here;
            Assert.Equal((up - down) / 2e-5, gradient[i], 1e-6);
        }

        double Formula()
        {
            double sum = 0;
            for (int n = 0; n < images; n++)
            {
                double[] log = LogSoftmax(Row(n), 1), q = [.. targets.AsSpan(n * Classes, Classes).ToArray().Select(static q => (double)q)];
                if (Has("reversed")) Array.Reverse(q);
                if (Has("label_smoothing")) q = [.. q.Select(static share => (0.9 * share) + (0.1 / Classes))];
                double own = 0;
                for (int k = 0; k < Classes; k++) own -= 60.0 / (Classes * Counts[k]) * q[k] * log[k];
                if (Has("small_logits")) own += Row(n).Sum(static logit => logit * logit) / 2;
                if (Has("distillation"))
                {
                    double[] said = [.. teachers.AsSpan(n * Classes, Classes).ToArray().Select(static logit => (double)logit)];
                    own = (0.7 * own) + (0.3 * 16 * Divergence(LogSoftmax(said, 4), LogSoftmax(Row(n), 4)));
                }

                double[][] seen = [.. Enumerable.Range(0, views).Select(view => LogSoftmax(Row((view * images) + n), 1))];
                double[] mean = [.. Enumerable.Range(0, Classes).Select(k => Math.Log(seen.Average(view => Math.Exp(view[k]))))];
                sum += own + (12 * seen.Average(view => Divergence(view, mean)));
            }

            return sum / images;
        }

        double[] Row(int n) => at[(n * Classes)..((n + 1) * Classes)];

        static double Divergence(double[] p, double[] q) => p.Zip(q, static (p, q) => Math.Exp(p) * (p - q)).Sum();

        static double[] LogSoftmax(double[] z, double temperature) =>
            [.. z.Select(value => (value / temperature) - Math.Log(z.Sum(other => Math.Exp(other / temperature))))];
    }

    [Fact]
    public void Images_that_are_streamed_are_weighted_alike()
    {
        TrainingOptions options = SmallRun.Options with { Techniques = [new ClassWeights()] };
        var streamed = new Dataset(Uneven.Name, Uneven.Source, new ImageSet(new CopiedImages(Uneven.Train)), Uneven.Test);
        Assert.Equal(Trainer.Run(SmallRun.Network(), Uneven, options).Network.Weights,
            Trainer.Run(SmallRun.Network(), streamed, options).Network.Weights);
    }

    [Fact]
    public void What_is_no_number_is_told()
    {
        float[] logits = new float[Classes * Simd.Lanes], targets = new float[logits.Length], gradient = new float[logits.Length];
        (logits[0], targets[Simd.Lanes]) = (float.NaN, 1);
        (double loss, double hits) =
            SoftmaxCrossEntropy.Run(logits, targets, Simd.Lanes, images: 1, scale: 1, gradient, [1, 2, 3, 4]);
        Assert.Equal((double.NaN, 0), (loss, hits));
    }

    [Fact]
    public void Training_on_even_classes_has_the_bits_of_training_without_weights()
    {
        Technique[] others = [new LabelSmoothing(), new Mixup(), new AugMix()];
        Assert.Equal(SmallRun.Train(others).Network.Weights, SmallRun.Train([.. others, new ClassWeights()]).Network.Weights);
    }

    [Fact]
    public void Training_on_uneven_classes_changes_and_has_the_same_bits_for_any_number_of_threads()
    {
        float[] plain = Train([], 1), one = Train([new ClassWeights()], 1), root = Train([new ClassWeights { Power = 0.5f }], 1);
        Assert.NotEqual(plain, one);
        Assert.NotEqual(plain, root);
        Assert.NotEqual(one, root);
        Assert.All(one, static weight => Assert.True(float.IsFinite(weight)));
        foreach (int threads in new[] { 2, 3 }) Assert.Equal(one, Train([new ClassWeights()], threads));
        Assert.Equal(plain, Train([new ClassWeights { Power = 0 }], 1));

        static float[] Train(Technique[] techniques, int threads) => Trainer.Run(SmallRun.Network(), Uneven,
            SmallRun.Options with { Techniques = [.. techniques, new LabelSmoothing()], Threads = threads }).Network.Weights;
    }

    [Fact]
    public void Images_that_are_held_out_do_not_count()
    {
        // Paths decide who is held out: those to train on are made even, and the held-out ones stay uneven.
        TrainingOptions options = SmallRun.Options with { ValidationFraction = 0.3f };
        Dataset all = Glyphs.Create(train: 200, test: 50);
        Dataset named = Kept(all, [.. Enumerable.Range(0, 200)]);
        (int[] train, int[] validation) = options.Split(named);
        ILookup<int, int> byClass = train.ToLookup(index => named.Train.Labels[index]);
        int least = byClass.Min(static indices => indices.Count());
        Dataset even = Kept(all, [.. byClass.SelectMany(indices => indices.Take(least)), .. validation]);
        Assert.NotEqual(1, even.Train.CountClasses([.. Enumerable.Range(0, even.Train.Count)]).Distinct().Count());
        Assert.Equal(Enumerable.Repeat(least, 10), even.Train.CountClasses(options.Split(even).Train));
        Assert.Equal(Trainer.Run(SmallRun.Network(), even, options).Network.Weights,
            Trainer.Run(SmallRun.Network(), even, options with { Techniques = [new ClassWeights()] }).Network.Weights);
    }

    [Fact]
    public void A_loss_that_takes_the_place_of_the_cross_entropy_is_refused_beside_it()
    {
        RecipeException error = Assert.Throws<RecipeException>(() => SmallRun.Train(new ClassWeights(), new FocalLoss()));
        Assert.Equal("techniques.class_weights", error.Where);
        Assert.Contains("focal_loss", error.Message, StringComparison.Ordinal);
        SmallRun.Train(new ClassWeights { Power = 0 }, new FocalLoss());
    }

    [Fact]
    public void A_teacher_that_leaves_nothing_of_the_cross_entropy_is_refused_beside_it()
    {
        var distillation = new Distillation { Teacher = SmallRun.Teacher(), Weight = 1 };
        RecipeException error = Assert.Throws<RecipeException>(() => SmallRun.Train(new ClassWeights(), distillation));
        Assert.Equal("techniques.class_weights", error.Where);
        Assert.Contains("distillation", error.Message, StringComparison.Ordinal);
        SmallRun.Train(new ClassWeights(), distillation with { Weight = 0.9f });
        SmallRun.Train(new ClassWeights { Power = 0 }, distillation);
    }

    [Fact]
    public void What_the_weights_are_is_noted_where_they_differ()
    {
        static string[] Notes(Dataset data, float power) => [.. TrainingCheck.Run(SmallRun.Network().Graph, data,
            SmallRun.Options with { Techniques = [new ClassWeights { Power = power }] })];
        double[] weights = ClassWeights.Of(Uneven.Train.CountClasses([.. Enumerable.Range(0, Uneven.Train.Count)]), 0.5);
        Assert.Equal(weights[0], weights.Min());
        Assert.Equal(weights[8], weights.Max());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"class weights are from {weights[0]:0.###} (0) to " +
            $"{weights[8]:0.###} (8): the training loss is weighted, that of validation and test is not"), Notes(Uneven, 0.5f));
        Assert.DoesNotContain(Notes(Uneven, 0), static note => note.StartsWith("class weights", StringComparison.Ordinal));
        Assert.Empty(Notes(Glyphs.Create(train: 100, test: 50), 1));
    }

    [Theory]
    [InlineData("true", 1f)]
    [InlineData("0.5", 0.5f)]
    [InlineData("{ power: 0.25 }", 0.25f)]
    public void A_recipe_switches_it_on(string value, float power)
    {
        Recipe recipe = RecipeStore.Open("glyphs", [$"techniques.class_weights={value}"]);
        Assert.Equal([new ClassWeights { Power = power }], recipe.Training.Techniques);
        Assert.Empty(RecipeStore.Open("glyphs", ["techniques.class_weights=false"]).Training.Techniques);
        Assert.Throws<RecipeException>(() => RecipeStore.Open("glyphs", ["techniques.class_weights=1.1"]));
        Assert.Throws<RecipeException>(() => RecipeStore.Open("glyphs", ["techniques.class_weights=-0.1"]));
    }

    private static ILoss Loss(ThreadTeam team, params Technique[] techniques) => new TrainingOptions { Techniques = techniques }.Loss(
        new LossContext(team, Simd.Lanes + 3, None) { Outputs = Classes, ClassImages = Counts });

    private static Dataset Thinned(Dataset data) =>
        Kept(data, [.. Enumerable.Range(0, data.Train.Count).Where(i => data.Train.Labels[i] is < 9 and var k && i / 10 < 40 - (4 * k))]);

    private static Dataset Kept(Dataset data, int[] indices)
    {
        byte[] pixels = [.. indices.SelectMany(index => data.Train.Image(index).ToArray())];
        int[] labels = [.. indices.Select(index => data.Train.Labels[index])];
        return new Dataset("kept", "thinned", new ImageSet(1, 28, 28, pixels, labels, data.Train.Classes,
            [.. indices.Select(static index => $"{index}")]), data.Test);
    }

    private sealed record Reversed : TargetTechnique
    {
        public override string Key => "reversed";

        public override void Apply(in LossFacts facts, Span<float> targets) => targets.Reverse();
    }

    private sealed record SmallLogits : ImageLoss
    {
        public override string Key => "small_logits";

        public override double Add(in LossFacts facts, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dLogits)
        {
            double loss = 0;
            foreach (float logit in logits) loss += (double)logit * logit / 2;
            logits.CopyTo(dLogits);
            return loss;
        }
    }
}
