namespace Pare.Data;

/// <summary>What all threads together may hold at a time; who wants more waits until others are done.</summary>
internal sealed class ByteBudget(long limit)
{
    private readonly object _gate = new();
    private long _held;

    /// <summary>A share of the memory that this process may use.</summary>
    public static ByteBudget OfMemory() => new(Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 1L << 26, 1L << 31));

    /// <summary>Takes bytes; what is over the whole limit waits until it is alone.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Take(long bytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (_held > 0 && _held + bytes > limit)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate, 100);
            }

            _held += bytes;
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(long bytes)
    {
        lock (_gate)
        {
            _held -= bytes;
            Monitor.PulseAll(_gate);
        }
    }
}
