using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Robustness;

/// <summary>
/// Attacks pictures through the gradient of a network's loss with respect to their pixels, as many at a time as a vector has lanes. A
/// picture's attack depends on the picture alone, not on threads or on the pictures beside it; once memory is taken, a run takes no more.
/// </summary>
internal sealed class AttackRun : ITileWork, IDisposable
{
    private const int DrawStream = 81;

    private readonly ThreadTeam _team;
    private readonly InputGradientPlan _plan;
    private readonly Normalization _normalization;
    private readonly ImageSet _images;
    private readonly Shape _shape;
    private readonly long _seed;
    private readonly float[][] _original, _moved, _values, _dLogits;
    private readonly float[] _bytes;
    private Attack _attack = Attack.Fast(0);
    private ReadOnlyMemory<int> _indices;
    private Memory<bool> _fooled;
    private Memory<byte> _pictures;

    /// <param name="network">The network; of two classes or more.</param>
    /// <param name="normalization">As in training: it is within what is attacked.</param>
    /// <param name="images">The pictures, with their classes.</param>
    /// <param name="seed">The seed of the places that attacks begin at.</param>
    /// <param name="threads">Threads to use.</param>
    public AttackRun(Network network, Normalization normalization, ImageSet images, long seed, int threads)
    {
        (_normalization, _images, _seed, _shape) = (normalization, images, seed, network.Graph.Input.Shape);
        _team = new ThreadTeam(threads);
        _plan = new InputGradientPlan(network, _team);
        float[][] Tiles(int size) => [.. Enumerable.Range(0, threads).Select(_ => new float[size])];
        (_original, _moved, _values) = (Tiles(_plan.TileSize), Tiles(_plan.TileSize), Tiles(_plan.TileSize));
        _dLogits = Tiles(network.Graph.Output.Shape.Count * Simd.Lanes);
        _bytes = [.. Enumerable.Range(0, 256).Select(static value => value / 255f)];
    }

    /// <summary>Attacks pictures.</summary>
    /// <param name="attack">How.</param>
    /// <param name="indices">Which pictures of the set.</param>
    /// <param name="fooled">
    /// Whether the network takes the picture for another class at any place that the attack comes by, one a picture.
    /// </param>
    /// <param name="pictures">
    /// Where the last place is to go, rounded to bytes, <c>[image][channel][row][column]</c>: then all steps are taken. Empty where nobody
    /// wants it: then pictures that have fooled the network are left alone.
    /// </param>
    public void Run(Attack attack, ReadOnlyMemory<int> indices, Memory<bool> fooled, Memory<byte> pictures = default)
    {
        (_attack, _indices, _fooled, _pictures) = (attack, indices, fooled, pictures);
        _plan.Run(indices.Length, this);
    }

    /// <inheritdoc/>
    void ITileWork.Run(int thread, int first, int images)
    {
        int lanes = Simd.Lanes;
        Span<float> original = _original[thread], moved = _moved[thread], dLogits = _dLogits[thread];
        Span<bool> fooled = _fooled.Span.Slice(first, images);
        Span<int> labels = stackalloc int[images];
        original.Clear();
        for (int lane = 0; lane < images; lane++)
        {
            int index = _indices.Span[first + lane];
            labels[lane] = _images.Labels[index];
            ReadOnlySpan<byte> picture = _images.Image(index, _images.Spare());
            for (int i = 0, at = lane; i < picture.Length; i++, at += lanes) original[at] = _bytes[picture[i]];
        }

        original.CopyTo(moved);
        if (_attack.Draw is long draw)
        {
            for (int lane = 0; lane < images; lane++) Scatter(moved, lane, draw, _indices.Span[first + lane]);
            AttackKernels.Step(original, original, 0, _attack.Reach, moved);
        }

        fooled.Clear();
        bool all = !_pictures.IsEmpty;
        for (int step = 0; ; step++)
        {
            ReadOnlySpan<float> logits = _plan.Forward(thread, images, Values(thread));
            for (int lane = 0; lane < images; lane++)
                fooled[lane] |= SoftmaxCrossEntropy.Normalizer(logits, lanes, lane).Best != labels[lane];
            if (step == _attack.Steps || (!all && !fooled.Contains(false))) break;
            AttackKernels.LossDirection(logits, labels, dLogits);
            AttackKernels.Step(original, _plan.Backward(thread, images, dLogits), _attack.StepLength, _attack.Reach, moved);
        }

        if (all)
        {
            for (int lane = 0; lane < images; lane++)
            {
                Span<byte> picture = _pictures.Span.Slice((first + lane) * _shape.Count, _shape.Count);
                for (int i = 0, at = lane; i < picture.Length; i++, at += lanes) picture[i] = (byte)MathF.Round(moved[at] * 255f);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _team.Dispose();

    // Uniformly within the cube; where it leaves 0 to 1 it is brought back by a step of length 0.
    private void Scatter(Span<float> moved, int lane, long draw, int index)
    {
        var random = new SeededRandom(_seed, DrawStream, draw, index);
        for (int at = lane; at < moved.Length; at += Simd.Lanes) moved[at] += _attack.Reach * ((2 * random.NextSingle()) - 1);
    }

    private ReadOnlySpan<float> Values(int thread)
    {
        Span<float> values = _values[thread];
        int plane = _shape.Pixels * Simd.Lanes;
        for (int c = 0; c < _shape.Channels; c++)
            AttackKernels.Normalize(_moved[thread].AsSpan(c * plane, plane), _normalization.Mean[c], _normalization.StandardDeviation[c],
                values.Slice(c * plane, plane));
        return values;
    }
}
