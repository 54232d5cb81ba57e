using System.Diagnostics;

namespace Pare;

/// <summary>Seconds of repeated work.</summary>
internal static class Timing
{
    private const int WarmupRuns = 10;

    /// <summary>
    /// How long work runs unmeasured at least: half of it left the time of an image on a small network 1.6 times too high.
    /// Only tests, which look at no time, take less.
    /// </summary>
    public static TimeSpan Warmup { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Median seconds of a run, after so many unmeasured ones that the runtime has compiled all for good.</summary>
    public static double MedianWarm(int runs, Action run)
    {
        Warm(run);
        return Median(runs, run);
    }

    /// <summary>The least seconds of a run, after as many unmeasured ones: what no neighbour on the machine has disturbed.</summary>
    public static double LeastWarm(int runs, Action run)
    {
        Warm(run);
        return Enumerable.Range(0, runs).Min(_ => Seconds(run));
    }

    /// <summary>Median seconds of a run.</summary>
    public static double Median(int runs, Action run)
    {
        var seconds = new double[runs];
        for (int i = 0; i < runs; i++) seconds[i] = Seconds(run);
        Array.Sort(seconds);
        return seconds[runs / 2];
    }

    /// <summary>
    /// Median seconds of several kinds of run, taken in turn after one unmeasured run of each, so that a machine that slows down slows all.
    /// </summary>
    public static double[] MediansInTurn(int rounds, params Action[] runs)
    {
        foreach (Action run in runs) run();
        double[][] seconds = [.. Enumerable.Range(0, rounds).Select(_ => runs.Select(Seconds).ToArray())];
        return [.. Enumerable.Range(0, runs.Length).Select(kind => seconds.Select(round => round[kind]).Order().ElementAt(rounds / 2))];
    }

    // The runtime compiles hot loops again in the background: give it steps, and a moment, to finish.
    private static void Warm(Action run)
    {
        var warmup = Stopwatch.StartNew();
        for (int i = 0; i < WarmupRuns || warmup.Elapsed < Warmup; i++) run();
    }

    private static double Seconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
