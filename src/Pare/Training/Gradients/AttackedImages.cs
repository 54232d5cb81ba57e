using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Training.Gradients;

/// <summary>
/// A step on images that are changed against the network: a pass for their gradient at a random start, a move along its sign, and the
/// step's gradient there. What is random is keyed by seed, step and image.
/// </summary>
/// <param name="settings">How far images are changed.</param>
internal sealed class AttackedImages(AdversarialTraining settings) : IGradientRule, IImageRule, ITileWork
{
    private Batch _start = null!, _moved = null!;
    private GradientPass _pass = null!;
    private TrainingPlan _plan = null!;

    // One per channel, in normalized units: how far a pixel may go, how far a step goes, black and white.
    private float[] _epsilon = null!, _alpha = null!, _low = null!, _high = null!;

    // [tile][channel][row][column][lane].
    private AlignedBuffer _changes = null!;

    // [thread][row][column][lane], of one channel.
    private float[][] _gradients = null!;
    private int _clean, _attacked;

    // Of the images of the step.
    private Shape Shape => _plan.Input.Shape;

    /// <inheritdoc/>
    public void Prepare(TrainingPlan plan, Normalization? normalization)
    {
        (_plan, _start, _moved) = (plan, new Batch(Begin), new Batch(Change));
        float[] mean = normalization?.Mean ?? new float[plan.Input.Shape.Channels];
        float[] deviation = normalization?.StandardDeviation ?? [.. Enumerable.Repeat(1f, plan.Input.Shape.Channels)];
        _epsilon = [.. deviation.Select(scale => settings.Epsilon / scale)];
        _alpha = [.. deviation.Select(scale => (settings.Alpha ?? (1.25f * settings.Epsilon)) / scale)];
        _low = [.. deviation.Select((scale, c) => (0 - mean[c]) / scale)];
        _high = [.. deviation.Select((scale, c) => (1 - mean[c]) / scale)];
        int tiles = (plan.BatchSize + Simd.Lanes - 1) / Simd.Lanes;
        _changes = new AlignedBuffer((long)tiles * plan.Input.Size);
        _gradients = [.. Enumerable.Range(0, plan.Threads).Select(_ => new float[plan.Input.PlaneStride])];
    }

    /// <inheritdoc/>
    public StepResult Run(GradientPass pass)
    {
        _pass = pass;
        _clean = pass.Images / pass.Source.Views;

        // In decimal, since 0.2 as a binary number is a little more than that, and its share of 10 images would be 3 of them.
        _attacked = (int)Math.Ceiling((decimal)settings.Share * _clean);
        _start.Source = _moved.Source = pass.Source;
        _plan.StepImages(_start, pass.Images, pass.Step.Step, this);
        return pass.TakeOf(_moved);
    }

    /// <inheritdoc/>
    void ITileWork.Run(int thread, int first, int images)
    {
        Span<float> changes = Changes(first), gradient = _gradients[thread].AsSpan(0, _plan.Input.PlaneStride);
        for (int c = 0; c < Shape.Channels; c++)
        {
            _plan.Input.ReadGradient(first / Simd.Lanes, c, 0, Shape.Pixels, gradient);
            Span<float> plane = changes.Slice(c * gradient.Length, gradient.Length);
            for (int lane = 0; lane < images; lane++)
            {
                if (!IsAttacked(first + lane)) continue;
                for (int i = lane; i < plane.Length; i += Simd.Lanes)
                    plane[i] = AdversarialTraining.Moved(plane[i], gradient[i], _epsilon[c], _alpha[c]);
            }
        }
    }

    // The images of a batch are shuffled, so that its first ones are any.
    private bool IsAttacked(int image) => image % _clean < _attacked;

    private Span<float> Changes(int first) => _changes.Slice(first / Simd.Lanes * _plan.Input.Size, _plan.Input.Size);

    // Draws where an image's change begins, and makes it.
    private void Begin(int first, int images, Span<float> pixels)
    {
        Span<float> changes = Changes(first);
        changes.Clear();
        for (int lane = 0; lane < images; lane++)
        {
            if (!IsAttacked(first + lane)) continue;
            SeededRandom random = _pass.RandomOf(first + lane);
            for (int c = 0, at = lane; c < Shape.Channels; c++)
            {
                for (int i = 0; i < Shape.Pixels; i++, at += Simd.Lanes)
                {
                    float changed = Math.Clamp(pixels[at] + random.NextBetween(-_epsilon[c], _epsilon[c]), _low[c], _high[c]);
                    (changes[at], pixels[at]) = (changed - pixels[at], changed);
                }
            }
        }
    }

    // Changes images by what was found.
    private void Change(int first, int images, Span<float> pixels)
    {
        ReadOnlySpan<float> changes = Changes(first);
        for (int lane = 0; lane < images; lane++)
        {
            if (!IsAttacked(first + lane)) continue;
            for (int c = 0, at = lane; c < Shape.Channels; c++)
            {
                for (int i = 0; i < Shape.Pixels; i++, at += Simd.Lanes)
                    pixels[at] = Math.Clamp(pixels[at] + changes[at], _low[c], _high[c]);
            }
        }
    }

    private delegate void Changer(int first, int images, Span<float> pixels);

    // The step's batch, changed.
    private sealed class Batch(Changer change) : IBatchSource
    {
        public IBatchSource Source { get; set; } = null!;

        public int Views => Source.Views;

        public (int Height, int Width)? Size => Source.Size;

        public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
        {
            Source.Fill(first, images, pixels, targets);
            change(first, images, pixels);
        }
    }
}
