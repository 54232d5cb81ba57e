using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Robustness;

/// <summary>
/// Attacks pictures through the gradient of a network's loss with respect to their pixels, as many at a time as a vector has lanes. A lane
/// whose picture is done takes the next one while the others go on. A picture's attack depends on the picture alone, not on threads or on
/// the pictures beside it; once memory is taken, a run takes no more.
/// </summary>
internal sealed class AttackRun : IDisposable
{
    private const int DrawStream = 81;

    private readonly ThreadTeam _team;
    private readonly InputGradientPlan _plan;
    private readonly Normalization _normalization;
    private readonly ImageSet _images;
    private readonly Shape _shape;
    private readonly long _seed;
    private readonly float[][] _original, _moved, _values, _dLogits;

    // Of each lane of a thread: its picture's place among the indices, -1 where there is none, its class, and the steps it has taken.
    private readonly int[][] _places, _labels, _steps;
    private readonly float[] _bytes;
    private readonly Action<int> _work;
    private Attack _attack = Attack.Fast(0);
    private ReadOnlyMemory<int> _indices;
    private Memory<bool> _fooled;
    private Memory<byte> _pictures;
    private CancellationToken _cancellation;
    private int _next;

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
        T[][] Each<T>(int size) => [.. Enumerable.Range(0, threads).Select(_ => new T[size])];
        (_original, _moved, _values) = (Each<float>(_plan.TileSize), Each<float>(_plan.TileSize), Each<float>(_plan.TileSize));
        _dLogits = Each<float>(network.Graph.Output.Shape.Count * Simd.Lanes);
        (_places, _labels, _steps) = (Each<int>(Simd.Lanes), Each<int>(Simd.Lanes), Each<int>(Simd.Lanes));
        _bytes = [.. Enumerable.Range(0, 256).Select(static value => value / 255f)];
        _work = Work;
    }

    /// <summary>Attacks pictures.</summary>
    /// <param name="attack">How.</param>
    /// <param name="indices">Which pictures of the set.</param>
    /// <param name="fooled">
    /// Whether the network takes the picture for another class at any place that the attack comes by, one per picture.
    /// </param>
    /// <param name="pictures">
    /// Where the last place is to go, rounded to bytes, <c>[image][channel][row][column]</c>: then all steps are taken. Empty where nobody
    /// wants it: then pictures that have fooled the network are left alone.
    /// </param>
    /// <param name="cancellation">Leaves the pictures that are under attack; what is said of them then means nothing.</param>
    public void Run(Attack attack, ReadOnlyMemory<int> indices, Memory<bool> fooled, Memory<byte> pictures = default,
        CancellationToken cancellation = default)
    {
        (_attack, _indices, _fooled, _pictures, _cancellation, _next) = (attack, indices, fooled, pictures, cancellation, 0);
        fooled.Span.Clear();
        _plan.Run(_work);
    }

    /// <inheritdoc/>
    public void Dispose() => _team.Dispose();

    private void Work(int thread)
    {
        int lanes = Simd.Lanes;
        Span<float> original = _original[thread], moved = _moved[thread], dLogits = _dLogits[thread];
        Span<int> places = _places[thread], labels = _labels[thread], steps = _steps[thread];
        Span<bool> fooled = _fooled.Span;
        bool all = !_pictures.IsEmpty;
        places.Fill(-1);
        for (int busy = Begin(thread); busy > 0 && !_cancellation.IsCancellationRequested; busy = Begin(thread))
        {
            ReadOnlySpan<float> logits = _plan.Forward(thread, lanes, Values(thread));
            for (int lane = 0; lane < lanes; lane++)
            {
                int place = places[lane];
                if (place < 0) continue;
                fooled[place] |= SoftmaxCrossEntropy.Normalizer(logits, lanes, lane).Best != labels[lane];
                if (steps[lane]++ < _attack.Steps && (all || !fooled[place])) continue;
                if (all) Keep(moved, lane, place);
                places[lane] = -1;
                busy--;
            }

            if (busy == 0) continue;
            AttackKernels.LossDirection(logits, labels, dLogits);
            AttackKernels.Step(original, _plan.Backward(thread, lanes, dLogits), _attack.StepLength, _attack.Reach, moved);
        }
    }

    // Gives each lane without a picture the next one that nobody has; says how many lanes have one. A lane that gets none goes on with
    // what it has, which nobody looks at.
    private int Begin(int thread)
    {
        Span<float> original = _original[thread], moved = _moved[thread];
        Span<int> places = _places[thread];
        int busy = 0;
        bool scattered = false;
        for (int lane = 0; lane < places.Length; lane++)
        {
            if (places[lane] < 0 && Volatile.Read(ref _next) < _indices.Length && Interlocked.Increment(ref _next) - 1 is int place
                && place < _indices.Length)
            {
                int index = _indices.Span[place];
                (places[lane], _labels[thread][lane], _steps[thread][lane]) = (place, _images.Labels[index], 0);
                ReadOnlySpan<byte> picture = _images.Image(index, _images.Spare());
                for (int i = 0, at = lane; i < picture.Length; i++, at += Simd.Lanes) original[at] = moved[at] = _bytes[picture[i]];
                if (_attack.Draw is long draw)
                {
                    Scatter(moved, lane, draw, index);
                    scattered = true;
                }
            }

            if (places[lane] >= 0) busy++;
        }

        // Where a draw has left 0 to 1 it is brought back by a step of length 0, which moves no other lane.
        if (scattered) AttackKernels.Step(original, original, 0, _attack.Reach, moved);
        return busy;
    }

    private void Keep(ReadOnlySpan<float> moved, int lane, int place)
    {
        Span<byte> picture = _pictures.Span.Slice(place * _shape.Count, _shape.Count);
        for (int i = 0, at = lane; i < picture.Length; i++, at += Simd.Lanes) picture[i] = (byte)MathF.Round(moved[at] * 255f);
    }

    // Uniformly within the cube.
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
