using Pare.Export;
using Pare.Training;

namespace Pare.Inference;

/// <summary>From a training to a model.</summary>
public static class TrainingResultExtensions
{
    /// <summary>The trained network as a model that classifies pictures and can be saved as one file.</summary>
    /// <param name="result">The training.</param>
    /// <param name="classes">The names of the classes; null for those of the training images.</param>
    public static Model ToModel(this TrainingResult result, IReadOnlyList<string>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Model.Of(result.Network, result.Normalization, classes ?? result.Classes,
            new ModelOrigin { TestAccuracy = result.Test.Accuracy });
    }
}
