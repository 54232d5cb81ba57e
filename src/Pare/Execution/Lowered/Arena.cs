namespace Pare.Execution.Lowered;

/// <summary>The memory of one prediction, begun on a cache line; disposing of it gives it back to where it was rented.</summary>
internal sealed class Arena : IDisposable
{
    private readonly float[] _values;
    private readonly int _start, _length;
    private readonly ArenaPool? _pool;

    public Arena(int length, ArenaPool? pool = null)
    {
        _values = GC.AllocateUninitializedArray<float>(length + AlignedBuffer.Line, pinned: true);
        _start = AlignedBuffer.StartOf(_values);
        (_length, _pool) = (length, pool);
    }

    public Span<float> Span => _values.AsSpan(_start, _length);

    /// <inheritdoc/>
    public void Dispose() => _pool?.Return(this);

    /// <summary>Gives maps their places.</summary>
    /// <param name="lives">Maps, and the first and last step that needs each.</param>
    /// <returns>The length of the arena.</returns>
    public static int Place(IEnumerable<(PixelMap Map, int First, int Last)> lives)
    {
        (PixelMap Map, int First, int Last)[] all = [.. lives];
        (int[] offsets, int length) =
            BlockPlacement.Place([.. all.Select(static life => (AlignedBuffer.RoundUp(life.Map.Size), life.First, life.Last))]);
        for (int i = 0; i < all.Length; i++) all[i].Map.Offset = offsets[i];
        return length;
    }
}
