using System.Runtime.InteropServices;

namespace Pare.Execution.Lowered;

/// <summary>The memory of one prediction, begun on a cache line; disposing of it gives it back to where it was rented.</summary>
internal sealed class Arena : IDisposable
{
    /// <summary>Floats of a cache line.</summary>
    public const int Line = 16;

    private readonly float[] _values;
    private readonly int _start, _length;
    private readonly ArenaPool? _pool;

    public Arena(int length, ArenaPool? pool = null)
    {
        _values = GC.AllocateUninitializedArray<float>(length + Line, pinned: true);
        _start = (int)((64 - (Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0) & 63)) & 63) / sizeof(float);
        (_length, _pool) = (length, pool);
    }

    public Span<float> Span => _values.AsSpan(_start, _length);

    /// <inheritdoc/>
    public void Dispose() => _pool?.Return(this);

    /// <summary>
    /// Gives maps their places: those that are never needed at the same time share memory. The largest first, each at the lowest place that
    /// is free during its life.
    /// </summary>
    /// <param name="lives">Maps, and the first and last step that needs each.</param>
    /// <returns>The length of the arena.</returns>
    public static int Place(IEnumerable<(PixelMap Map, int First, int Last)> lives)
    {
        int length = 0;
        var placed = new List<(int Offset, int End, int First, int Last)>();
        foreach ((PixelMap map, int first, int last) in lives.OrderByDescending(static life => life.Map.Size))
        {
            map.Offset = 0;
            int at = 0, size = map.Size;
            for (; at < placed.Count; at++)
            {
                (int offset, int end, int from, int to) = placed[at];
                if (map.Offset + size <= offset) break;
                if (from <= last && first <= to) map.Offset = Math.Max(map.Offset, end);
            }

            // By their places, so that the search for the next one need not sort them.
            int behind = Rounded(checked(map.Offset + size));
            while (at > 0 && placed[at - 1].Offset > map.Offset) at--;
            placed.Insert(at, (map.Offset, behind, first, last));
            length = Math.Max(length, behind);
        }

        return length;
    }

    private static int Rounded(int length) => checked((length + Line - 1) & ~(Line - 1));
}
