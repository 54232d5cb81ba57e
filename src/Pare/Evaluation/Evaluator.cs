using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Evaluation;

/// <summary>Measures a network on images, with the running statistics of its norms and without any augmentation.</summary>
public static class Evaluator
{
    /// <summary>Measures a network on all images of a set.</summary>
    /// <param name="network">The network; its input must be of the images' shape.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="images">The images.</param>
    /// <param name="threads">Threads to use; null for one a processor.</param>
    public static EvaluationResult Run(Network network, Normalization normalization, ImageSet images, int? threads = null)
    {
        using var team = new ThreadTeam(threads ?? Environment.ProcessorCount);
        return Run(new InferencePlan(network, team), normalization, images, [.. Enumerable.Range(0, images.Count)]);
    }

    internal static EvaluationResult Run(InferencePlan plan, Normalization normalization, ImageSet images, int[] indices) =>
        Predict(plan, normalization, images, indices).Result();

    internal static Predictions Predict(InferencePlan plan, Normalization normalization, ImageSet images, int[] indices)
    {
        var batch = new ImageBatch(images, normalization);
        batch.Select(indices, 0);
        var predictions = new Predictions(images, indices);
        plan.Prepare();
        plan.Run(batch, indices.Length, predictions);
        return predictions;
    }
}
