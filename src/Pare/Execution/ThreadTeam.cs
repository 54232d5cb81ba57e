namespace Pare.Execution;

/// <summary>
/// Threads that run one piece of work together and meet at barriers. They stay awake between the barriers of a step, and
/// for a moment after it, because waking a thread costs more than a small layer does.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _workers;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _asleep;
    private Action<int> _work = static _ => { };
    private volatile int _generation;
    private volatile bool _disposed;
    private volatile Exception? _failure;
    private int _running;
    private int _missing;
    private volatile int _phase;

    /// <summary>Starts the threads; the caller's own is one of them.</summary>
    /// <param name="count">All threads, 1 or more.</param>
    public ThreadTeam(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = _missing = count;
        _workers = new Thread[count - 1];
        _wake = new AutoResetEvent[count - 1];
        _asleep = new int[count - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int worker = i;
            _wake[i] = new AutoResetEvent(false);
            _workers[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"pare {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="work"/> on every thread, given its number from 0 on, and returns when all are done.</summary>
    public void Run(Action<int> work)
    {
        _work = work;
        _failure = null;
        _running = _workers.Length;
        _missing = Count;
        _generation++;
        for (int i = 0; i < _workers.Length; i++)
        {
            if (Interlocked.Exchange(ref _asleep[i], 0) == 1) _wake[i].Set();
        }

        Do(0);
        var spin = default(SpinWait);
        while (Volatile.Read(ref _running) != 0) Spin(ref spin);
        if (_failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Waits for all threads; the last to arrive runs <paramref name="last"/> before any goes on.</summary>
    public void Barrier(Action? last = null)
    {
        int phase = _phase;
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            last?.Invoke();
            _missing = Count;
            _phase = phase + 1;
            return;
        }

        var spin = default(SpinWait);
        while (_phase == phase)
        {
            if (_failure is not null) throw new OperationCanceledException("Another thread of the team failed.");
            Spin(ref spin);
        }
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _generation++;
        for (int i = 0; i < _workers.Length; i++)
        {
            _wake[i].Set();
            _workers[i].Join();
            _wake[i].Dispose();
        }
    }

    // Sleeping for a millisecond, as SpinWait does in the end, would cost more than a step: give the processor away only.
    private static void Spin(ref SpinWait spin) => spin.SpinOnce(sleep1Threshold: -1);

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            Await(worker, seen);
            if (_disposed) return;
            seen = _generation;
            Do(worker + 1);
            Interlocked.Decrement(ref _running);
        }
    }

    private void Await(int worker, int seen)
    {
        for (int i = 0; i < SpinsBeforeSleep; i++)
        {
            if (_generation != seen) return;
            Thread.SpinWait(20);
        }

        Volatile.Write(ref _asleep[worker], 1);
        Interlocked.MemoryBarrier();
        if ((_generation != seen || _disposed) && Interlocked.Exchange(ref _asleep[worker], 0) == 1) return;
        _wake[worker].WaitOne();
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
        }
    }
}
