using Pare.Data;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Execution;

namespace Pare.Tests.Runs;

[Collection(AloneCollection.Name)]
public class RunEstimateTests
{
    private const string Text = """
        name: tiny
        dataset: { name: glyphs }
        model: { input: 1x28x28, layers: [ { conv: { channels: 2, stride: 4 } }, global_average_pool, { linear: 10 } ] }
        training: { epochs: 2, batch_size: 32 }

        """;

    private static readonly Dataset s_data = Glyphs.Create(train: 320, test: 40);

    // A network that is done in a moment: what its images and its loss take is nearly all of a step.
    [Fact]
    public void What_augmentation_and_a_teacher_take_is_in_it()
    {
        double plain = Seconds("");
        Assert.InRange(Seconds("techniques: { augmix: true }"), 2 * plain, 1000 * plain);

        // A teacher that is not trained yet has no weights to read.
        Graph teacher = GraphBuilder.Input(1, 28, 28).Conv(32).Conv(32).GlobalAveragePool().Linear(10).Build();
        Assert.InRange(Seconds("techniques: { distillation: { teacher: nowhere } }", teacher), 2 * plain, 1000 * plain);
    }

    [Fact]
    public void It_takes_as_many_steps_as_it_needs_of_however_short_a_run() => Assert.InRange(Seconds(""), 1e-6, 10);

    private static double Seconds(string techniques, Graph? teacher = null) =>
        RunEstimate.Of(Recipe.Parse(Text + techniques, "tiny.yaml"), s_data, threads: 1, teacher).TotalSeconds;
}
