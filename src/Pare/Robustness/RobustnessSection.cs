namespace Pare.Robustness;

/// <summary>One topic of robustness: takes a classifier and images, gives a part of the record.</summary>
internal abstract class RobustnessSection
{
    /// <summary>What options, errors and the record's file call it.</summary>
    public abstract string Name { get; }

    /// <summary>How many passes of an image through the network it takes, for the time that is left.</summary>
    public abstract long Passes(RobustnessInputs inputs);

    /// <summary>Why it cannot be measured of these inputs, a sentence; null where it can.</summary>
    public virtual string? Obstacle(RobustnessInputs inputs) => null;

    /// <summary>Looks whether the inputs can be measured at all, before minutes are spent on other sections.</summary>
    /// <exception cref="PareException">They cannot.</exception>
    public virtual void Check(RobustnessInputs inputs)
    {
    }

    /// <summary>Measures it.</summary>
    /// <returns><paramref name="record"/> with its part.</returns>
    /// <exception cref="PareException">The images do not allow it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record);
}
