using Pare.Augmentation;
using Pare.Data;
using Pare.Graphs;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>A first guess at how long a training will take.</summary>
internal static class StepTimer
{
    private const int WarmupSteps = 20, MostSteps = 220;

    // Of a rate at which no weight moves.
    private const double Still = 1e-12;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Seconds that a training image takes, from the first steps; measuring on the validation and test images is not in it. Where images
    /// grow it is the mean over the run, from steps on the smallest and on full ones.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="clock">Measures the steps.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static double SecondsPerImage(Graph graph, Dataset data, TrainingOptions options, TimeProvider clock,
        CancellationToken cancellation = default)
    {
        StepSizes sizes = options.SizesOf(graph);
        if (sizes.Technique is not { } resizing) return Measured(graph, data, options, clock, cancellation);
        TrainingOptions atFullSize = options.AtFullSize;
        double full = Measured(graph, data, atFullSize, clock, cancellation);
        ProgressiveResizing still = resizing with { DelayFraction = 1, Until = 1 };
        double least = Measured(graph, data, options with { Techniques = [.. atFullSize.Techniques, still] }, clock, cancellation);
        double smallest = sizes.Work(1), mean = sizes.MeanWork;
        return smallest < 1 ? least + ((full - least) * (mean - smallest) / (1 - smallest)) : full;
    }

    private static double Measured(Graph graph, Dataset data, TrainingOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        int batch = Math.Clamp(options.BatchSize, 1, Math.Max(1, options.Split(data).Train.Length));
        long start = clock.GetTimestamp(), last = start, taken = 0, counted = 0;
        TimeSpan steps = TimeSpan.Zero;
        if (!HasRun(options) && counted < WarmupSteps)
        {
            // One that diverges takes as long a step as any other, and too few of them to tell from its beginning, which takes longer. That
            // it diverges is for its own run to tell.
            (start, taken, counted, steps) = (clock.GetTimestamp(), 0, 0, TimeSpan.Zero);
            HasRun(options with { Schedule = new Constant { Rate = Still } });
        }

        return (counted > 0 ? steps.TotalSeconds / counted : clock.GetElapsedTime(start).TotalSeconds / Math.Max(1, taken)) / batch;

        bool HasRun(TrainingOptions tried)
        {
            try
            {
                Trial.Run(graph, data, tried, MostSteps, AfterStep, cancellation);
                return true;
            }
            catch (RunException)
            {
                return false;
            }
        }

        bool AfterStep(TrainingSession session)
        {
            long now = clock.GetTimestamp(), step = session.StepsDone - 1;

            // Before the first step of an epoch lies what the epoch before was measured with.
            if (step > WarmupSteps && step % session.StepsPerEpoch != 0)
            {
                steps += clock.GetElapsedTime(last, now);
                counted++;
            }

            (last, taken) = (now, step + 1);
            return steps < Enough && clock.GetElapsedTime(start, now) < 4 * Enough;
        }
    }
}
