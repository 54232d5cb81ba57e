using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Export.CSource;

public sealed class ArenaPlanTests
{
    [Fact]
    public void No_value_is_overwritten_that_is_still_to_be_read()
    {
        int inPlace = 0;
        InferenceGraph[] graphs = [.. Enumerable.Range(0, 200).Select(RandomInferenceGraphs.Classifier),
            .. OddInferenceGraphs.Each().Select(static odd => odd.Graph), .. Enumerable.Range(0, 200).Select(OddInferenceGraphs.Chain)];
        for (int seed = 0; seed < graphs.Length; seed++)
        {
            InferenceGraph graph = graphs[seed];
            ArenaPlan plan = Plan(graph);
            inPlace += plan.Places.Count(static place => place.InPlace);
            Assert.Null(new ArenaMemory(graph, plan).Run());
            foreach (MapBuffer a in plan.Buffers)
            {
                Assert.InRange(a.Offset + a.Length, 0, plan.Length);
                foreach (MapBuffer b in plan.Buffers.Where(b => b != a && a.Meets(b)))
                    Assert.True(a.Offset + a.Length <= b.Offset || b.Offset + b.Length <= a.Offset, $"graph {seed}: {a} and {b}");
            }
        }

        Assert.InRange(inPlace, 800, int.MaxValue);
    }

    [Fact]
    public void With_a_row_less_a_value_is_overwritten()
    {
        int rings = 0, tight = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            ArenaPlan plan = Plan(graph);
            foreach (MapBuffer ring in plan.Buffers.Where(static buffer => buffer.Rows > 1))
            {
                rings++;
                if (new ArenaMemory(graph, plan, ring).Run() is not null) tight++;
            }
        }

        Assert.InRange(rings, 100, int.MaxValue);
        Assert.Equal(rings, tight);
    }

    [Fact]
    public void No_order_that_can_be_thought_of_takes_less()
    {
        int least = 0, all = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            if (graph.Nodes.Count(static node => node.Shape.Height > 1) > 4) continue;
            var backEnd = new FloatBackEnd(graph);
            ArenaPlan plan = ArenaPlan.Of(graph, backEnd);
            all++;
            if (plan.IsLeast) least++;
            if (plan.IsLeast) Assert.Equal(EveryOrder.Least(graph, backEnd), plan.Length);
        }

        Assert.InRange(all, 30, int.MaxValue);
        Assert.InRange(least, all * 9 / 10, all);
    }

    [Theory]
    [InlineData("mnist-small", 3_200)]
    [InlineData("mnist", 6_000)]
    [InlineData("cifar10-small", 26_000)]
    [InlineData("cifar10", 26_000)]
    public void Networks_of_the_folder_models_need_few_values_at_once(string name, int values)
    {
        ArenaPlan plan = Plan(Model.Load(Path.Combine(Models(), $"{name}.safetensors")).Graph);
        Assert.InRange(plan.Length / sizeof(float), 1, values);
    }

    [Fact]
    public void High_pictures_and_deep_networks_are_planned_in_a_moment()
    {
        GraphBuilder builder = GraphBuilder.Input(3, 300, 40).Conv(8).Relu();
        for (int block = 0; block < 40; block++) builder = builder.Residual(branch => branch.DepthwiseConv().Conv(8).Relu().Conv(8));
        InferenceGraph graph = Lowerer.Lower(TrainedNetworks.WithStatistics(builder.GlobalAveragePool().Linear(4).Build(), 1),
            Preprocessing.Plain(3));
        Assert.Null(new ArenaMemory(graph, Plan(graph)).Run());
    }

    private static ArenaPlan Plan(InferenceGraph graph) => ArenaPlan.Of(graph, new FloatBackEnd(graph));

    private static string Models([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "models");
}
