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
    /// <param name="threads">Threads to use; null for one per processor.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RecipeException">The network is for other images, or another number of classes.</exception>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EvaluationResult Run(Network network, Normalization normalization, ImageSet images, int? threads = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(images);
        CheckFit(network.Graph, images, "the images");
        using var team = new ThreadTeam(Parallels.Threads(threads));
        int[] all = [.. Enumerable.Range(0, images.Count)];
        return Predict(new InferencePlan(network, team), normalization, images, all, cancellation).Result();
    }

    /// <summary>Whether a network takes the images and tells their classes apart.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="images">The images.</param>
    /// <param name="source">Where they were read from, for the error.</param>
    /// <exception cref="RecipeException">It does not.</exception>
    public static void CheckFit(Graph graph, ImageSet images, string source) =>
        CheckFit(graph.Input.Shape, graph.Output.Shape, images, source);

    /// <summary>What a network says about each image, <c>[image][class]</c>, before the softmax.</summary>
    internal static float[] Logits(Network network, Normalization normalization, ImageSet images, int threads,
        CancellationToken cancellation = default)
    {
        using var team = new ThreadTeam(threads);
        var plan = new InferencePlan(network, team);
        int[] all = [.. Enumerable.Range(0, images.Count)];
        var batch = new ImageBatch(images, normalization);
        batch.Select(all, 0);
        var sink = new LogitSink(images.Count, network.Graph.Output.Shape.Channels);
        plan.Prepare();
        plan.Run(batch, images.Count, sink, cancellation);
        return sink.Logits;
    }

    internal static void CheckFit(Shape input, Shape output, ImageSet images, string source)
    {
        CheckSize(input, images, source);
        int classes = images.Classes.Count;
        if (output != new Shape(classes, 1, 1))
            throw new RecipeException(
                $"The network ends in {output}, and the data has {classes} classes.", source,
                $"Take other images, or end the network with one output per class: linear: {classes}.");
    }

    /// <summary>Whether a network takes the images, whatever their classes are.</summary>
    /// <inheritdoc cref="CheckFit(Graph, ImageSet, string)"/>
    internal static void CheckSize(Shape input, ImageSet images, string source)
    {
        var shape = new Shape(images.Channels, images.Height, images.Width);
        if (input != shape)
            throw new RecipeException(
                $"The network takes images of {input}, and the data has images of {shape}.", source,
                $"Take other images, or a network with input: {shape}.");
    }

    internal static EvaluationResult Run(InferencePlan plan, Normalization normalization, ImageSet images, int[] indices) =>
        Predict(plan, normalization, images, indices).Result();

    internal static Predictions Predict(InferencePlan plan, Normalization normalization, ImageSet images, int[] indices,
        CancellationToken cancellation = default)
    {
        var batch = new ImageBatch(images, normalization);
        batch.Select(indices, 0);
        var predictions = new Predictions(images, indices);
        plan.Prepare();
        plan.Run(batch, indices.Length, predictions, cancellation);
        predictions.CheckFinite();
        return predictions;
    }
}
