namespace Pare.Graphs;

/// <summary>
/// What one node of a network computes, as data: its settings, the shape it makes, its parameters and its cost. How it is
/// computed stands in <c>Execution/Operations</c>.
/// </summary>
public abstract record Layer
{
    /// <summary>The name in recipes, in snake case.</summary>
    public abstract string Kind { get; }

    /// <summary>How many inputs the layer takes; -1 for two or more.</summary>
    public virtual int InputCount => 1;

    /// <summary>Rows and columns of the window that one output pixel sees, and the step between windows.</summary>
    public virtual (int Kernel, int Stride) Window => (1, 1);

    /// <summary>The shape of the output for the given input shapes.</summary>
    /// <exception cref="ArgumentException">A setting is out of range or the shapes do not fit; the message says which.</exception>
    public abstract Shape OutputShape(IReadOnlyList<Shape> inputs);

    /// <summary>The parameters and running statistics that the layer owns.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters(Shape input) => [];

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public virtual long Macs(Shape input, Shape output) => 0;

    private protected static int Positive(int value, string name) =>
        value > 0 ? value : throw new ArgumentException($"{name} is {value}; it must be 1 or more.");

    /// <summary>Pixels along one side after a window slides over it: floor((size + 2 padding - kernel) / stride) + 1.</summary>
    private protected static int Slide(int size, int kernel, int stride, int padding)
    {
        Positive(kernel, "kernel");
        Positive(stride, "stride");
        if (padding < 0) throw new ArgumentException($"padding is {padding}; it must be 0 or more.");
        if (size + (2 * padding) < kernel)
            throw new ArgumentException($"a window of {kernel} with padding {padding} does not fit a map whose side is {size}.");
        return ((size + (2 * padding) - kernel) / stride) + 1;
    }

    /// <summary>The shape after a pooling window slides over each channel.</summary>
    private protected static Shape Pooled(Shape input, (int Kernel, int Stride) window, int padding)
    {
        if (padding > window.Kernel / 2)
            throw new ArgumentException($"padding {padding} is more than half of the kernel {window.Kernel}: a window could lie outside the map.");
        return input with { Height = Slide(input.Height, window.Kernel, window.Stride, padding), Width = Slide(input.Width, window.Kernel, window.Stride, padding) };
    }
}
