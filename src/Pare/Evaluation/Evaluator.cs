using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

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

    internal static EvaluationResult Run(InferencePlan plan, Normalization normalization, ImageSet images, int[] indices)
    {
        var batch = new ImageBatch(images, normalization);
        batch.Select(indices, 0);
        var counter = new Counter(images, indices);
        plan.Prepare();
        plan.Run(batch, indices.Length, counter);
        return counter.Result();
    }

    private sealed class Counter(ImageSet images, int[] indices) : IPredictionSink
    {
        private readonly int[] _predicted = new int[indices.Length];
        private readonly double[] _losses = new double[indices.Length];

        public void Accept(int first, int count, ReadOnlySpan<float> logits)
        {
            int lanes = Simd.Lanes;
            for (int lane = 0; lane < count; lane++)
            {
                (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, lanes, lane);
                double max = logits[(best * lanes) + lane];
                _predicted[first + lane] = best;
                _losses[first + lane] = logSum - (logits[(images.Labels[indices[first + lane]] * lanes) + lane] - max);
            }
        }

        // Images in their order, whichever thread took them: the sum is the same for any number of threads.
        public EvaluationResult Result()
        {
            var confusion = new int[images.Classes.Count, images.Classes.Count];
            for (int i = 0; i < indices.Length; i++) confusion[images.Labels[indices[i]], _predicted[i]]++;
            return new EvaluationResult((float)(_losses.Sum() / Math.Max(1, indices.Length)), confusion);
        }
    }
}
