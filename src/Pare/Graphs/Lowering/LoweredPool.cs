namespace Pare.Graphs.Lowering;

/// <summary>The largest value or the mean of each window. What is not a number wins.</summary>
internal sealed record LoweredPool : InferenceOperation
{
    /// <summary>The window.</summary>
    public required SlidingWindow Window { get; init; }

    /// <summary>What it gives.</summary>
    public required PoolMode Mode { get; init; }

    /// <inheritdoc/>
    public override string Kind => Mode == PoolMode.Max ? "max_pool" : "average_pool";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Only(inputs);
        (int height, int width) = Window.Slide(input);
        if (!Enum.IsDefined(Mode)) throw new ArgumentException($"there is no way of pooling number {(int)Mode}.");
        if (!MeetsEverywhere(Window, input))
            throw new ArgumentException("a window lies outside the map: it has too much padding.");
        return input with { Height = height, Width = width };
    }

    /// <summary>Whether each place of a window covers a pixel of the map.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or the window does not fit the map.</exception>
    internal static bool MeetsEverywhere(SlidingWindow window, Shape map)
    {
        (int height, int width) = window.Slide(map);
        return Meets(map.Height, height, window.StrideY, window.Height, window.DilationY, window.Borders.Top)
            && Meets(map.Width, width, window.StrideX, window.Width, window.DilationX, window.Borders.Left);
    }

    private static bool Meets(int side, int outputs, int stride, int kernel, int dilation, int before)
    {
        for (int i = 0; i < outputs; i++)
        {
            int start = (i * stride) - before;
            if (!Enumerable.Range(0, kernel).Any(u => start + (u * dilation) >= 0 && start + (u * dilation) < side)) return false;
        }

        return true;
    }
}
