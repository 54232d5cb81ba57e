using Pare.Execution;
using Pare.Execution.Operations;
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
            AssertHolds(graph, graph.Output, seed);
            Dictionary<FeatureMap, float> gradients = Backward(graph, seed);
            if (inputGradient) AssertGradient(graph.Input, gradients, seed);
        }
    }

    [Fact]
    public void The_terms_of_most_sums_have_their_gradient_where_the_sum_has_its_own()
    {
        InputEdge[] terms = [.. Enumerable.Range(0, 100)
            .SelectMany(static seed => CompiledGraph.Compile(Network(seed), Slots, training: true).Operations)
            .OfType<AddOperation>().SelectMany(static addition => addition.Inputs).Where(static term => term.NeedsGradient)];
        int shared = terms.Count(static term => term.SharesGradient);
        Assert.InRange(shared, terms.Length / 2, terms.Length - 1);
    }

    [Fact]
    public void Nothing_is_overwritten_before_its_last_reader_in_inference()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            CompiledGraph graph = CompiledGraph.Compile(Network(seed), Slots, training: false);
            MemoryPlan.Place(graph, Slots, training: false);
            Forward(graph);
            AssertHolds(graph, graph.Output, seed);
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

    // Walks through the operations as a plan does. Each map is filled with a number of its own, which must still be there whenever it is
    // read; each gradient with a new one whenever it is written or added to.
    private static void Forward(CompiledGraph graph)
    {
        Write(graph, graph.Input);
        foreach (Operation operation in graph.Operations)
        {
            foreach (InputEdge input in operation.Inputs) AssertHolds(graph, input.Map, -1);
            Write(graph, operation.Output);
        }
    }

    private static Dictionary<FeatureMap, float> Backward(CompiledGraph graph, int seed)
    {
        float number = 2 * Slots * (graph.Operations.Length + 1);
        var gradients = new Dictionary<FeatureMap, float>();
        WriteGradient(graph.Output);
        foreach (Operation operation in graph.Operations.Reverse())
        {
            if (!operation.Output.NeedsGradient) continue;
            AssertGradient(operation.Output, gradients, seed);
            AssertHolds(graph, operation.Output, seed);
            foreach (InputEdge input in operation.Inputs)
            {
                AssertHolds(graph, input.Map, seed);
                if (!input.NeedsGradient) continue;
                if (input.Accumulates) AssertGradient(input.Map, gradients, seed);
                if (!input.SharesGradient) WriteGradient(input.Map);
                else gradients[input.Map] = gradients[operation.Output];
            }

            foreach (InputEdge input in operation.Inputs) AssertHolds(graph, input.Map, seed);
            AssertGradient(operation.Output, gradients, seed);

            // What is read of the sum's gradient is made in its place.
            if (Array.Exists(operation.Inputs, static input => input.SharesGradient)) WriteGradient(operation.Output);
            foreach (InputEdge input in operation.Inputs.Where(static input => input.SharesGradient))
                gradients[input.Map] = gradients[operation.Output];
        }

        return gradients;

        void WriteGradient(FeatureMap map)
        {
            gradients[map] = ++number;
            for (int slot = 0; slot < Slots; slot++) map.GradientPlanesFrom(slot, 0).Fill(number);
        }
    }

    private static void Write(CompiledGraph graph, FeatureMap map)
    {
        for (int slot = 0; slot < Slots; slot++) map.PlanesFrom(slot, 0).Fill(Number(graph, map, slot));
    }

    private static void AssertHolds(CompiledGraph graph, FeatureMap map, int seed)
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (map.PlanesFrom(slot, 0).ContainsAnyExcept(Number(graph, map, slot)))
                Assert.Fail($"graph {seed}: the map of {map.Name} was overwritten");
        }
    }

    private static void AssertGradient(FeatureMap map, Dictionary<FeatureMap, float> gradients, int seed)
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (map.GradientPlanesFrom(slot, 0).ContainsAnyExcept(gradients[map]))
                Assert.Fail($"graph {seed}: the gradient of {map.Name} was overwritten");
        }
    }

    private static float Number(CompiledGraph graph, FeatureMap map, int slot) =>
        ((Array.FindIndex(graph.Operations, operation => operation.Output == map) + 1) * Slots) + slot;
}
