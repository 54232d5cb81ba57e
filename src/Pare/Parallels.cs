using System.Runtime.ExceptionServices;

namespace Pare;

/// <summary>Loops over threads whose first failure comes out as itself.</summary>
internal static class Parallels
{
    /// <summary>The number of threads that a caller asks for; null for one per processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public static int Threads(int? threads)
    {
        int count = threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(threads));
        return count;
    }

    /// <summary>
    /// Calls <paramref name="body"/> with 0 up to <paramref name="count"/> - 1, on so many threads at most; null for one per processor.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is less than 1.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void For(int count, Action<int> body, int? threads = null, CancellationToken cancellation = default)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads(threads), CancellationToken = cancellation };
        try
        {
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }
    }
}
