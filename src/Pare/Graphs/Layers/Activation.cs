using Pare.Kernels;

namespace Pare.Graphs.Layers;

/// <summary>An elementwise function.</summary>
/// <param name="Function">Which one.</param>
public sealed record Activation(ActivationFunction Function) : Layer
{
    /// <summary>Which one.</summary>
    public ActivationFunction Function { get; } = Function;

    /// <inheritdoc/>
    public override string Kind => Function switch
    {
        ActivationFunction.Identity => "identity",
        ActivationFunction.Relu => "relu",
        ActivationFunction.Relu6 => "relu6",
        ActivationFunction.HardSwish => "hard_swish",
        ActivationFunction.Silu => "silu",
        ActivationFunction.Sigmoid => "sigmoid",
        ActivationFunction.HardSigmoid => "hard_sigmoid",
        _ => throw new InvalidOperationException($"Unknown activation function {Function}."),
    };

    /// <inheritdoc/>
    public override bool InPlace => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => inputs[0];
}
