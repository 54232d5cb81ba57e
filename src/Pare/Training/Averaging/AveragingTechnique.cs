using Pare.Graphs;
using Pare.Training.Schedules;

namespace Pare.Training.Averaging;

/// <summary>
/// A technique that keeps an average of the weights beside them: the average is what a run gives, its training does not see it.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/>, and the <see cref="WeightAverage"/> that it makes for each run.
/// </remarks>
public abstract record AveragingTechnique : Technique
{
    /// <summary>For techniques of one's own.</summary>
    protected AveragingTechnique()
    {
    }

    /// <inheritdoc/>
    public sealed override string? Purpose => "averaging weights";

    /// <summary>
    /// How batches count when the running statistics of the average are measured anew after the training; null when they hold as they are.
    /// </summary>
    public virtual BatchWeighting? Recalibration => null;

    /// <summary>The average of a network that is about to be trained.</summary>
    /// <param name="network">What is trained, with its first weights.</param>
    /// <param name="epochs">All epochs of the run.</param>
    public abstract WeightAverage Begin(Network network, int epochs);

    /// <summary>The learning rate while averaging, if it is another.</summary>
    /// <param name="schedule">The run's.</param>
    /// <param name="epochs">All epochs of the run.</param>
    public virtual Schedule Around(Schedule schedule, int epochs) => schedule;
}
