using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Export;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Training.Losses;

public class DistillationTests
{
    private static readonly Normalization None = new([0, 0], [1, 1]);

    [Fact]
    public void Smoothed_labels_are_refused_beside_a_teacher_that_leaves_nothing_of_them()
    {
        var alone = new Distillation { Teacher = Teacher(), Weight = 1 };
        RecipeException error = Assert.Throws<RecipeException>(() =>
            new TrainingOptions { Techniques = [alone, new LabelSmoothing()] }.Validate(SmallRun.Network().Graph));
        Assert.Equal("techniques.label_smoothing", error.Where);
        new TrainingOptions { Techniques = [alone, new LabelSmoothing { Amount = 0 }] }.Validate(SmallRun.Network().Graph);
        new TrainingOptions { Techniques = [alone with { Weight = 0.9f }, new LabelSmoothing()] }.Validate(SmallRun.Network().Graph);
    }

    [Fact]
    public void The_divergence_is_that_of_a_formula_by_hand()
    {
        // Softened by T = 2 the teacher says 3/4, 1/4 and the student 1/2, 1/2.
        float[] teacher = [2 * MathF.Log(3), 0], student = [0, 0], gradient = [0, 0.25f];
        double divergence = Distillation.AddDivergence(student, teacher, lanes: 1, images: 1, temperature: 2, scale: 1, gradient);
        Assert.Equal(4 * ((0.75 * Math.Log(1.5)) + (0.25 * Math.Log(0.5))), divergence, 1e-6);
        Near.AssertEqual("gradient", [-0.5f, 0.75f], gradient);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_gradient_of_the_divergence_is_that_of_finite_differences(double temperature)
    {
        const int lanes = 3, images = 2, classes = 5;
        var random = new SeededRandom(4);
        float[] student = RandomArrays.Normal(ref random, classes * lanes, deviation: 2),
            teacher = RandomArrays.Normal(ref random, classes * lanes, deviation: 2);
        var gradient = new float[student.Length];
        Distillation.AddDivergence(student, teacher, lanes, images, temperature, scale: 1, gradient);
        for (int i = 0; i < student.Length; i++)
        {
            float[] up = [.. student], down = [.. student];
            (up[i], down[i]) = (up[i] + (1f / 256), down[i] - (1f / 256));
            Assert.Equal((Divergence(up) - Divergence(down)) * 128, gradient[i], 1e-3);
        }

        double Divergence(float[] logits) =>
            Distillation.AddDivergence(logits, teacher, lanes, images, temperature, scale: 1, new float[logits.Length]);
    }

    [Fact]
    public void The_gradient_of_the_whole_loss_with_smoothing_is_that_of_finite_differences()
    {
        int images = Simd.Lanes + 3;
        Network student = GraphBuilder.Input(2, 3, 4).Conv(3).GlobalAveragePool().Linear(4).Build(seed: 1);
        (float[] pixels, float[] targets) = Data(images);
        using var team = new ThreadTeam(2);
        ILoss loss =
            new TrainingOptions { Techniques = [new LabelSmoothing(), new Distillation { Teacher = Teacher(), Weight = 0.7f }] }.Loss(
            new LossContext(team, images, None));
        var plan = new TrainingPlan(student, images, team, loss: loss);
        var batch = new ArraySource(pixels, targets);
        plan.Step(batch, images, step: 0);
        float[] gradient = [.. plan.Gradients];
        double expected = 0;
        foreach (float value in gradient) expected += Math.Abs(value);

        // Along the signs of the gradient the slope is the sum of its magnitudes.
        double up = Moved(1e-3f), down = Moved(-2e-3f);
        Assert.Equal(expected, (up - down) / 2e-3, 0.01 * expected);

        double Moved(float by)
        {
            for (int i = 0; i < gradient.Length; i++) student.Weights[i] += by * MathF.Sign(gradient[i]);
            return plan.Step(batch, images, step: 0).Loss;
        }
    }

    [Fact]
    public void A_student_that_agrees_with_its_teacher_learns_from_the_labels_alone()
    {
        int images = Simd.Lanes + 3;
        Teacher teacher = Teacher();
        (float[] pixels, float[] targets) = Data(images);
        using var team = new ThreadTeam(2);
        ILoss loss =
            new Distillation { Teacher = teacher, Weight = 0.25f }.Around(CrossEntropyLoss.Instance, new LossContext(team, images, None));
        TrainingPlan plain = new(teacher.Network.Copy(), images, team), distilled = new(teacher.Network.Copy(), images, team, loss: loss);
        StepResult alone = plain.Step(new ArraySource(pixels, targets), images, step: 0),
            taught = distilled.Step(new ArraySource(pixels, targets), images, step: 0);
        Assert.Equal(0.75 * alone.Loss, taught.Loss, 1e-5);
        Assert.Equal(alone.Accuracy, taught.Accuracy);
        Near.AssertEqual("gradient", [.. plain.Gradients.Select(static value => 0.75f * value)], distilled.Gradients, 1e-4);
    }

    [Fact]
    public void A_teacher_with_its_classes_in_another_order_teaches_the_same_and_one_with_others_is_refused()
    {
        string[] classes = ["a", "b", "c", "d"], turned = ["c", "a", "d", "b"];
        int images = Simd.Lanes + 3;
        (float[] pixels, float[] targets) = Data(images);
        Network network = Teacher().Network, other = network.Copy();
        Parameter weight = other.Parameters.Single(static parameter => parameter.Name == "linear1.weight"),
            bias = other.Parameters.Single(static parameter => parameter.Name == "linear1.bias");
        int inputs = weight.Length / 4;
        for (int row = 0; row < 4; row++)
        {
            int from = Array.IndexOf(classes, turned[row]);
            network.Values(weight).Slice(from * inputs, inputs).CopyTo(other.Values(weight)[(row * inputs)..]);
            other.Values(bias)[row] = network.Values(bias)[from];
        }

        Assert.Equal(Loss(network, classes), Loss(other, turned), 1e-6);
        Assert.NotEqual(Loss(network, classes), Loss(network, turned), 1e-3);
        RecipeException error = Assert.Throws<RecipeException>(() => Loss(network, ["a", "b", "c", "e"]));
        Assert.Equal("The teacher knows the classes a, b, c, e, and the images show a, b, c, d.", error.Message);

        double Loss(Network teacher, string[] names)
        {
            using var team = new ThreadTeam(2);
            var distillation = new Distillation { Teacher = new Teacher(teacher, None, names), Weight = 0.5f, Temperature = 1 };
            ILoss loss = distillation.Around(CrossEntropyLoss.Instance, new LossContext(team, images, None, classes));
            Network student = GraphBuilder.Input(2, 3, 4).Conv(3).Relu().GlobalAveragePool().Linear(4).Build(seed: 3);
            return new TrainingPlan(student, images, team, loss: loss).Step(new ArraySource(pixels, targets), images, step: 0).Loss;
        }
    }

    [Fact]
    public void The_teacher_sees_the_images_normalized_as_in_its_own_training()
    {
        var batch =
            new RenormalizedBatch(new Normalization([0.5f, 0.25f], [0.5f, 0.25f]),
            new Normalization([0.1f, 0.2f], [0.2f, 0.4f]))
            { Source = new ArraySource([1, -1, 2, 0]) };
        var pixels = new float[4 * Simd.Lanes];
        batch.Fill(0, 1, pixels, default);

        // The bytes / 255 behind them are 1, 0 in the first channel and 0.75, 0.25 in the second.
        Near.AssertEqual("pixels", [4.5f, -0.5f, 1.375f, 0.125f],
            [pixels[0], pixels[Simd.Lanes], pixels[2 * Simd.Lanes], pixels[3 * Simd.Lanes]]);
    }

    [Fact]
    public void A_teacher_that_does_not_fit_is_refused_before_the_training()
    {
        Network images = GraphBuilder.Input(3, 28, 28).GlobalAveragePool().Linear(10).Build(seed: 1),
            classes = GraphBuilder.Input(1, 28, 28).GlobalAveragePool().Linear(9).Build(seed: 1);
        foreach (Network unfit in new[] { images, classes })
        {
            RecipeException error =
                Assert.Throws<RecipeException>(() =>
                SmallRun.Train(new Distillation { Teacher = new Teacher(unfit, new Normalization([0], [1])) }));
            Assert.Equal("techniques.distillation", error.Where);
            Assert.StartsWith("teacher", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_recipe_names_its_teacher_by_a_path_from_its_own_folder()
    {
        using var folder = new DataFolder();
        TrainingResult trained = SmallRun.Train();
        folder.Write("runs/baseline/recipe.yaml", System.Text.Encoding.UTF8.GetBytes(RecipeText("")));
        ModelFile.Save(folder["runs/baseline/model.safetensors"], trained.Network, trained.Normalization);
        foreach (string path in new[] { "runs/baseline", "runs/baseline/model.safetensors", folder["runs/baseline"] })
        {
            string file =
                folder.Write("student.yaml",
                System.Text.Encoding.UTF8.GetBytes(RecipeText($"techniques: {{ distillation: {{ teacher: '{path}', temperature: 2 }} }}")));
            Recipe recipe = RecipeStore.Open(file);
            recipe.Training.Open(recipe.Graph);
            Distillation distillation = Assert.IsType<Distillation>(Assert.Single(recipe.Training.Techniques));
            Assert.Equal(2, distillation.Temperature);
            Assert.Equal(trained.Network.Weights, distillation.Teacher!.Network.Weights);
            Assert.Equal(trained.Normalization.Mean, distillation.Teacher.Normalization.Mean);
            Assert.Contains(path, recipe.ToYaml(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nowhere", "no trained network")]
    [InlineData("lonely", "recipe.yaml")]
    [InlineData("damaged", "")]
    public void A_teacher_that_cannot_be_read_is_refused_when_a_training_begins_and_not_before(string path, string what)
    {
        using var folder = new DataFolder();
        TrainingResult trained = SmallRun.Train();
        folder.Write("damaged/model.safetensors", [0]);
        Directory.CreateDirectory(folder["lonely"]);
        Safetensors.Write(folder["lonely/model.safetensors"], [new SafetensorsTensor("conv1.weight", [1], [1f])]);
        folder.Write("damaged/recipe.yaml", System.Text.Encoding.UTF8.GetBytes(RecipeText("")));
        string file =
            folder.Write("student.yaml", System.Text.Encoding.UTF8.GetBytes(RecipeText($"techniques: {{ distillation: {path} }}")));
        Recipe recipe = RecipeStore.Open(file);
        RecipeException error = Assert.Throws<RecipeException>(() => recipe.Training.Open(recipe.Graph));
        Assert.StartsWith("techniques.distillation.teacher", error.Where, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    private static string RecipeText(string techniques) => $$"""
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers:
            - conv: { channels: 5, stride: 3 }
            - batch_norm
            - relu
            - dropout: 0.2
            - depthwise_separable: { channels: 6, stride: 2 }
            - global_average_pool
            - linear: 10
        {{techniques}}
        """;

    private static Teacher Teacher() => new(GraphBuilder.Input(2, 3, 4).Conv(5).Relu().GlobalAveragePool().Linear(4).Build(seed: 9), None);

    private static (float[] Pixels, float[] Targets) Data(int images)
    {
        var random = new SeededRandom(6);
        var targets = new float[images * 4];
        for (int i = 0; i < images; i++) targets[(i * 4) + (i % 4)] = 1;
        return (RandomArrays.Normal(ref random, images * 24), targets);
    }
}
