namespace Pare.Execution;

/// <summary>
/// Threads that run one piece of work together and meet at barriers. A thread that waits stays awake for a moment, because
/// waking it costs more than a small layer does; then it sleeps, because the one it waits for may need its processor.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    // About 50 microseconds. Measured with both threads of a team put on one processor: without the sleep a barrier costs milliseconds.
    private const int Spins = 100;

    private readonly Thread[] _workers;
    private readonly object _sleep = new();
    private Action<int> _work = static _ => { };
    private volatile Exception? _failure;
    private volatile bool _disposed;
    private volatile int _generation;
    private volatile int _phase;
    private volatile int _running;
    private int _missing;
    private volatile int _sleepers;

    /// <summary>Starts the threads; the caller's own is one of them.</summary>
    /// <param name="count">All threads, 1 or more.</param>
    public ThreadTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = _missing = count;
        _workers = new Thread[count - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int worker = i;
            _workers[i] = new Thread(() => Work(worker + 1)) { IsBackground = true, Name = $"pare {i + 1}" };
            _workers[i].Start();
        }
    }

    private enum Event
    {
        /// <summary>New work, or the end of the team.</summary>
        Generation,

        /// <summary>All threads are at the barrier.</summary>
        Phase,

        /// <summary>All workers are done.</summary>
        Done,
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="work"/> on every thread, given its number from 0 on, and returns when all are done.</summary>
    public void Run(Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _work = work;
        _failure = null;
        _running = _workers.Length;
        _missing = Count;
        _generation++;
        Wake();
        Do(0);
        Await(Event.Done, 0);
        if (_failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Whether a thread has failed, so that what the others still do is of no use.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Waits for all threads; the last to arrive runs <paramref name="last"/> before any goes on.</summary>
    public void Barrier(Action? last = null)
    {
        int phase = _phase;
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            last?.Invoke();
            _missing = Count;
            _phase = phase + 1;
            Wake();
            return;
        }

        Await(Event.Phase, phase);
        if (_phase == phase) throw new OperationCanceledException("Another thread of the team failed.");
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _generation++;
        Wake();
        foreach (Thread worker in _workers) worker.Join();
    }

    private void Work(int thread)
    {
        int seen = 0;
        while (true)
        {
            Await(Event.Generation, seen);
            if (_disposed) return;
            seen = _generation;
            Do(thread);
            if (Interlocked.Decrement(ref _running) == 0) Wake();
        }
    }

    private void Do(int thread)
    {
        try
        {
            _work(thread);
        }
        catch (Exception error)
        {
            // The first failure counts; those that follow from it are only threads leaving their barrier.
            Interlocked.CompareExchange(ref _failure, error, null);
            Wake();
        }
    }

    private bool Happened(Event awaited, int seen) => awaited switch
    {
        Event.Generation => _generation != seen,
        Event.Phase => _phase != seen || _failure is not null,
        _ => _running == 0,
    };

    private void Await(Event awaited, int seen)
    {
        for (int i = 0; i < Spins; i++)
        {
            if (Happened(awaited, seen)) return;
            Thread.SpinWait(20);
        }

        lock (_sleep)
        {
            _sleepers++;
            Interlocked.MemoryBarrier();
            while (!Happened(awaited, seen)) Monitor.Wait(_sleep);
            _sleepers--;
        }
    }

    // A sleeper counts itself before it looks for the last time, and what it waits for is set before this looks at the count.
    private void Wake()
    {
        Interlocked.MemoryBarrier();
        if (_sleepers == 0) return;
        lock (_sleep) Monitor.PulseAll(_sleep);
    }
}
