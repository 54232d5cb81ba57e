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
            MemoryPlan.Place(graph, Slots, training: true, threads: 2, threadOf: new int[Slots]);
            Forward(graph);
            AssertHolds(graph, graph.Output, seed);
            Backward(graph, seed);
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
    public void A_gradient_between_two_norms_takes_memory_once_a_thread()
    {
        GraphBuilder builder = GraphBuilder.Input(3, 16, 16).Conv(8).BatchNorm();
        for (int i = 0; i < 6; i++) builder.DepthwiseConv().Relu().PointwiseConv(8).BatchNorm().Relu();
        CompiledGraph graph = CompiledGraph.Compile(builder.Build(seed: 1), Slots, training: true);
        int map = graph.Operations[0].Output.Size;
        (int tile, int thread) = MemoryPlan.Count(graph, training: true);
        Assert.Equal(map, thread);
        Assert.InRange(tile, 13 * map, (15 * map) + graph.Input.Size);
    }

    [Fact]
    public void Inference_takes_far_less_memory_than_all_maps_together()
    {
        GraphBuilder builder = GraphBuilder.Input(8, 16, 16);
        for (int i = 0; i < 20; i++) builder.Conv(8).Relu();
        CompiledGraph graph = CompiledGraph.Compile(builder.Build(seed: 1), 1, training: false);
        Assert.Equal(2 * graph.Input.Size, MemoryPlan.Place(graph, 1, training: false).Length);
    }

    [Fact]
    public void A_map_that_the_images_gradient_does_not_depend_on_is_kept_for_its_readers_forward_alone()
    {
        // All maps are of one size. What an activation's slope or a maximum depends on lasts.
        Assert.InRange(MapsOf(static builder => builder.Conv(8)), 3, 4);
        Assert.InRange(MapsOf(static builder => builder.Conv(8).BatchNorm()), 3, 4);
        Assert.InRange(MapsOf(static builder => builder.Conv(8).Relu()), 20, 24);
        Assert.InRange(MapsOf(static builder => builder.Conv(8).MaxPool(3, stride: 1, padding: 1)), 20, 24);

        static int MapsOf(Action<GraphBuilder> block)
        {
            GraphBuilder builder = GraphBuilder.Input(8, 16, 16);
            for (int i = 0; i < 20; i++) block(builder);
            CompiledGraph graph = CompiledGraph.Compile(builder.Build(seed: 1), 1, training: true, inputGradient: true);
            foreach (BatchNormalization norm in graph.Norms) (norm.UsesBatchStatistics, norm.SumsGradient) = (false, false);
            return (int)MemoryPlan.Place(graph, 1, training: true, weightGradient: false).Length / graph.Input.Size;
        }
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

    // Between two norms a thread takes one tile after the other, here all of them.
    private static void Backward(CompiledGraph graph, int seed)
    {
        float number = 2 * Slots * (graph.Operations.Length + 1);
        var gradients = new Dictionary<(FeatureMap Map, int Slot), float>();
        for (int slot = 0; slot < Slots; slot++) WriteGradient(graph.Output, slot);
        for (int begin = graph.Operations.Length - 1, next; begin >= 0; begin = next)
        {
            next = begin - 1;
            while (next >= 0 && graph.Operations[next].Output.Norm is null) next--;
            for (int slot = 0; slot < Slots; slot++)
            {
                for (int i = begin; i > next; i--)
                {
                    if (graph.Operations[i].Output.NeedsGradient) Backward(graph.Operations[i], slot);
                }
            }
        }

        for (int slot = 0; graph.Input.NeedsGradient && slot < Slots; slot++) AssertGradient(graph.Input, slot);

        void Backward(Operation operation, int slot)
        {
            AssertGradient(operation.Output, slot);
            AssertHolds(graph, operation.Output, seed, slot);
            foreach (InputEdge input in operation.Inputs)
            {
                AssertHolds(graph, input.Map, seed, slot);
                if (!input.NeedsGradient) continue;
                if (input.Accumulates) AssertGradient(input.Map, slot);
                if (!input.SharesGradient) WriteGradient(input.Map, slot);
            }

            foreach (InputEdge input in operation.Inputs) AssertHolds(graph, input.Map, seed, slot);
            AssertGradient(operation.Output, slot);

            // What is read of the sum's gradient is made in its place.
            if (Array.Exists(operation.Inputs, static input => input.SharesGradient)) WriteGradient(operation.Output, slot);
            foreach (InputEdge input in operation.Inputs.Where(static input => input.SharesGradient))
                gradients[(input.Map, slot)] = gradients[(operation.Output, slot)];
        }

        void WriteGradient(FeatureMap map, int slot)
        {
            gradients[(map, slot)] = ++number;
            map.GradientPlanesFrom(slot, 0).Fill(number);
        }

        void AssertGradient(FeatureMap map, int slot)
        {
            if (map.GradientPlanesFrom(slot, 0).ContainsAnyExcept(gradients[(map, slot)]))
                Assert.Fail($"graph {seed}: the gradient of {map.Name} was overwritten");
        }
    }

    private static void Write(CompiledGraph graph, FeatureMap map)
    {
        for (int slot = 0; slot < Slots; slot++) map.PlanesFrom(slot, 0).Fill(Number(graph, map, slot));
    }

    private static void AssertHolds(CompiledGraph graph, FeatureMap map, int seed)
    {
        for (int slot = 0; slot < Slots; slot++) AssertHolds(graph, map, seed, slot);
    }

    private static void AssertHolds(CompiledGraph graph, FeatureMap map, int seed, int slot)
    {
        if (map.PlanesFrom(slot, 0).ContainsAnyExcept(Number(graph, map, slot)))
            Assert.Fail($"graph {seed}: the map of {map.Name} was overwritten");
    }

    private static float Number(CompiledGraph graph, FeatureMap map, int slot) =>
        ((Array.FindIndex(graph.Operations, operation => operation.Output == map) + 1) * Slots) + slot;
}
