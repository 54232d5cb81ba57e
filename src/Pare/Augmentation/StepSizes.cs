namespace Pare.Augmentation;

/// <summary>The size of the images of each step of a run, and what that makes of the time that steps take.</summary>
internal sealed class StepSizes
{
    /// <summary>Steps of a run whose number is not known: enough for all sizes, and few enough that a step is no rounding.</summary>
    public const int Many = 100_000;

    private readonly (int Height, int Width) _full;

    // The first step that is of the next size; the last ends with the run.
    private readonly List<(int Height, int Width, long End)> _stages = [];

    private StepSizes((int Height, int Width) full) => _full = full;

    /// <summary>What makes images smaller; null where nothing does.</summary>
    public ProgressiveResizing? Technique { get; private init; }

    /// <summary>The sizes other than the full one, in their order.</summary>
    public IReadOnlyList<(int Height, int Width)> Smaller =>
        [.. _stages.Select(static stage => (stage.Height, stage.Width)).Where(size => size != _full)];

    /// <summary>The sizes of a run.</summary>
    /// <param name="techniques">Its techniques.</param>
    /// <param name="run">The full size is in it.</param>
    /// <param name="steps">All steps.</param>
    public static StepSizes Of(IEnumerable<Technique> techniques, RunFacts run, long steps)
    {
        ProgressiveResizing? technique = techniques.OfType<ProgressiveResizing>().SingleOrDefault(static technique => technique.Acts);
        var sizes = new StepSizes((run.Height, run.Width)) { Technique = technique };
        for (long step = 0; step < steps;)
        {
            // Sizes only grow, so that the end of one is found by halves.
            (int Height, int Width) size = sizes.Of(step, steps);
            long last = step, other = steps;
            while (other - last > 1)
            {
                long middle = last + ((other - last) / 2);
                if (sizes.Of(middle, steps) == size) last = middle;
                else other = middle;
            }

            sizes._stages.Add((size.Height, size.Width, other));
            step = other;
        }

        return sizes;
    }

    /// <summary>Rows and columns of the images of a step; null where they are of full size.</summary>
    public (int Height, int Width)? At(long step)
    {
        foreach ((int height, int width, long end) in _stages)
        {
            if (step < end) return (height, width) == _full ? null : (height, width);
        }

        return null;
    }

    /// <summary>The pixels of a step, on average, as a share of those of one of full size.</summary>
    public double MeanWork => _stages.Count == 0 ? 1 : Work(_stages[^1].End) / _stages[^1].End;

    /// <summary>The pixels of the first steps, as a multiple of those of one step of full size.</summary>
    /// <param name="steps">How many steps, up to all.</param>
    public double Work(long steps)
    {
        double work = 0;
        long begin = 0;
        foreach ((int height, int width, long end) in _stages)
        {
            work += Math.Max(0, Math.Min(end, steps) - begin) * ((double)height * width / ((double)_full.Height * _full.Width));
            begin = end;
        }

        return work;
    }

    /// <summary>The sizes in words, such as <c>24x24 at first and 32x32 from 80 % of the steps on, in 3 sizes</c>.</summary>
    public override string ToString()
    {
        string first = $"{_stages[0].Height}x{_stages[0].Width}";
        return _stages.Count == 1 ? $"{first} in all steps" : $"{first} at first and {_stages[^1].Height}x{_stages[^1].Width} from "
            + Invariant($"{100.0 * _stages[^2].End / _stages[^1].End:0.#} % of the steps on, in {_stages.Count} sizes");
    }

    private (int Height, int Width) Of(long step, long steps) =>
        Technique is { } technique ? technique.SizeAt(step, steps, _full.Height, _full.Width) : _full;
}
