using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// Gives every feature map, and its gradient, a place in one arena a tile. Maps that are never alive at the same time share
/// memory. Time counts operations: forward from 1 on, and in training on through the backward pass in reverse.
/// </summary>
internal static class MemoryPlan
{
    /// <summary>Floats of one tile's arena, rounded up to whole cache lines; nothing is allocated.</summary>
    /// <exception cref="RecipeException">They are more than one array holds.</exception>
    public static int Count(CompiledGraph graph, bool training) => Arrange(graph, training).Stride;

    /// <summary>Places all maps of a compiled graph in a new arena of <paramref name="slots"/> tiles.</summary>
    public static AlignedBuffer Place(CompiledGraph graph, int slots, bool training)
    {
        (int stride, Dictionary<FeatureMap, Block> data, Dictionary<FeatureMap, Block> gradients) = Arrange(graph, training);
        var arena = new AlignedBuffer((long)stride * slots);
        foreach ((FeatureMap map, Block block) in data)
            map.Place(arena, stride, block.Offset, gradients.TryGetValue(map, out Block? gradient) ? gradient.Offset : 0);
        return arena;
    }

    private static (int Stride, Dictionary<FeatureMap, Block> Data, Dictionary<FeatureMap, Block> Gradients) Arrange(CompiledGraph graph,
        bool training)
    {
        Operation[] operations = graph.Operations;
        int end = (2 * operations.Length) + 1;
        var data = new Dictionary<FeatureMap, Block> { [graph.Input] = new Block(graph.Input.Size, 0) };
        for (int i = 0; i < operations.Length; i++)
        {
            data[operations[i].Output] = new Block(operations[i].Output.Size, i + 1);
            foreach (InputEdge input in operations[i].Inputs) data[input.Map].Last = i + 1;
        }

        data[graph.Output].Last = end;
        var gradients = new Dictionary<FeatureMap, Block>();
        if (training)
        {
            int LastReader(FeatureMap map) => Array.FindLastIndex(operations, operation => operation.Inputs.Any(input => input.Map == map));
            foreach ((FeatureMap map, Block block) in data)
            {
                // The backward pass of operation number n happens at end - n, and reads what its output stored.
                block.Last = end - block.First;
                if (!map.NeedsGradient) continue;
                int reader = LastReader(map);
                gradients[map] = new Block(map.Size, reader < 0 ? operations.Length : end - (reader + 1)) { Last = end - block.First };
            }

            foreach (Operation operation in operations.Reverse())
            {
                foreach (InputEdge input in operation.Inputs.Where(static input => input.SharesGradient))
                    gradients[input.Map] = gradients[operation.Output].With(gradients[input.Map]);
            }
        }

        try
        {
            return (AlignedBuffer.RoundUp(Arrange([.. data.Values, .. gradients.Values.Distinct()])), data, gradients);
        }
        catch (OverflowException error)
        {
            FeatureMap largest = data.Keys.MaxBy(static map => map.Size)!;
            throw new RecipeException(
                $"The feature maps of {Simd.Lanes} images are more than one array holds.",
                $"the largest is '{largest.Name}', {largest.Shape}",
                "Make the images or the network smaller.", error);
        }
    }

    // Largest first, each at the lowest place that is free during its life.
    private static int Arrange(Block[] blocks)
    {
        int total = 0;
        var placed = new List<Block>();
        foreach (Block block in blocks.OrderByDescending(static block => block.Size))
        {
            int offset = 0;
            foreach (Block other in placed.Where(block.LivesWith).OrderBy(static other => other.Offset))
            {
                if (checked(offset + block.Size) <= other.Offset) break;
                offset = Math.Max(offset, other.Offset + other.Size);
            }

            block.Offset = offset;
            placed.Add(block);
            total = Math.Max(total, checked(offset + block.Size));
        }

        return total;
    }

    private sealed class Block(int size, int first)
    {
        public int Size { get; } = AlignedBuffer.RoundUp(size);

        public int First { get; private set; } = first;

        public int Last { get; set; } = first;

        public int Offset { get; set; }

        /// <summary>This block, which takes in the life of another of its size.</summary>
        public Block With(Block other)
        {
            (First, Last) = (Math.Min(First, other.First), Math.Max(Last, other.Last));
            return this;
        }

        public bool LivesWith(Block other) => First <= other.Last && other.First <= Last;
    }
}
