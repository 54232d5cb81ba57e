using Pare.Graphs;
using Pare.Training.Schedules;

namespace Pare.Training.Averaging;

/// <summary>
/// A technique that keeps an average of the weights beside them: the average is what a run gives, its training does not see it.
/// </summary>
public abstract record AveragingTechnique : Technique
{
    private protected AveragingTechnique()
    {
    }

    internal override string? Purpose => "averaging weights";

    /// <summary>Whether the running statistics of the average are measured anew after the training.</summary>
    internal abstract bool Recalibrates { get; }

    /// <summary>The average of a network that is about to be trained.</summary>
    internal abstract WeightAverage Begin(Network network, int epochs);

    /// <summary>The learning rate while averaging, if it is another.</summary>
    internal virtual Schedule Around(Schedule schedule, int epochs) => schedule;
}
