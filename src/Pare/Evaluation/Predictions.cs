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
        int lanes = Simd.Lanes;
        for (int lane = 0; lane < count; lane++)
        {
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, lanes, lane);
            double max = logits[(best * lanes) + lane];
            Classes[first + lane] = best;
            Losses[first + lane] = logSum - (logits[(images.Labels[indices[first + lane]] * lanes) + lane] - max);
            Confidences[first + lane] = Math.Exp(-logSum);
        }
    }

    /// <summary>Loss and confusion. Images count in their order, whichever thread took them: the sum is the same for any number of threads.</summary>
    public EvaluationResult Result()
    {
        var confusion = new int[images.Classes.Count, images.Classes.Count];
        for (int i = 0; i < indices.Length; i++) confusion[images.Labels[indices[i]], Classes[i]]++;
        return new EvaluationResult((float)(Losses.Sum() / Math.Max(1, indices.Length)), confusion);
    }
}
