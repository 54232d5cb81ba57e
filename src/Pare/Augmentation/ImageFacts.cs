namespace Pare.Augmentation;

/// <summary>Which image is augmented, and when.</summary>
/// <param name="Run">The run; the shape of the image is in it.</param>
/// <param name="Step">The step that the image is for.</param>
/// <param name="Image">The image's number in the training set, whether or not it is held out for validation.</param>
/// <param name="Lasting">
/// Draws of the technique for this image that are the same in every epoch. To draw, copy it into a local variable.
/// </param>
public readonly record struct ImageFacts(RunFacts Run, StepFacts Step, int Image, SeededRandom Lasting);
