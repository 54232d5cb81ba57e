namespace Pare.Training.Gradients;

/// <summary>Where a gradient technique stands among others; those of one place stand in the order in which they are named.</summary>
public enum GradientPlace
{
    /// <summary>Innermost: it chooses at which weights the gradient is taken.</summary>
    Search,

    /// <summary>Around those: it changes the gradient that came out, just before the optimizer is given it.</summary>
    Change,

    /// <summary>Outermost: it chooses of which images all others take their gradient.</summary>
    Images,
}
