using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// Gives every feature map, and its gradient, a place in one arena a tile. Maps that are never alive at the same time share
/// memory. Time counts operations: forward from 1 on, and in training on through the backward pass in reverse. A gradient that a thread
/// writes and has read before it takes the next tile lies in an arena of the thread, which stays in its cache.
/// </summary>
internal static class MemoryPlan
{
    /// <summary>Floats of the arena of a tile and of a thread, rounded up to whole cache lines; nothing is allocated.</summary>
    /// <exception cref="RecipeException">They are more than one array holds.</exception>
    public static (int Tile, int Thread) Count(CompiledGraph graph, bool training)
    {
        Arrangement arrangement = Arrange(graph, training, hasThreads: training, weightGradient: true);
        return (arrangement.Stride, arrangement.ThreadStride);
    }

    /// <summary>Places all maps of a compiled graph in a new arena of <paramref name="slots"/> tiles.</summary>
    /// <inheritdoc cref="Place(IReadOnlyList{CompiledGraph}, int, bool, int, int[], bool)"/>
    public static AlignedBuffer Place(CompiledGraph graph, int slots, bool training, int threads = 1, int[]? threadOf = null,
        bool weightGradient = true) => Place([graph], slots, training, threads, threadOf, weightGradient);

    /// <summary>Places all maps of compiled graphs, of which one at a time is computed, in one new arena of tiles.</summary>
    /// <param name="graphs">The graphs.</param>
    /// <param name="slots">Tiles.</param>
    /// <param name="training">Whether a backward pass follows.</param>
    /// <param name="threads">How many threads there are.</param>
    /// <param name="threadOf">The thread of each tile, to be set before each pass; null where threads have no memory of their own.</param>
    /// <param name="weightGradient">
    /// Whether the backward pass is to give the gradient of the weights; without it a map that the gradient does not depend on is kept no
    /// longer than its readers forward need it. What norms do must be decided.
    /// </param>
    public static AlignedBuffer Place(IReadOnlyList<CompiledGraph> graphs, int slots, bool training, int threads = 1,
        int[]? threadOf = null, bool weightGradient = true)
    {
        Arrangement[] all = [.. graphs.Select(graph => Arrange(graph, training, hasThreads: threadOf is not null, weightGradient))];
        var arena = new AlignedBuffer((long)all.Max(static arrangement => arrangement.Stride) * slots);
        var ofThreads = new AlignedBuffer((long)all.Max(static arrangement => arrangement.ThreadStride) * threads);
        foreach (Arrangement arrangement in all)
        {
            foreach ((FeatureMap map, Block block) in arrangement.Data)
            {
                map.Place(arena, arrangement.Stride, block.Offset);
                Block? gradient = arrangement.Gradients.GetValueOrDefault(map);
                if (gradient is { StaysWithThread: true })
                    map.PlaceGradient(ofThreads, arrangement.ThreadStride, gradient.Offset, threadOf);
                else map.PlaceGradient(arena, arrangement.Stride, gradient?.Offset ?? 0, null);
            }
        }

        return arena;
    }

    /// <summary>
    /// Numbers the stretches of operations that a thread takes one tile after the other through, forward and backward: a norm ends one.
    /// </summary>
    public static int[] Sections(Operation[] operations)
    {
        var sections = new int[operations.Length];
        for (int i = operations.Length - 2; i >= 0; i--) sections[i] = sections[i + 1] + (operations[i].Output.Norm is null ? 0 : 1);
        return sections;
    }

    private static Arrangement Arrange(CompiledGraph graph, bool training, bool hasThreads, bool weightGradient)
    {
        Operation[] operations = graph.Operations;
        int end = (2 * operations.Length) + 1;
        var data = new Dictionary<FeatureMap, Block> { [graph.Input] = new Block(graph.Input.Size, 0) };
        for (int i = 0; i < operations.Length; i++)
        {
            data[operations[i].Output] = new Block(operations[i].Output.StoredSize, i + 1);
            foreach (InputEdge input in operations[i].Inputs) data[input.Map].Last = i + 1;
            if (operations[i].Output.Added is { } added) data[added.Other].Last = i + 1;
        }

        data[graph.Output].Last = end;
        var gradients = new Dictionary<FeatureMap, Block>();
        if (training)
        {
            int[] sections = Sections(operations);
            bool IsRead(FeatureMap map) => weightGradient || map.GradientReadsValues
                || Array.Exists(operations, operation => !operation.IsLinear && operation.Inputs.Any(input => input.Map == map));
            int LastReader(FeatureMap map) => Array.FindLastIndex(operations, operation => operation.Inputs.Any(input => input.Map == map));
            foreach ((FeatureMap map, Block block) in data)
            {
                // The backward pass of operation number n happens at end - n, and reads what its output stored.
                if (IsRead(map)) block.Last = end - block.First;
                if (!map.NeedsGradient) continue;
                int reader = LastReader(map);
                gradients[map] =
                    new Block(map.StoredGradientSize, reader < 0 ? operations.Length : end - (reader + 1))
                    {
                        Last = end - block.First,
                        StaysWithThread = hasThreads && block.First > 0 && reader >= 0 && sections[reader] == sections[block.First - 1],
                    };
            }

            foreach (Operation operation in operations.Reverse())
            {
                foreach (InputEdge input in operation.Inputs.Where(static input => input.SharesGradient))
                    gradients[input.Map] = gradients[operation.Output].With(gradients[input.Map]);
            }
        }

        try
        {
            ILookup<bool, Block> written = gradients.Values.Distinct().ToLookup(static block => block.StaysWithThread);
            return new Arrangement(Arrange([.. data.Values, .. written[false]]), Arrange([.. written[true]]), data, gradients);
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

    private static int Arrange(Block[] blocks)
    {
        (int[] offsets, int length) = BlockPlacement.Place([.. blocks.Select(static block => (block.Size, block.First, block.Last))]);
        for (int i = 0; i < blocks.Length; i++) blocks[i].Offset = offsets[i];
        return length;
    }

    private sealed record Arrangement(int Stride, int ThreadStride, Dictionary<FeatureMap, Block> Data,
        Dictionary<FeatureMap, Block> Gradients);

    private sealed class Block(int size, int first)
    {
        public int Size { get; } = AlignedBuffer.RoundUp(size);

        public int First { get; private set; } = first;

        public int Last { get; set; } = first;

        public int Offset { get; set; }

        /// <summary>Whether a thread is done with it before it takes the next tile.</summary>
        public bool StaysWithThread { get; set; }

        /// <summary>This block, which takes in the life of another of its size.</summary>
        public Block With(Block other)
        {
            (First, Last) = (Math.Min(First, other.First), Math.Max(Last, other.Last));
            StaysWithThread &= other.StaysWithThread;
            return this;
        }
    }
}
