using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Training.Averaging;

namespace Pare.Training;

/// <summary>
/// Finds how many epochs fit into a training's minutes. It is decided once, before the first step, from steps on weights that are thrown
/// away: from there on the training is one of so many epochs, with a schedule that ends with them, and can go on to the same bytes.
/// </summary>
public static class TimeBudget
{
    /// <summary>The shortest budget that a recipe may name.</summary>
    public const double LeastMinutes = 0.001;

    /// <summary>The longest budget: about two years.</summary>
    public const double MostMinutes = 1_000_000;

    /// <summary>The most epochs that a budget comes to.</summary>
    internal const int MostEpochs = 1_000_000;

    private const int MostMeasured = 2000, MeasuredRuns = 3;

    /// <summary>
    /// The options with a number of epochs, at least one, in place of minutes; as they are without a budget.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How it is to be trained.</param>
    /// <param name="measuredAfter">Images that are measured after the training, beside those that it measures itself.</param>
    /// <param name="clock">Measures the steps; null for the machine's.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="RecipeException">An option is out of range, or the network does not fit the data.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingOptions Fit(Graph graph, Dataset data, TrainingOptions options, int measuredAfter = 0, TimeProvider? clock = null,
        CancellationToken cancellation = default)
    {
        if (options.Minutes is not { } minutes) return options;
        clock ??= TimeProvider.System;
        long start = clock.GetTimestamp();
        IndexSplit split = options.Split(data);
        double trained = StepTimer.SecondsPerImage(graph, data, options, clock, cancellation);
        double measured = SecondsPerMeasuredImage(graph, data, options, clock);
        int batch = Math.Min(options.BatchSize, split.Train.Length), images = split.Train.Length / batch * batch;
        AveragingTechnique? averaging = options.Acting<AveragingTechnique>().FirstOrDefault();
        double once = data.Test.Count + split.Validation.Length;
        double atEnd = (averaging is null ? once : 2 * once) + measuredAfter
            + (averaging?.Recalibration is null ? 0 : split.Train.Length);
        double left = (60 * minutes) - clock.GetElapsedTime(start).TotalSeconds - (atEnd * measured);
        return Fitted(options, Epochs(left, (images * trained) + (split.Validation.Length * measured)));
    }

    /// <summary>The options with a number of epochs that is known, in place of minutes; as they are without a budget.</summary>
    internal static TrainingOptions Fitted(TrainingOptions options, int epochs) =>
        options.Minutes is null ? options : options with { Epochs = epochs, Minutes = null };

    /// <summary>Whole epochs that fit.</summary>
    /// <param name="seconds">What is left for them.</param>
    /// <param name="epochSeconds">What one takes.</param>
    internal static int Epochs(double seconds, double epochSeconds) =>
        (int)Math.Clamp(seconds / Math.Max(epochSeconds, 1e-9), 1, MostEpochs);

    private static double SecondsPerMeasuredImage(Graph graph, Dataset data, TrainingOptions options, TimeProvider clock)
    {
        int[] some = [.. Enumerable.Range(0, Math.Min(MostMeasured, data.Train.Count))];
        using var team = new ThreadTeam(options.Threads);
        var plan = new InferencePlan(new Network(graph, options.Seed), team);
        Normalization normalization = Normalization.Of(data.Train, some);
        Evaluator.Run(plan, normalization, data.Train, some);
        long start = clock.GetTimestamp();
        for (int i = 0; i < MeasuredRuns; i++) Evaluator.Run(plan, normalization, data.Train, some);
        return clock.GetElapsedTime(start).TotalSeconds / (MeasuredRuns * some.Length);
    }
}
