namespace Pare.Training.Losses;

/// <summary>Which image of which step a loss is of.</summary>
/// <param name="Step">The step.</param>
/// <param name="Image">The image's number in the batch.</param>
/// <param name="Random">
/// Draws of the technique for this image of this step. To draw, copy it into a local variable. A step that is taken twice draws the same.
/// </param>
public readonly record struct LossFacts(StepFacts Step, int Image, SeededRandom Random)
{
    /// <summary>Of an image of a step.</summary>
    /// <param name="length">The run.</param>
    /// <param name="stream">Where the technique's draws come from.</param>
    /// <param name="step">The step.</param>
    /// <param name="image">The image's number in the batch.</param>
    internal static LossFacts Of(RunLength length, long stream, in StepFacts step, int image) =>
        new(step, image, new SeededRandom(length.Seed, stream, step.Step, image));
}
