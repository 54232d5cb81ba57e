namespace Pare.Training;

/// <summary>Which image of which step a loss is of.</summary>
/// <param name="Step">The step.</param>
/// <param name="Image">The image's number in the batch.</param>
/// <param name="Random">
/// Draws of the technique for this image of this step. To draw, copy it into a local variable. A step that is taken twice draws the same.
/// </param>
public readonly record struct LossFacts(StepFacts Step, int Image, SeededRandom Random);
