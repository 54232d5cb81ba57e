using Pare.Graphs;

namespace Pare.Training;

/// <summary>A technique that changes the weights themselves after the optimizer has moved them, such as a limit on their length.</summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/>, and the rule that it makes for each run. Several act in the
/// order in which they are named; averages and the check for numbers that are not finite come after them.
/// </remarks>
public abstract record WeightTechnique : Technique
{
    /// <summary>For techniques of one's own.</summary>
    protected WeightTechnique()
    {
    }

    /// <summary>Arrays as long as the weights that the technique keeps, for the estimate of the memory that a training takes.</summary>
    public virtual int WeightCopies => 0;

    /// <summary>Makes what acts in a run.</summary>
    /// <param name="network">What is trained, with its first weights; the rule keeps it and changes its weights.</param>
    /// <returns>
    /// An object of this run alone; one that remembers something from step to step implements <see cref="IStateful"/>.
    /// </returns>
    public abstract IWeightRule Begin(Network network);
}
