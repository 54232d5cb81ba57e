using System.Runtime.ExceptionServices;

namespace Pare;

/// <summary>Loops over threads whose first failure comes out as itself.</summary>
internal static class Parallels
{
    /// <summary>
    /// Calls <paramref name="body"/> with 0 up to <paramref name="count"/> - 1, on so many threads at most; null for one a processor.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void For(int count, Action<int> body, int? threads, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, count,
                new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellation },
                body);
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }
    }
}
