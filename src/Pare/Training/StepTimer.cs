using Pare.Data;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>A first guess at how long a training will take.</summary>
public static class StepTimer
{
    private const int WarmupSteps = 20, MostSteps = 220;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    /// <summary>Seconds that a training image takes, from the first steps; measuring on the validation and test images is not in it.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="clock">Measures the steps.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="RunException">The loss left the finite numbers.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static double SecondsPerImage(Graph graph, Dataset data, TrainingOptions options, TimeProvider clock, CancellationToken cancellation = default)
    {
        long start = 0, last = 0;
        TimeSpan elapsed = TimeSpan.Zero;
        Trial.Run(graph, data, options, MostSteps, AfterStep, cancellation);
        return elapsed.TotalSeconds / (Math.Max(1, last - WarmupSteps) * Math.Min(options.BatchSize, data.Train.Count));

        bool AfterStep(long step, double loss)
        {
            last = step;
            if (step == WarmupSteps) start = clock.GetTimestamp();
            if (step > WarmupSteps) elapsed = clock.GetElapsedTime(start);
            return elapsed < Enough;
        }
    }
}
