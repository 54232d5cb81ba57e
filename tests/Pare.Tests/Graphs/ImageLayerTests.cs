using OwnTechnique;
using Pare.Export;
using Pare.Graphs;
using Pare.Inference;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Gradients;

namespace Pare.Tests.Graphs;

/// <summary>Layers that are written outside the library, image by image.</summary>
public class ImageLayerTests
{
    public static TheoryData<string, Graph> Networks => new()
    {
        { "alone", Input().Layer(new ChannelNorm()).Layer(new Scale()).Build() },
        { "between norm and activation", Input().Conv(4).BatchNorm().Relu().Layer(new ChannelNorm()).BatchNorm().Relu().Build() },
        { "read by two", Input().Conv(3).Residual(static body => body.Layer(new ChannelNorm()).Conv(3)).Layer(new Halve()).Build() },
        { "with weights of another", Shared() },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Its_gradients_are_those_of_the_network(string name, Graph graph)
    {
        Assert.NotEmpty(name);
        GradientCheck.Run(graph);
    }

    [Fact]
    public void The_public_check_tells_a_right_layer_from_a_wrong_one()
    {
        Assert.InRange(new ChannelNorm().GradientError(new Shape(5, 3, 4)), 0, 0.01);
        Assert.InRange(new Halve().GradientError(new Shape(2, 5, 3)), 0, 0.001);
        Assert.InRange(new Scale().GradientError(new Shape(2, 5, 3)), 0, 0.001);
        Assert.True(new Scale { Wrong = true }.GradientError(new Shape(2, 5, 3)) > 0.1);
    }

    [Fact]
    public void A_training_with_it_gives_the_same_bits_for_any_number_of_threads_and_goes_on_from_any_step()
    {
        TrainingResult one = Train(1), three = Train(3);
        Assert.Equal(one.Network.Weights, three.Network.Weights);
        Network other = Network(seed: 2);
        using var begun = new TrainingSession(Network(), Resumed.Data, Options);
        for (int step = 0; step < 7; step++) begun.Step();
        using var rest = new TrainingSession(other, Resumed.Data, Options, begun.Capture());
        rest.Run();
        Assert.Equal(one.Network.Weights, other.Weights);
        Assert.True(one.Epochs[^1].TrainLoss < one.Epochs[0].TrainLoss, $"{one.Epochs[0].TrainLoss}, {one.Epochs[^1].TrainLoss}");

        static TrainingResult Train(int threads) => Trainer.Run(Network(), Resumed.Data, Options with { Threads = threads });
    }

    [Fact]
    public void Models_and_files_refuse_it_and_say_which_layer()
    {
        Network network = Network();
        var normalization = new Pare.Data.Normalization([0], [1]);
        RecipeException lowered = Assert.Throws<RecipeException>(() => Model.Of(network, normalization));
        Assert.Equal("layer 'channel_norm1'", lowered.Where);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        RecipeException saved = Assert.Throws<RecipeException>(() => ModelFile.Save(path, network, normalization, null, null));
        Assert.Contains("channel_norm", saved.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Settings_and_shapes_that_do_not_fit_are_refused_by_the_builder()
    {
        Assert.Contains("epsilon", Refused(new ChannelNorm { Epsilon = 0 }), StringComparison.Ordinal);
        Assert.Contains("even", Refused(new Halve()), StringComparison.Ordinal);
        Assert.Contains("running statistic", Refused(new Keeps()), StringComparison.Ordinal);

        static string Refused(Layer layer) => Assert.Throws<RecipeException>(() => GraphBuilder.Input(2, 5, 5).Layer(layer)).Message;
    }

    private static TrainingOptions Options => Resumed.Options with { BatchSize = 20, Epochs = 6, Techniques = [new Sam()] };

    private static GraphBuilder Input() => GraphBuilder.Input(3, 4, 6);

    private static Network Network(int seed = 1) => GraphBuilder.Input(1, 28, 28)
        .Conv(6, stride: 3).Layer(new ChannelNorm()).Relu().MaxPool()
        .Conv(8).Layer(new ChannelNorm()).Relu().GlobalAveragePool().Linear(10).Build(seed);

    private static Graph Shared()
    {
        GraphBuilder net = Input().Layer(new Scale(), "scale").Conv(3);
        return net.Share("scale").Layer(new ChannelNorm()).Build();
    }

    // One factor for all, which decays.
    private sealed record Scale : ImageLayer
    {
        public bool Wrong { get; init; }

        public override string Kind => "scale";

        public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
            [new("factor", [1], ParameterRole.Weight, Initialization.HeNormal)];

        public override void Forward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, Span<float> y)
        {
            for (int i = 0; i < x.Length; i++) y[i] = parameters[0] * x[i];
        }

        public override void Backward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, ReadOnlySpan<float> dY,
            Span<float> dX, Span<float> dParameters)
        {
            for (int i = 0; i < x.Length; i++)
            {
                dX[i] = parameters[0] * dY[i];
                dParameters[0] += Wrong ? dY[i] : x[i] * dY[i];
            }
        }
    }

    // The sum of each pair of columns: another shape, and no parameters.
    private sealed record Halve : ImageLayer
    {
        public override string Kind => "halve";

        public override Shape OutputShape(Shape input) => input.Width % 2 == 0 || input is { Height: 5, Width: 3 }
            ? input with { Width = input.Width / 2 }
            : throw new ArgumentException($"it takes an even number of columns, not {input.Width}.");

        public override void Forward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, Span<float> y)
        {
            int half = input.Width / 2;
            for (int i = 0; i < y.Length; i++)
            {
                int at = (i / half * input.Width) + (2 * (i % half));
                y[i] = x[at] + x[at + 1];
            }
        }

        public override void Backward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, ReadOnlySpan<float> dY,
            Span<float> dX, Span<float> dParameters)
        {
            dX.Clear();
            int half = input.Width / 2;
            for (int i = 0; i < dY.Length; i++)
            {
                int at = (i / half * input.Width) + (2 * (i % half));
                dX[at] = dX[at + 1] = dY[i];
            }
        }
    }

    private sealed record Keeps : ImageLayer
    {
        public override string Kind => "keeps";

        public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
            [new("mean", [1], ParameterRole.Statistic, Initialization.Zero)];

        public override void Forward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, Span<float> y) => x.CopyTo(y);

        public override void Backward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, ReadOnlySpan<float> dY,
            Span<float> dX, Span<float> dParameters) => dY.CopyTo(dX);
    }
}
