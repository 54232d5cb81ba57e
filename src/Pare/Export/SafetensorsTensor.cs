namespace Pare.Export;

/// <summary>A named tensor of a safetensors file. The values are row-major and are not copied.</summary>
public sealed class SafetensorsTensor
{
    private readonly float[]? _floats;
    private readonly long[]? _integers;

    /// <summary>Names 32-bit floating point values.</summary>
    /// <param name="name">Unique in its file; not empty, not <c>__metadata__</c>.</param>
    /// <param name="shape">The dimensions; empty for a scalar.</param>
    /// <param name="values">As many values as the dimensions multiply to.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or shape and values do not fit together.</exception>
    public SafetensorsTensor(string name, IReadOnlyList<int> shape, float[] values)
        : this(name, shape, values.LongLength) => _floats = values;

    /// <summary>Names 64-bit integers.</summary>
    /// <inheritdoc cref="SafetensorsTensor(string, IReadOnlyList{int}, float[])"/>
    public SafetensorsTensor(string name, IReadOnlyList<int> shape, long[] values)
        : this(name, shape, values.LongLength) => _integers = values;

    private SafetensorsTensor(string name, IReadOnlyList<int> shape, long count)
    {
        if (name.Length == 0 || name == Safetensors.MetadataKey)
            throw new ArgumentException($"'{name}' cannot name a tensor.", nameof(name));
        if (CountOf(shape) != count)
            throw new ArgumentException($"Tensor '{name}' of shape [{string.Join(", ", shape)}] cannot hold {count} values.",
                nameof(shape));
        (Name, Shape) = (name, shape);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The dimensions, the slowest first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>What the values are.</summary>
    public SafetensorsType Type => _floats is null ? SafetensorsType.Int64 : SafetensorsType.Float32;

    /// <summary>The values, row-major.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds integers.</exception>
    public float[] Floats => _floats ?? throw new InvalidOperationException($"Tensor '{Name}' holds integers, not floating point values.");

    /// <summary>The values, row-major.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floating point values.</exception>
    public long[] Integers =>
        _integers ?? throw new InvalidOperationException($"Tensor '{Name}' holds floating point values, not integers.");

    /// <summary>The product of the dimensions, or -1 when one is negative or the product exceeds 64 bits.</summary>
    internal static long CountOf(IReadOnlyList<int> shape)
    {
        // A dimension of 0 empties the tensor however large the others are.
        if (shape.Contains(0)) return shape.Any(static side => side < 0) ? -1 : 0;
        long count = 1;
        foreach (int side in shape)
        {
            if (side < 0 || count > long.MaxValue / side) return -1;
            count *= side;
        }

        return count;
    }
}
