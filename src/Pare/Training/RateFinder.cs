using Pare.Data;
using Pare.Graphs;
using Pare.Training.Averaging;

namespace Pare.Training;

/// <summary>
/// The learning rate range test: trains with a rate that rises from step to step, and watches where the loss falls and where it
/// breaks away. Smith 2015, arXiv 1506.01186, section 3.3.
/// </summary>
/// <remarks>
/// Smoothing is s_0 = L_0, s_i = 0.05 L_i + 0.95 s_(i-1); the test stops when s is above 5 times its lowest so far, or no longer finite. It
/// runs the trainer itself on a network of its own, so that techniques and batch size are those of the real run and nothing is left
/// changed.
/// </remarks>
public static class RateFinder
{
    private const double Smoothing = 0.05, Divergence = 5;

    /// <summary>Runs the test.</summary>
    /// <param name="graph">The network; it gets weights from the seed of <paramref name="options"/>.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">The real run's; the schedule is replaced, and no average of the weights is taken.</param>
    /// <param name="rates">Which rates to try.</param>
    /// <param name="progress">Told each point.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RecipeException">An option is out of range, or the network does not fit the data.</exception>
    /// <exception cref="RunException">The loss is not finite at the very first step.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RateCurve Run(Graph graph, Dataset data, TrainingOptions options, RateFinderOptions rates,
        Action<RatePoint>? progress = null, CancellationToken cancellation = default)
    {
        rates.Validate();
        var schedule = new FirstSteps(rates);
        var points = new List<RatePoint>();
        double best = double.PositiveInfinity;
        bool diverged = false;
        try
        {
            // An average of the weights is not looked at, and what takes one may have a rate of its own.
            Technique[] techniques = [.. options.Techniques.Where(static technique => technique is not AveragingTechnique)];
            Trial.Run(graph, data, options with { Schedule = schedule, Techniques = techniques }, rates.Steps, AfterStep, cancellation);
        }
        catch (RunException) when (points.Count > 0)
        {
            // A loss that is not finite is an end of the curve, not a failure.
            diverged = true;
        }

        return new RateCurve(points, diverged);

        bool AfterStep(TrainingSession session)
        {
            double loss = session.Last.Loss;
            double smoothed = points.Count == 0 ? loss : (Smoothing * loss) + ((1 - Smoothing) * points[^1].Smoothed);
            var point = new RatePoint(schedule.At(session.StepsDone - 1, rates.Steps).LearningRate, loss, smoothed);
            points.Add(point);
            progress?.Invoke(point);
            best = Math.Min(best, smoothed);
            diverged = smoothed > Divergence * best;
            return !diverged;
        }
    }

    // The range test counts its own steps, however long the run around it is.
    private sealed record FirstSteps(RateFinderOptions Rates) : Schedules.Schedule
    {
        public override Schedules.Rates At(long step, long steps) => Rates.Schedule.At(step, Rates.Steps);

        protected override void ValidateSettings() => Rates.Schedule.Validate();
    }
}
