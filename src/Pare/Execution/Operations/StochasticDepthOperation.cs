using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>y = x k and dX = dY k with one k an image: 0 with probability p, otherwise 1 / (1 - p).</summary>
internal sealed class StochasticDepthOperation(string name, float probability, int index, FeatureMap output,
    InputEdge input) : RandomOperation(name, index, output, input)
{
    public override int ScratchSize => checked(Simd.Lanes + Output.PlaneStride);

    public override void Forward(in Tile tile)
    {
        Span<float> factors = tile.Scratch[..Simd.Lanes];
        Draw(tile.Index, factors);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> target = Output.Plane(tile.Slot, c);
            Input.Read(tile.Slot, c, 0, Output.Shape.Pixels, target);
            PixelKernels.Multiply(target, factors, target);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        Span<float> factors = tile.Scratch[..Simd.Lanes], gradient = tile.Scratch.Slice(Simd.Lanes, Output.PlaneStride);
        Draw(tile.Index, factors);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Output.ReadGradient(tile.Slot, c, 0, Output.Shape.Pixels, gradient);
            PixelKernels.Multiply(gradient, factors, gradient);
            Inputs[0].StoreGradient(tile.Slot, c, gradient);
        }
    }

    // Keyed by the image's place in the batch, so that the width of the vectors does not matter either.
    private void Draw(int tile, Span<float> factors)
    {
        for (int lane = 0; lane < factors.Length; lane++)
            factors[lane] = new SeededRandom(Key, (tile * factors.Length) + lane).NextSingle() < probability ? 0f : 1f / (1f - probability);
    }
}
