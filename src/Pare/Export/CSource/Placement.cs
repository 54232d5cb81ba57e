namespace Pare.Export.CSource;

/// <summary>
/// Places of buffers in the arena: those that are in use at the same time do not overlap, and the arena is as short as can be.
/// </summary>
internal sealed class Placement
{
    private const int Orders = 64, MostSteps = 50_000;

    private readonly List<MapBuffer> _buffers;
    private readonly bool[] _placed;
    private readonly List<MapBuffer> _path = [];
    private int _steps;

    private Placement(List<MapBuffer> buffers) => (_buffers, _placed) = (buffers, new bool[buffers.Count]);

    /// <summary>Places buffers.</summary>
    /// <param name="buffers">The buffers, in any order.</param>
    /// <param name="below">Only an arena that is shorter is of interest, in bytes.</param>
    /// <returns>The buffers with their places; null where no shorter arena was found.</returns>
    public static IReadOnlyList<MapBuffer>? Of(MapBuffer[] buffers, long below)
    {
        long bound = ChainSearch.MostAtOnce(buffers);
        IReadOnlyList<MapBuffer>? best = null;
        var random = new SeededRandom(1);
        for (int trial = 0; trial < Orders && bound < below; trial++)
        {
            List<MapBuffer> placed = FirstFit(Order(buffers, trial, ref random));
            long length = Length(placed);
            if (length < below) (below, best) = (length, placed);
        }

        while (bound < below)
        {
            var exact = new Placement([.. buffers.OrderByDescending(static buffer => buffer.Length)]);
            if (!exact.Search(0, below)) break;
            best = [.. exact._path];
            below = Length(best);
        }

        return best;
    }

    /// <summary>Bytes of the arena.</summary>
    public static long Length(IEnumerable<MapBuffer> buffers) => buffers.Max(static buffer => (long)buffer.Offset + buffer.Length);

    // The lowest place that is free for as long as it is needed.
    private static List<MapBuffer> FirstFit(IEnumerable<MapBuffer> order)
    {
        List<MapBuffer> placed = [];
        foreach (MapBuffer buffer in order)
        {
            long offset = 0;
            foreach (MapBuffer other in placed.Where(buffer.Meets).OrderBy(static other => other.Offset))
            {
                if (offset + buffer.Length <= other.Offset) break;
                offset = Math.Max(offset, (long)other.Offset + other.Length);
            }

            placed.Add(buffer with { Offset = checked((int)offset) });
        }

        return placed;
    }

    private static List<MapBuffer> Order(IReadOnlyList<MapBuffer> buffers, int trial, ref SeededRandom random)
    {
        if (trial == 1) return [.. buffers.OrderBy(static buffer => buffer.First)];
        List<MapBuffer> order = [.. buffers.OrderByDescending(static buffer => buffer.Length)];
        if (trial == 0) return order;
        for (int swap = 0; swap < 1 + (trial / 4); swap++)
        {
            int a = random.NextInt(order.Count), b = random.NextInt(order.Count);
            (order[a], order[b]) = (order[b], order[a]);
        }

        return order;
    }

    // In the shortest arena every buffer can be let down until it lies on another, and they can be placed from the lowest on.
    private bool Search(int lowest, long below)
    {
        if (_path.Count == _buffers.Count) return true;
        Span<int> offsets = _buffers.Count <= 256 ? stackalloc int[_buffers.Count] : new int[_buffers.Count];
        for (int k = 0; k < offsets.Length; k++)
        {
            if (_placed[k]) continue;
            long offset = 0;
            foreach (MapBuffer other in _path)
            {
                if (other.Meets(_buffers[k])) offset = Math.Max(offset, (long)other.Offset + other.Length);
            }

            if (offset + _buffers[k].Length >= below) return false;
            offsets[k] = (int)offset;
        }

        for (int k = 0; k < offsets.Length; k++)
        {
            if (_placed[k] || offsets[k] < lowest) continue;
            if (++_steps >= MostSteps) return false;
            _placed[k] = true;
            _path.Add(_buffers[k] with { Offset = offsets[k] });
            if (Search(offsets[k], below)) return true;
            _path.RemoveAt(_path.Count - 1);
            _placed[k] = false;
        }

        return false;
    }
}
