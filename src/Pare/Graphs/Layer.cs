using System.Diagnostics.CodeAnalysis;

namespace Pare.Graphs;

/// <summary>
/// What one node of a network computes, as data: its settings, the shape it makes, its parameters and its cost. How it is
/// computed stands in <c>Execution/Operations</c>, so that only the library derives from it; layers of one's own are made of these with
/// <see cref="GraphBuilder"/>, or derive from <see cref="ImageLayer"/>.
/// </summary>
/// <remarks>
/// A property that can be set is a setting, read from recipes under its name in snake case, within the range that it declares.
/// </remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>The name in recipes, in snake case.</summary>
    public abstract string Kind { get; }

    /// <summary>How many inputs the layer takes; -1 for two or more.</summary>
    public virtual int InputCount => 1;

    /// <summary>Rows and columns of the window that one output pixel sees, and the step between windows.</summary>
    public virtual (int Kernel, int Stride) Window => (1, 1);

    /// <summary>Whether each value of the output depends on the value at its place alone, so that it can take that value's place.</summary>
    public virtual bool InPlace => false;

    /// <summary>Whether the layer acts in training only and hands its map on in evaluation.</summary>
    public virtual bool TrainingOnly => false;

    /// <summary>Whether one value of the output sees all pixels of the map, whatever <see cref="Window"/> says.</summary>
    public virtual bool SeesWholeMap => false;

    /// <summary>How many channels or units the layer's own settings say that it makes; null where they follow from its inputs.</summary>
    public virtual int? Width => null;

    /// <summary>The kind with what shapes it, such as <c>conv 3x3 stride 2 depthwise</c>.</summary>
    /// <param name="input">The shape of the map that it meets.</param>
    public virtual string Describe(Shape input) =>
        Kind + (Window.Kernel > 1 ? $" {Window.Kernel}x{Window.Kernel}" : string.Empty) + Step(Window.Stride);

    /// <summary>The shape of the output for the given input shapes.</summary>
    /// <exception cref="ArgumentException">
    /// A setting is out of range, or the shapes do not fit or are too large; the message says which.
    /// </exception>
    public Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        SettingRanges.Check(GetType(), this);
        bool fits = InputCount < 0 ? inputs.Count >= 2 : inputs.Count == InputCount;
        if (!fits) throw new ArgumentException($"it takes {(InputCount < 0 ? "two or more" : InputCount)} inputs, not {inputs.Count}.");
        Shape output = ShapeFor(inputs);
        output.Check();
        if (inputs.Count == 0) return output;
        foreach (ParameterSpec spec in Parameters(inputs[0]))
        {
            if (spec.Length > Limits.ParameterValues)
                throw new ArgumentException(
                    Invariant($"its {spec.Name} has {spec.Length:N0} values, ")
                    + Invariant($"more than the {Limits.ParameterValues:N0} that one may have."));
        }

        return output;
    }

    /// <summary>The parameters and running statistics that the layer owns.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters(Shape input) => [];

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public virtual long Macs(Shape input, Shape output) => 0;

    /// <summary>The shape of the output, for as many inputs as the layer takes and settings within their ranges.</summary>
    private protected abstract Shape ShapeFor(IReadOnlyList<Shape> inputs);

    private protected static string Step(int stride) => stride > 1 ? $" stride {stride}" : string.Empty;

    /// <summary>Pixels along one side after a window slides over it: floor((size + 2 padding - kernel) / stride) + 1.</summary>
    private protected static int Slide(int size, int kernel, int stride, int padding)
    {
        long room = size + (2L * padding) - kernel;
        if (room < 0) throw new ArgumentException($"a window of {kernel} with padding {padding} does not fit a map whose side is {size}.");
        return checked((int)((room / stride) + 1));
    }

    /// <summary>The shape after a pooling window slides over each channel.</summary>
    private protected static Shape Pooled(Shape input, (int Kernel, int Stride) window, int padding)
    {
        if (padding > window.Kernel / 2)
            throw new ArgumentException(
                $"padding {padding} is more than half of the kernel {window.Kernel}: a window could lie outside the map.");
        return input with
        {
            Height = Slide(input.Height, window.Kernel, window.Stride, padding),
            Width = Slide(input.Width, window.Kernel, window.Stride, padding)
        };
    }
}
