namespace Pare.Execution;

/// <summary>Gives blocks of memory their places, so that those that are never needed at the same time share some.</summary>
internal static class BlockPlacement
{
    /// <summary>Places the largest block first, each at the lowest place that is free during its life.</summary>
    /// <param name="blocks">Sizes, and the first and last moment at which each is needed.</param>
    /// <returns>Where each begins, and the end of the last.</returns>
    /// <exception cref="OverflowException">They reach beyond what an index can name.</exception>
    public static (int[] Offsets, int Length) Place(IReadOnlyList<(int Size, int First, int Last)> blocks)
    {
        var offsets = new int[blocks.Count];
        int length = 0;
        var placed = new List<(int Offset, int End, int First, int Last)>();
        foreach ((int index, (int size, int first, int last)) in blocks.Index().OrderByDescending(static block => block.Item.Size))
        {
            int offset = 0, at = 0;
            for (; at < placed.Count; at++)
            {
                (int begin, int end, int from, int to) = placed[at];
                if (checked(offset + size) <= begin) break;
                if (from <= last && first <= to) offset = Math.Max(offset, end);
            }

            // By their places, so that the search for the next one need not sort them.
            while (at > 0 && placed[at - 1].Offset > offset) at--;
            placed.Insert(at, (offset, checked(offset + size), first, last));
            offsets[index] = offset;
            length = Math.Max(length, offset + size);
        }

        return (offsets, length);
    }
}
