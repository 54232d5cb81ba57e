using Pare.Kernels;

namespace Pare.Execution;

/// <summary>How one node of a graph is computed, forward beside backward, one tile of images at a time.</summary>
internal abstract class Operation(string name, FeatureMap output, params InputEdge[] inputs)
{
    private readonly List<OwnedFloats> _owned = [];

    /// <summary>The node's name.</summary>
    public string Name { get; } = name;

    /// <summary>The nodes that the operation computes, in order.</summary>
    public virtual IReadOnlyList<string> Nodes => [Name];

    public InputEdge[] Inputs { get; } = inputs;

    public FeatureMap Output { get; } = output;

    /// <summary>Whether the operation owns weights.</summary>
    public virtual bool HasWeights => false;

    /// <summary>Multiplications of a pass for each multiply-add of the layer; fewer than one where the algorithm saves some.</summary>
    public virtual double Multiplications => 1;

    /// <summary>
    /// Whether the gradient of the inputs depends on that of the output and on weights alone, and not on what the inputs hold.
    /// </summary>
    public virtual bool IsLinear => false;

    /// <summary>
    /// Whether the output may be kept in 16 bits: the operation writes it to <see cref="FeatureMap.Target"/>. The gradient of an input may
    /// in any operation.
    /// </summary>
    public virtual bool StagesOutput => false;

    /// <summary>Floats of scratch memory that a tile needs.</summary>
    public virtual int ScratchSize => 0;

    /// <summary>Floats that the operation keeps for itself, whatever the number of tiles.</summary>
    public virtual long OwnedFloats => _owned.Sum(static floats => floats.Length);

    /// <summary>Takes the memory that the operation keeps for itself.</summary>
    public virtual void Allocate()
    {
        foreach (OwnedFloats floats in _owned) floats.Allocate();
    }

    /// <summary>Called on one thread before the forward pass whenever the weights may have changed.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Reads the inputs, stores the output and tells it so.</summary>
    public abstract void Forward(in Tile tile);

    /// <summary>Reads the output's gradient, stores the inputs' and adds to the weights'.</summary>
    public abstract void Backward(in Tile tile);

    /// <summary>Takes so many floats from the front of what is left of a tile's scratch memory.</summary>
    private protected static Span<float> Cut(ref Span<float> rest, int length)
    {
        Span<float> part = rest[..length];
        rest = rest[length..];
        return part;
    }

    private protected FeatureMap Input => Inputs[0].Map;

    /// <summary>Declares floats that the operation keeps for itself; they are there after <see cref="Allocate"/>.</summary>
    private protected OwnedFloats Own(long length)
    {
        var floats = new OwnedFloats(length);
        _owned.Add(floats);
        return floats;
    }

    /// <summary>
    /// Floats of so many vectors, and of one more where that makes their number odd: planes so far apart do not fall onto the same few sets
    /// of the first-level cache.
    /// </summary>
    private protected static int OddVectors(int vectors) => checked((vectors | 1) * Simd.Lanes);

    /// <summary>So many floats where the output, or the gradient of an input, needs memory to be computed in before it is stored.</summary>
    private protected int Staging(int floats) =>
        Output.Storage == MapStorage.BFloat16 || Array.Exists(Inputs, static input => input.Map.StagesGradient) ? floats : 0;

    /// <summary>Tells the output that all pixels of a channel are stored.</summary>
    private protected void Stored(int slot, int channel) => Output.Stored(slot, channel, 0, Output.Shape.Pixels);
}
