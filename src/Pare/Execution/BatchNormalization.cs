using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// Batch norm over a feature map, forward beside backward. The statistics need the whole batch, so tiles leave partial
/// sums and one thread combines them in the order of the tiles: the result does not depend on the number of threads.
/// xh = (x - mu) r with r = 1 / sqrt(var + eps), y = gamma xh + beta, and
/// dX = gamma r (dY - sum dY / n - xh sum(dY xh) / n).
/// </summary>
internal sealed class BatchNormalization
{
    private readonly Network _network;
    private readonly BatchNorm _layer;
    private readonly int _channels;
    private readonly int _pixels;
    private readonly Parameter? _weight, _bias;
    private readonly Parameter _runningMean, _runningVariance;
    private readonly int _slots;
    private float[] _mean = [], _inverseDeviation = [], _scale = [], _shift = [], _slope = [], _factor = [], _offset = [];

    // [slot][channel][pivot, sum, square][lane] and [slot][channel][sum, product][lane]
    private AlignedBuffer _moments = null!, _gradientSums = null!;

    // [slot][channel]: of a tile, all lanes together
    private double[] _tileMean = [], _tileSquare = [], _tileGradient = [], _tileProduct = [];
    private int[] _tileImages = [];

    public BatchNormalization(Network network, Node node, int slots)
    {
        _network = network;
        _layer = (BatchNorm)node.Layer;
        Momentum = _layer.Momentum;
        _channels = node.Shape.Channels;
        _pixels = node.Shape.Pixels;
        Name = node.Name;
        _weight = _layer.Scale ? network[$"{node.Name}.weight"] : null;
        _bias = _layer.Shift ? network[$"{node.Name}.bias"] : null;
        _runningMean = network[$"{node.Name}.running_mean"];
        _runningVariance = network[$"{node.Name}.running_var"];
        _slots = slots;
    }

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>Statistics of the batch (training) or the running ones, as constants (evaluation).</summary>
    public bool UsesBatchStatistics { get; set; }

    /// <summary>
    /// Whether the gradient is summed up, for the norm's own weights and for what a batch's statistics hand on; nobody needs the sums where
    /// these are constants and only the images' gradient is wanted.
    /// </summary>
    public bool SumsGradient { get; set; } = true;

    /// <summary>Whether a training batch moves the running statistics.</summary>
    public bool UpdatesRunningStatistics { get; set; } = true;

    /// <summary>The share of a batch's statistics in the running ones after it; the layer's own unless set.</summary>
    public float Momentum { get; set; }

    /// <summary>Floats that the norm keeps for itself; a double counts as two.</summary>
    public long OwnedFloats => (7L * _channels) + ((long)_slots * _channels * ((5L * Simd.Lanes) + 8));

    /// <summary>Takes the memory that the norm keeps for itself.</summary>
    public void Allocate()
    {
        (_mean, _inverseDeviation, _scale, _shift) =
            (new float[_channels], new float[_channels], new float[_channels], new float[_channels]);
        (_slope, _factor, _offset) = (new float[_channels], new float[_channels], new float[_channels]);
        int values = checked(_slots * _channels);
        _moments = new AlignedBuffer(3L * values * Simd.Lanes);
        _gradientSums = new AlignedBuffer(2L * values * Simd.Lanes);
        (_tileMean, _tileSquare, _tileGradient, _tileProduct) =
            (new double[values], new double[values], new double[values], new double[values]);
        _tileImages = new int[_slots];
    }

    public ChannelTransform Transform(int channel, ActivationFunction function) =>
        new(_mean[channel], _scale[channel], _shift[channel], function);

    public GradientCoefficients GradientCoefficients(int channel) => new(_slope[channel], _factor[channel], _offset[channel]);

    public Span<float> GradientSums(int slot, int channel) =>
        _gradientSums.Slice(((slot * _channels) + channel) * 2 * Simd.Lanes, 2 * Simd.Lanes);

    /// <summary>Takes the running statistics, for evaluation; they are constants, also for a gradient.</summary>
    public void UseRunningStatistics()
    {
        ReadOnlySpan<float> mean = _network.Values(_runningMean), variance = _network.Values(_runningVariance);
        for (int c = 0; c < _channels; c++)
        {
            SetTransform(c, mean[c], variance[c]);
            (_slope[c], _factor[c], _offset[c]) = (_scale[c], 0f, 0f);
        }
    }

    /// <summary>
    /// Adds pixels of one channel to its moments about a pivot, the channel's first pixel, so that no large mean cancels, and stores them
    /// on the way unless they lie where they are kept.
    /// </summary>
    public void AddMoments<TX>(int slot, int channel, ReadOnlySpan<float> values, Span<float> stored, bool first)
        where TX : struct, IStorage
    {
        int lanes = Simd.Lanes;
        Span<float> moments = _moments.Slice(((slot * _channels) + channel) * 3 * lanes, 3 * lanes);
        if (first)
        {
            values[..lanes].CopyTo(moments);
            moments[lanes..].Clear();
        }

        ElementwiseKernels.AddMoments<TX>(values, stored, moments[..lanes], moments[lanes..]);
    }

