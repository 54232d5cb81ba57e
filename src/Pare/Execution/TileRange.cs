namespace Pare.Execution;

/// <summary>
/// The tiles of one thread in the order in which it takes them. Each sweep over them runs the other way than the one before:
/// the tiles that were written last are still in the cache, and are read first.
/// </summary>
/// <param name="First">The lowest tile.</param>
/// <param name="End">Behind the highest tile.</param>
/// <param name="Reversed">Whether the highest comes first.</param>
internal readonly record struct TileRange(int First, int End, bool Reversed = false)
{
    public int Count => End - First;

    /// <summary>The tiles of one of several threads: as many for each as for the others, or one more.</summary>
    public static TileRange Of(int thread, int threads, int tiles) => new(tiles * thread / threads, tiles * (thread + 1) / threads);

    /// <summary>The i-th tile of the sweep; -1 behind the last.</summary>
    public int this[int i] => i >= Count ? -1 : Reversed ? End - 1 - i : First + i;

    /// <summary>The next sweep.</summary>
    public TileRange Turned() => this with { Reversed = !Reversed };
}
