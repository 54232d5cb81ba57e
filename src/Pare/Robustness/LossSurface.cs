using System.Numerics.Tensors;
using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>
/// The loss of a network on fixed images as a function of its weights: the mean cross entropy, without weight decay, dropout or
/// augmentation, with the running statistics of norms as constants. Its own copy of the network is moved about.
/// </summary>
internal sealed class LossSurface : IDisposable
{
    private const int BatchSize = 128;

    private readonly Network _network;
    private readonly ImageSet _images;
    private readonly int[] _indices;
    private readonly ThreadTeam _team;
    private readonly TrainingPlan _plan;
    private readonly InferencePlan _forward;
    private readonly ImageBatch _batch;
    private readonly LogitSink _sink;
    private readonly Action<long> _done;
    private readonly float[] _start;

    /// <param name="network">The network; it is not changed.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="images">The images, and which of them; one or more.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="done">Told of passes forward; a pass back counts as two.</param>
    public LossSurface(Network network, Normalization normalization, ChosenImages images, int threads, Action<long> done)
    {
        (_network, _images, _indices, _done) = (network.Copy(), images.Images, [.. images.Indices], done);
        _start = [.. _network.Weights];
        _team = new ThreadTeam(threads);
        _plan = new TrainingPlan(_network, Math.Min(BatchSize, _indices.Length), _team, dropout: false);
        _plan.UpdateRunningStatistics(false);
        foreach (BatchNormalization norm in _plan.Norms) norm.UsesBatchStatistics = false;
        _forward = new InferencePlan(_network, _team);
        _batch = new ImageBatch(_images, normalization);
        _sink = new LogitSink(_indices.Length, network.Graph.Output.Shape.Channels);
    }

    /// <summary>What a gradient costs in passes.</summary>
    public static long GradientPasses(int images) => 3L * images;

    /// <summary>The loss at start + <paramref name="distance"/> direction; not finite where outputs are none.</summary>
    public double LossAt(ReadOnlySpan<float> direction, float distance)
    {
        Move(direction, distance);
        _forward.Prepare();
        _batch.Select(_indices, 0);
        _forward.Run(_batch, _indices.Length, _sink);
        _done(_indices.Length);
        int classes = _sink.Logits.Length / _indices.Length;
        double sum = 0;
        for (int i = 0; i < _indices.Length; i++)
        {
            ReadOnlySpan<float> logits = _sink.Logits.AsSpan(i * classes, classes);
            (int best, double logSum) = Kernels.SoftmaxCrossEntropy.Normalizer(logits, 1, 0);
            sum += logSum - ((double)logits[_images.Labels[_indices[i]]] - logits[best]);
        }

        return sum / _indices.Length;
    }

    /// <summary>The gradient at start + <paramref name="distance"/> direction, summed batch by batch in double precision.</summary>
    public void GradientAt(ReadOnlySpan<float> direction, float distance, Span<double> gradient)
    {
        Move(direction, distance);
        gradient.Clear();
        for (int first = 0; first < _indices.Length; first += _plan.BatchSize)
        {
            int images = Math.Min(_plan.BatchSize, _indices.Length - first);
            _batch.Select(_indices, first);
            _plan.Step(_batch, images, step: 0);
            double share = (double)images / _indices.Length;
            for (int i = 0; i < gradient.Length; i++) gradient[i] += share * _plan.Gradients[i];
            _done(GradientPasses(images));
        }
    }

    /// <summary>The Hessian at the start times a direction, by central differences: (g(w + h d) - g(w - h d)) / (2 h).</summary>
    /// <param name="direction">d.</param>
    /// <param name="length">The length of h d, positive.</param>
    /// <param name="product">H d.</param>
    public void HessianTimes(ReadOnlySpan<float> direction, float length, Span<double> product)
    {
        float step = length / TensorPrimitives.Norm(direction);
        double[] below = new double[product.Length];
        GradientAt(direction, step, product);
        GradientAt(direction, -step, below);
        for (int i = 0; i < product.Length; i++) product[i] = (product[i] - below[i]) / (2.0 * step);
    }

    /// <summary>
    /// A random direction in which each filter is as long as the network's filter: of a convolution the weights of one output channel, of a
    /// linear layer those of one output. Biases and the weights of norms do not move. Li et al. 2018, arXiv 1712.09913.
    /// </summary>
    public float[] FilterNormalized(ref SeededRandom random)
    {
        var direction = new float[_start.Length];
        foreach (Parameter parameter in _network.Parameters.Where(static parameter => parameter.Spec.Role == ParameterRole.Weight))
        {
            int filters = parameter.Spec.Shape[0], size = parameter.Length / filters;
            for (int filter = 0; filter < filters; filter++)
            {
                Span<float> part = direction.AsSpan(parameter.Offset + (filter * size), size);
                foreach (ref float value in part) value = random.NextNormal();
                float norm = TensorPrimitives.Norm<float>(part);
                float wanted = TensorPrimitives.Norm<float>(_start.AsSpan(parameter.Offset + (filter * size), size));
                TensorPrimitives.Multiply(part, wanted / norm, part);
            }
        }

        return direction;
    }

    /// <inheritdoc/>
    public void Dispose() => _team.Dispose();

    private void Move(ReadOnlySpan<float> direction, float distance)
    {
        if (direction.IsEmpty) _start.CopyTo(_network.Weights, 0);
        else TensorPrimitives.MultiplyAdd(direction, distance, _start, _network.Weights);
    }
}