    /// <summary>
    /// Combines the lanes of a tile that is complete; lanes without an image do not count. All have as many pixels, so their mean is the
    /// mean of theirs, and the squares about it are theirs and those of their distances.
    /// </summary>
    public void FinishTile(int slot, int images)
    {
        int lanes = Simd.Lanes;
        _tileImages[slot] = images;
        double share = 1.0 / _pixels;
        Span<double> means = stackalloc double[images];
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<float> moments = _moments.Slice(((slot * _channels) + c) * 3 * lanes, 3 * lanes);
            double sum = 0, square = 0, between = 0;
            for (int lane = 0; lane < images; lane++)
            {
                double laneSum = moments[lanes + lane];
                means[lane] = moments[lane] + (laneSum * share);
                sum += means[lane];
                square += moments[(2 * lanes) + lane] - (laneSum * laneSum * share);
            }

            double mean = sum / images;
            foreach (double laneMean in means) between += (laneMean - mean) * (laneMean - mean);
            _tileMean[(slot * _channels) + c] = mean;
            _tileSquare[(slot * _channels) + c] = square + (between * _pixels);
        }
    }

    /// <summary>Combines the tiles into the statistics of the batch and moves the running ones. Chan, Golub, LeVeque 1979.</summary>
    public void FinishBatch(int slots)
    {
        Span<float> runningMean = _network.Values(_runningMean), runningVariance = _network.Values(_runningVariance);
        for (int c = 0; c < _channels; c++)
        {
            double mean = 0, square = 0, count = 0;
            for (int slot = 0; slot < slots; slot++)
            {
                double added = (double)_tileImages[slot] * _pixels;
                Combine(ref mean, ref square, count, _tileMean[(slot * _channels) + c], _tileSquare[(slot * _channels) + c], added);
                count += added;
            }

            if (count < 2)
                throw new RunException("Batch norm got a single value per channel: its variance does not exist.", $"layer '{Name}'",
                    "Train with a batch of two images or more, or leave the norm out.");
            SetTransform(c, (float)mean, (float)(square / count));
            if (!UpdatesRunningStatistics) continue;
            runningMean[c] += Momentum * ((float)mean - runningMean[c]);
            runningVariance[c] += Momentum * ((float)(square / (count - 1)) - runningVariance[c]);
        }
    }

    /// <summary>Combines the lanes of a tile whose gradient is complete.</summary>
    public void FinishGradientTile(int slot, int images)
    {
        int lanes = Simd.Lanes;
        _tileImages[slot] = images;
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<float> sums = GradientSums(slot, c);
            double gradient = 0, product = 0;
            for (int lane = 0; lane < images; lane++)
            {
                gradient += sums[lane];
                product += sums[lanes + lane];
            }

            _tileGradient[(slot * _channels) + c] = gradient;
            _tileProduct[(slot * _channels) + c] = product;
        }
    }

    /// <summary>
    /// Combines the tiles into dgamma = sum dY xh and dbeta = sum dY, and into the coefficients that readers of the gradient apply.
    /// </summary>
    /// <param name="slots">Tiles of the batch.</param>
    /// <param name="gradients">Gradient of all weights, laid out like <see cref="Network.Weights"/>.</param>
    public void FinishGradientBatch(int slots, Span<float> gradients)
    {
        double count = 0;
        for (int slot = 0; slot < slots; slot++) count += (double)_tileImages[slot] * _pixels;
        for (int c = 0; c < _channels; c++)
        {
            double gradient = 0, product = 0, r = _inverseDeviation[c];
            for (int slot = 0; slot < slots; slot++)
            {
                gradient += _tileGradient[(slot * _channels) + c];
                product += _tileProduct[(slot * _channels) + c];
            }

            if (_weight is not null) gradients[_weight.Offset + c] = (float)(product * r);
            if (_bias is not null) gradients[_bias.Offset + c] = (float)gradient;
            _slope[c] = _scale[c];
            _factor[c] = UsesBatchStatistics ? (float)(-_scale[c] * r * r * product / count) : 0f;
            _offset[c] = UsesBatchStatistics ? (float)(-_scale[c] * gradient / count) : 0f;
        }
    }

    private static void Combine(ref double mean, ref double square, double count, double addedMean, double addedSquare, double added)
    {
        if (added == 0) return;
        double delta = addedMean - mean, total = count + added;
        mean += delta * added / total;
        square += addedSquare + (delta * delta * count * added / total);
    }

    private void SetTransform(int channel, float mean, float variance)
    {
        float r = 1f / MathF.Sqrt(Math.Max(variance, 0f) + _layer.Epsilon);

        // An infinite variance would make the output its shift, and nobody would see that the numbers ran away.
        if (r == 0f) r = float.NaN;
        _mean[channel] = mean;
        _inverseDeviation[channel] = r;
        _scale[channel] = _weight is null ? r : _network.Values(_weight)[channel] * r;
        _shift[channel] = _bias is null ? 0f : _network.Values(_bias)[channel];
    }
}
