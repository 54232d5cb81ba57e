using System.Diagnostics;

namespace Pare.Evaluation;

/// <summary>Medians of repeated work.</summary>
internal static class Timing
{
    private const int WarmupRuns = 10;

    /// <summary>Median seconds of a run, after so many unmeasured ones that the runtime has compiled all for good.</summary>
    public static double MedianWarm(int runs, Action run)
    {
        // The runtime compiles hot loops again in the background: give it steps, and a moment, to finish.
        var warmup = Stopwatch.StartNew();
        for (int i = 0; i < WarmupRuns || warmup.ElapsedMilliseconds < 500; i++) run();
        return Median(runs, run);
    }

    /// <summary>Median seconds of a run.</summary>
    public static double Median(int runs, Action run)
    {
        var seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[runs / 2];
    }
}
