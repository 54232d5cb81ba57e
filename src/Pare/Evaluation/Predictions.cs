using Pare.Data;
using Pare.Execution;
using Pare.Kernels;

namespace Pare.Evaluation;

/// <summary>What a network says about each of the chosen images.</summary>
internal sealed class Predictions(ImageSet images, int[] indices) : IPredictionSink
{
    /// <summary>The class with the largest logit, an image each.</summary>
    public int[] Classes { get; } = new int[indices.Length];

    /// <summary>Cross entropy, an image each.</summary>
    public double[] Losses { get; } = new double[indices.Length];

    /// <summary>The softmax probability of the predicted class, an image each.</summary>
    public double[] Confidences { get; } = new double[indices.Length];

    /// <inheritdoc/>
    public void Accept(int first, int count, ReadOnlySpan<float> logits)
    {
        for (int lane = 0; lane < count; lane++) Accept(first + lane, logits, Simd.Lanes, lane);
    }

    /// <summary>Takes what the network says about one image.</summary>
    /// <param name="place">The image's place among the chosen ones.</param>
    /// <param name="logits"><c>[class][lane]</c>.</param>
    /// <param name="lanes">Images beside each other.</param>
    /// <param name="lane">The image's lane.</param>
    public void Accept(int place, ReadOnlySpan<float> logits, int lanes, int lane)
    {
        (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, lanes, lane);
        double max = logits[(best * lanes) + lane];
        Classes[place] = best;
        Losses[place] = logSum - (logits[(images.Labels[indices[place]] * lanes) + lane] - max);
        Confidences[place] = Math.Exp(-logSum);
    }

    /// <summary>Refuses outputs that are no finite numbers.</summary>
    /// <exception cref="RunException">An image's loss is not a finite number.</exception>
    public void CheckFinite()
    {
        int place = Array.FindIndex(Losses, static loss => !double.IsFinite(loss));
        if (place < 0) return;
        int count = Losses.Count(static loss => !double.IsFinite(loss)), index = indices[place];
        throw NonFiniteOutput.Error($"the first is image {index}, of class '{images.Classes[images.Labels[index]]}'",
            $"{count} of {indices.Length} images");
    }

    /// <summary>
    /// Loss and confusion. Images count in their order, whichever thread took them: the sum is the same for any number of threads.
    /// </summary>
    public EvaluationResult Result()
    {
        var confusion = new int[images.Classes.Count, images.Classes.Count];
        for (int i = 0; i < indices.Length; i++) confusion[images.Labels[indices[i]], Classes[i]]++;
        return new EvaluationResult((float)(Losses.Sum() / Math.Max(1, indices.Length)), confusion)
        {
            Predicted = Classes,
            Confidences = Confidences,
        };
    }
}
