using BenchmarkDotNet.Attributes;
using Pare.Execution;

namespace Pare.Benchmarks;

/// <summary>
/// What it costs a team of threads to meet; <see cref="System.Threading.Barrier"/> is the baseline. One operation is one meeting.
/// </summary>
public class BarrierBenchmark
{
    private const int Meetings = 1000;

    private ThreadTeam _team = null!;
    private Barrier _barrier = null!;

    /// <summary>All threads, the caller's included.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp() => (_team, _barrier) = (new ThreadTeam(Threads), new Barrier(Threads));

    [GlobalCleanup]
    public void CleanUp()
    {
        _team.Dispose();
        _barrier.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Meetings)]
    public void SystemBarrier() => _team.Run(_ =>
    {
        for (int i = 0; i < Meetings; i++) _barrier.SignalAndWait();
    });

    [Benchmark(OperationsPerInvoke = Meetings)]
    public void TeamBarrier() => _team.Run(_ =>
    {
        for (int i = 0; i < Meetings; i++) _team.Barrier();
    });
}
