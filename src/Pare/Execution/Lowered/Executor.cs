using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Execution.Lowered;

/// <summary>
/// An <see cref="InferenceGraph"/> made ready to run one image at a time: a lane is a channel, maps are stored
/// <c>[row][column][channel]</c> with the borders that their readers need, weights lie in the order in which they are read. It never
/// changes; what a call needs lies in an <see cref="Arena"/>.
/// </summary>
internal sealed class Executor
{
    // 1 GB: what needs more is no small classifier, or a damaged file.
    private const int MostFloats = 1 << 28;

    private readonly Step[] _steps;
    private readonly PixelMap _input, _output;
    private readonly int _arenaLength;

    /// <param name="graph">The network.</param>
    /// <param name="observable">Whether each node that computes anything has a step and a map of its own, which costs time.</param>
    /// <exception cref="ArgumentException">Its maps need more memory than any small network's.</exception>
    public Executor(InferenceGraph graph, bool observable = false)
    {
        ExecutorPlan plan;
        try
        {
            plan = new ExecutorPlan(graph, observable);
        }
        catch (OverflowException error)
        {
            throw TooLarge(error);
        }

        if (plan.ArenaLength > MostFloats) throw TooLarge(null);
        (_steps, _input, _output, _arenaLength) = (plan.Steps, plan.Input, plan.Output, plan.ArenaLength);
    }

    /// <summary>Floats of the memory that a call takes.</summary>
    public int ArenaLength => _arenaLength;

    /// <summary>The operations in their order.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Memory for one call at a time.</summary>
    /// <param name="pool">Where it is kept between calls; null for nowhere.</param>
    public Arena CreateArena(ArenaPool? pool = null) => new(_arenaLength, pool);

    /// <summary>Computes the logits of an image.</summary>
    /// <param name="arena">The call's memory.</param>
    /// <param name="image">Shifted and scaled, <c>[channel][row][column]</c>.</param>
    /// <param name="observe">Told of each step after it has run; null for nobody.</param>
    /// <returns>One logit a class, until the arena is used again.</returns>
    public ReadOnlySpan<float> Run(Arena arena, ReadOnlySpan<float> image, Action<Step>? observe = null)
    {
        Span<float> memory = arena.Span;
        _input.ClearBorders(memory);
        (int channels, int height, int width) = (_input.Shape.Channels, _input.Shape.Height, _input.Shape.Width);
        for (int c = 0; c < channels; c++)
        {
            for (int row = 0; row < height; row++)
            {
                Span<float> to = _input.Row(memory, row);
                ReadOnlySpan<float> from = image.Slice(((c * height) + row) * width, width);
                for (int i = 0, at = c; i < from.Length; i++, at += channels) to[at] = from[i];
            }
        }

        return Run(memory, observe);
    }

    /// <summary>Computes the logits of an image of bytes.</summary>
    /// <param name="arena">The call's memory.</param>
    /// <param name="image">Bytes.</param>
    /// <param name="values">What each byte of each channel becomes, <c>[channel][byte]</c>.</param>
    /// <param name="interleaved">Whether they are <c>[row][column][channel]</c>; otherwise <c>[channel][row][column]</c>.</param>
    /// <param name="observe">Told of each step after it has run; null for nobody.</param>
    /// <returns>One logit a class, until the arena is used again.</returns>
    public ReadOnlySpan<float> Run(Arena arena, ReadOnlySpan<byte> image, ReadOnlySpan<float> values, bool interleaved,
        Action<Step>? observe = null)
    {
        Span<float> memory = arena.Span;
        _input.ClearBorders(memory);
        (int channels, int height, int width) = (_input.Shape.Channels, _input.Shape.Height, _input.Shape.Width);
        (int step, int plane) = interleaved ? (channels, 1) : (1, height * width);
        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<float> table = values.Slice(c * 256, 256);
            for (int row = 0; row < height; row++)
            {
                Span<float> to = _input.Row(memory, row);
                ReadOnlySpan<byte> from = image[((c * plane) + (row * width * step))..];
                for (int i = 0, at = c, read = 0; i < width; i++, at += channels, read += step) to[at] = table[from[read]];
            }
        }

        return Run(memory, observe);
    }

    /// <summary>Median seconds of an image alone on one thread, after the runtime has compiled all for good.</summary>
    /// <param name="runs">Measured runs.</param>
    public double MedianSeconds(int runs)
    {
        using Arena arena = CreateArena();
        var image = new float[_input.Shape.Count];
        return Timing.MedianWarm(runs, () => Run(arena, image));
    }

    private static ArgumentException TooLarge(Exception? error) =>
        new($"The network's maps with their borders need more than {MostFloats >> 18} MB at once.", error);

    private ReadOnlySpan<float> Run(Span<float> memory, Action<Step>? observe = null)
    {
        foreach (Step step in _steps)
        {
            step.Run(memory);
            observe?.Invoke(step);
        }

        return memory.Slice(_output.At(0, 0), _output.Shape.Channels);
    }
}
