namespace Pare.Execution.Lowered;

/// <summary>
/// As many arenas as calls run at the same time, kept for the next; renting allocates only when more run at once than ever before.
/// </summary>
internal sealed class ArenaPool(Executor executor)
{
    private readonly Arena?[] _free = new Arena?[Environment.ProcessorCount + 2];

    /// <summary>An arena for one call, to be disposed of after it.</summary>
    public Arena Rent()
    {
        for (int i = 0; i < _free.Length; i++)
        {
            if (Interlocked.Exchange(ref _free[i], null) is { } arena) return arena;
        }

        return executor.CreateArena(this);
    }

    /// <summary>Gives an arena back; one too many is left to the collector.</summary>
    public void Return(Arena arena)
    {
        for (int i = 0; i < _free.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _free[i], arena, null) is null) return;
        }
    }
}
