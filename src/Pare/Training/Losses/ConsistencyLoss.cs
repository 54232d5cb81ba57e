using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>
/// A loss of the images as they are, and how far apart it is what the network says about each in all its views. Hendrycks et al. 2019,
/// arXiv 1912.02781, section 3.
/// </summary>
/// <remarks>
/// L = inner(p1) + weight JS(p1, ..., pV) with JS the mean over the views of KL(pv || M), M their mean. The views of an image lie in other
/// tiles, so <see cref="See"/> takes what is said about all of them before the first gradient is asked for.
/// </remarks>
internal sealed class ConsistencyLoss : ILoss
{
    private readonly ILoss _inner;
    private readonly double _weight;
    private readonly int _mostViews;

    // [image][view][class], of the batch.
    private readonly double[] _probabilities, _logarithms;
    private int _images, _views;

    /// <param name="inner">The loss of the first view.</param>
    /// <param name="weight">Factor on the divergence.</param>
    /// <param name="views">The most views of an image.</param>
    /// <param name="context">Of the run.</param>
    public ConsistencyLoss(ILoss inner, double weight, int views, in LossContext context)
    {
        (_inner, _weight, _mostViews) = (inner, weight, views);
        _probabilities = new double[(long)context.BatchSize * views * context.Outputs];
        _logarithms = new double[_probabilities.Length];
    }

    /// <summary>Floats that it keeps.</summary>
    public static long Floats(int batchSize, int views, int outputs) => 4L * batchSize * views * outputs;

    /// <summary>
    /// One view's part of the divergence, KL(pv || M) / V, and the gradient of the whole with respect to its logits:
    /// pv (log(pv / M) - KL(pv || M)) / V.
    /// </summary>
    /// <param name="probabilities">p, <c>[view][class]</c>; each view's sum to 1.</param>
    /// <param name="logarithms">Their logarithms.</param>
    /// <param name="views">V.</param>
    /// <param name="view">Which of them.</param>
    /// <param name="scale">Factor on the gradient.</param>
    /// <param name="lanes">From one class to the next in the gradient.</param>
    /// <param name="dLogits">The view's, <c>[class][lane]</c> from its lane on; the gradient is added.</param>
    public static double AddDivergence(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> logarithms, int views, int view,
        double scale, int lanes, Span<float> dLogits)
    {
        int classes = probabilities.Length / views, own = view * classes;
        double divergence = 0;
        for (int k = 0; k < classes; k++) divergence += Term(probabilities, logarithms, k);
        for (int k = 0; k < classes; k++)
        {
            double term = Term(probabilities, logarithms, k) - (probabilities[own + k] * divergence);
            dLogits[k * lanes] += (float)(scale * term / views);
        }

        return divergence / views;

        // p log(p / M), which goes to 0 with p; NaN stays NaN.
        double Term(ReadOnlySpan<double> p, ReadOnlySpan<double> logP, int k)
        {
            if (p[own + k] == 0) return 0;
            double mean = 0;
            for (int at = k; at < p.Length; at += classes) mean += p[at];
            return p[own + k] * (logP[own + k] - Math.Log(mean / views));
        }
    }

    /// <inheritdoc/>
    public void Begin(IBatchSource source, int images, long step)
    {
        _views = source.Views;
        if (_views > _mostViews) throw new ArgumentException($"{_views} views are more than {_mostViews}.", nameof(source));
        _images = images / _views;
        _inner.Begin(source, _images, step);
    }

    /// <inheritdoc/>
    public void See(int first, int images, ReadOnlySpan<float> logits)
    {
        int classes = logits.Length / Simd.Lanes;
        for (int lane = 0; lane < images; lane++)
        {
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, Simd.Lanes, lane);
            double max = logits[(best * Simd.Lanes) + lane];
            int start = Place(first + lane) * classes;
            for (int k = 0; k < classes; k++)
            {
                _logarithms[start + k] = logits[(k * Simd.Lanes) + lane] - max - logSum;
                _probabilities[start + k] = Math.Exp(_logarithms[start + k]);
            }
        }
    }

    /// <inheritdoc/>
    public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
        Span<float> dLogits)
    {
        // The images as they are come first in a batch, and their targets count.
        int plain = Math.Clamp(_images - first, 0, images), classes = logits.Length / Simd.Lanes;
        (double loss, double hits) = (0, 0);
        if (plain > 0) (loss, hits) = _inner.Run(first, plain, logits, targets, scale, dLogits);
        else dLogits.Clear();
        if (_views == 1) return (loss, hits);
        for (int lane = 0; lane < images; lane++)
        {
            int place = Place(first + lane), start = place / _views * _views * classes, length = _views * classes;
            loss += _weight * AddDivergence(_probabilities.AsSpan(start, length), _logarithms.AsSpan(start, length), _views, place % _views,
                scale * _weight, Simd.Lanes, dLogits[lane..]);
        }

        return (loss, hits);
    }

    // A batch holds all images in their first view, then all in their second; here the views of an image lie side by side.
    private int Place(int image) => (image % _images * _views) + (image / _images);
}
