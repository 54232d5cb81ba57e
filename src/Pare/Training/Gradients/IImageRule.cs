using Pare.Data;
using Pare.Execution;

namespace Pare.Training.Gradients;

/// <summary>
/// A rule of the library's that changes the images of a step, and so needs to know more than <see cref="GradientPass"/> shows.
/// </summary>
internal interface IImageRule
{
    /// <summary>Takes the memory that a step needs. Called once, before the first step.</summary>
    /// <param name="plan">Compiled with the gradient of the images.</param>
    /// <param name="normalization">What the images are shifted and scaled by; null for not at all.</param>
    void Prepare(TrainingPlan plan, Normalization? normalization);
}
