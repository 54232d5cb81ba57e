using Pare.Execution;
using Pare.Graphs;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

public class MemoryPlanTests
{
    private const int Slots = 2;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_overwritten_before_its_last_reader_in_training(bool inputGradient)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            CompiledGraph graph = CompiledGraph.Compile(Network(seed), Slots, training: true, inputGradient);
            MemoryPlan.Place(graph, Slots, training: true);
            Forward(graph);
            AssertHolds(graph, graph.Output, seed, gradient: false);
            Write(graph, graph.Output, gradient: true);
            Backward(graph, seed);
            if (inputGradient) AssertHolds(graph, graph.Input, seed, gradient: true);
        }
    }

    [Fact]
    public void Nothing_is_overwritten_before_its_last_reader_in_inference()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            CompiledGraph graph = CompiledGraph.Compile(Network(seed), Slots, training: false);
            MemoryPlan.Place(graph, Slots, training: false);
            Forward(graph);
            AssertHolds(graph, graph.Output, seed, gradient: false);
        }
    }

    [Fact]
    public void Inference_takes_far_less_memory_than_all_maps_together()
    {
        GraphBuilder builder = GraphBuilder.Input(8, 16, 16);
        for (int i = 0; i < 20; i++) builder.Conv(8).Relu();
        CompiledGraph graph = CompiledGraph.Compile(builder.Build(seed: 1), 1, training: false);
        Assert.Equal(2 * graph.Input.Size, MemoryPlan.Place(graph, 1, training: false).Length);
    }

    private static Network Network(int seed) => new(RandomGraphs.Classifier(seed, classes: 4), seed);

    // Walks through the operations as a plan does. Each map and gradient is filled with a number of its own, which must still
    // be there whenever it is read.
    private static void Forward(CompiledGraph graph)
    {
        Write(graph, graph.Input, gradient: false);
        foreach (Operation operation in graph.Operations)
        {
            foreach (InputEdge input in operation.Inputs) AssertHolds(graph, input.Map, -1, gradient: false);
            Write(graph, operation.Output, gradient: false);
        }
    }

    private static void Backward(CompiledGraph graph, int seed)
    {
        foreach (Operation operation in graph.Operations.Reverse())
        {
            if (!operation.Output.NeedsGradient) continue;
            AssertHolds(graph, operation.Output, seed, gradient: true);
            AssertHolds(graph, operation.Output, seed, gradient: false);
            foreach (InputEdge input in operation.Inputs)
            {
                AssertHolds(graph, input.Map, seed, gradient: false);
                if (!input.NeedsGradient) continue;
                if (input.Accumulates) AssertHolds(graph, input.Map, seed, gradient: true);
                else Write(graph, input.Map, gradient: true);
            }

            foreach (InputEdge input in operation.Inputs) AssertHolds(graph, input.Map, seed, gradient: false);
            AssertHolds(graph, operation.Output, seed, gradient: true);
        }
    }

    private static void Write(CompiledGraph graph, FeatureMap map, bool gradient)
    {
        for (int slot = 0; slot < Slots; slot++) Values(map, slot, gradient).Fill(Number(graph, map, slot, gradient));
    }

    private static void AssertHolds(CompiledGraph graph, FeatureMap map, int seed, bool gradient)
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (Values(map, slot, gradient).ContainsAnyExcept(Number(graph, map, slot, gradient)))
                Assert.Fail($"graph {seed}: the {(gradient ? "gradient" : "map")} of {map.Name} was overwritten");
        }
    }

    private static Span<float> Values(FeatureMap map, int slot, bool gradient) =>
        gradient ? map.GradientPlanesFrom(slot, 0) : map.PlanesFrom(slot, 0);

    private static float Number(CompiledGraph graph, FeatureMap map, int slot, bool gradient)
    {
        int index = Array.FindIndex(graph.Operations, operation => operation.Output == map) + 1;
        return (((index * 2) + (gradient ? 1 : 0)) * Slots) + slot;
    }
}
