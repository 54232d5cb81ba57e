using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

/// <summary>What the plan for inference does otherwise than that for training gives the same bits.</summary>
public class InferencePlanTests
{
    public static TheoryData<string> Sums => ["branch last", "shortcut last", "one after the other", "both read elsewhere",
        "read by a depthwise", "of the input", "three deep", "around nothing"];

    [Theory]
    [MemberData(nameof(Sums))]
    public void A_sum_that_is_made_as_its_last_term_is_stored_has_the_same_bits(string name)
    {
        GraphBuilder input = GraphBuilder.Input(channels: 3, height: 11, width: 7);
        GraphBuilder sum = name switch
        {
            "branch last" => input.Conv(6).BatchNorm().Relu().Residual(static body => body.Conv(6).BatchNorm()),
            "shortcut last" => input.Conv(6).Relu().Residual(static body => body.Conv(8).BatchNorm().Activation(ActivationFunction.Silu),
                static shortcut => shortcut.PointwiseConv(8).BatchNorm()),
            "one after the other" => Twice(Twice(input.Conv(16).BatchNorm())),
            "both read elsewhere" => input.Conv(6).Residual(static body => body.Residual(static inner => inner.Conv(6)).BatchNorm()).Relu()
                .Residual(static body => body.Gate(static gate => gate.GlobalAveragePool().PointwiseConv(6))),
            "read by a depthwise" => input.Conv(6).Relu().Residual(static body => body.DepthwiseConv()).PointwiseConv(9),
            "of the input" => input.Residual(static body => body.PointwiseConv(3)).Residual(static body => body.MaxPool(3, 1, 1)),
            "three deep" => input.Conv(4).Residual(static body => body.Conv(4).Residual(static body => body.Conv(4).BatchNorm())),
            _ => input.Conv(4).BatchNorm().Residual(static body => body.Dropout()).Relu(),
        };
        Check(sum.GlobalAveragePool().Linear(3).Build());

        static GraphBuilder Twice(GraphBuilder builder) => builder.Activation(ActivationFunction.HardSwish)
            .Residual(static body => body.DepthwiseConv().PointwiseConv(16).BatchNorm()).Activation(ActivationFunction.HardSwish)
            .Residual(static body => body.Conv(16).BatchNorm());
    }

    [Theory]
    [InlineData(24, 20, 64, 70, 1)]
    [InlineData(9, 40, 70, 64, 1)]
    [InlineData(5, 7, 6, 9, 2)]
    public void A_depthwise_and_a_pointwise_convolution_in_larger_bands_have_the_same_bits(int height, int width, int channels, int outputs,
        int multiplier) =>
        Check(GraphBuilder.Input(2, height, width).Conv(channels).BatchNorm().Activation(ActivationFunction.HardSwish)
            .DepthwiseConv(multiplier: multiplier).PointwiseConv(outputs).BatchNorm().Relu()
            .Residual(body => body.DepthwiseConv(kernel: 5, bias: true).PointwiseConv(outputs, bias: true).BatchNorm())
            .GlobalAveragePool().Linear(3).Build());

    // With 13 columns a band of the pool has 19 rows of 16 lanes, and 39 of 8.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Pooling_a_few_rows_at_a_time_takes_every_maximum(int stride)
    {
        foreach (int height in new[] { 2, 3, 20, 39, 40, 41, 80 })
        {
            GraphBuilder Map() => GraphBuilder.Input(channels: 2, height, width: 13).Conv(5).BatchNorm().Relu();
            Graph seen = Map().Build(), pooled = Map().MaxPool(2, stride).Build();
            int images = Simd.Lanes + 3;
            var random = new SeededRandom(7);
            float[] pixels = RandomArrays.Normal(ref random, images * seen.Input.Shape.Count);
            float[] before = EngineRun.Infer(RandomNetworks.Of(seen), pixels, images);
            float[] after = EngineRun.Infer(RandomNetworks.Of(pooled), pixels, images);
            var expected = new float[after.Length];
            ReferencePooling.Max(before, expected, new ReferenceWindows(images, 5, height, 13, 5, Kernel: 2, stride, Padding: 0));
            Assert.Equal(expected, after);
        }
    }

    private static void Check(Graph graph)
    {
        Network network = RandomNetworks.Of(graph);
        int images = (2 * Simd.Lanes) + 3, outputs = graph.Output.Shape.Count;
        var random = new SeededRandom(6);
        float[] pixels = RandomArrays.Normal(ref random, images * graph.Input.Shape.Count);
        using var team = new ThreadTeam(1);
        var plan = new InputGradientPlan(network, team);
        float[] tile = new float[plan.TileSize], expected = new float[images * outputs];
        for (int first = 0; first < images; first += Simd.Lanes)
        {
            int count = Math.Min(Simd.Lanes, images - first);
            Lanes.Pack(pixels, first, count, tile);
            Lanes.Unpack(plan.Forward(0, count, tile), first, count, expected);
        }

        Assert.Equal(expected, EngineRun.Infer(network, pixels, images, threads: 1));
        Assert.Equal(expected, EngineRun.Infer(network, pixels, images, threads: 2));
    }
}
