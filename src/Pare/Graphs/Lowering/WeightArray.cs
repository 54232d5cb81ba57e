namespace Pare.Graphs.Lowering;

/// <summary>Named weights of convolutions. Nodes that share weights refer to the same object.</summary>
internal sealed class WeightArray
{
    private readonly float[] _values;

    /// <summary>Names values, which are not copied and must not be changed any more.</summary>
    /// <param name="name">Unique in its graph, such as <c>conv1.weight</c>.</param>
    /// <param name="shape">Output channels, input channels of a group, rows, columns.</param>
    /// <param name="values">Row-major, <c>[output][input][row][column]</c>.</param>
    /// <exception cref="ArgumentException">Shape and values do not fit together.</exception>
    public WeightArray(string name, IReadOnlyList<int> shape, float[] values)
    {
        if (shape.Count != 4 || shape.Any(static side => side < 1)
            || shape.Aggregate(1L, static (product, side) => product > int.MaxValue ? product : product * side) != values.Length)
            throw new ArgumentException($"Weights '{name}' of shape [{string.Join(", ", shape)}] cannot hold {values.Length} values.",
                nameof(shape));
        (Name, Shape, _values) = (name, [.. shape], values);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Output channels, input channels of a group, rows, columns.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The values, <c>[output][input][row][column]</c>.</summary>
    public ReadOnlySpan<float> Values => _values;
}
