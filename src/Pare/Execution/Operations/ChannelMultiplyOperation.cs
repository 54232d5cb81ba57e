using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>y = x s with one s a channel and image; dX = dY s, ds = sum over pixels of dY x.</summary>
internal sealed class ChannelMultiplyOperation(string name, FeatureMap output, InputEdge map, InputEdge gate) : Operation(name, output,
    map, gate)
{
    public override int ScratchSize => checked((2 * Output.PlaneStride) + (2 * Simd.Lanes));

    public override void Forward(in Tile tile)
    {
        Span<float> x = tile.Scratch[..Output.PlaneStride], s = tile.Scratch.Slice(Output.PlaneStride, Simd.Lanes);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Input.Read(tile.Slot, c, 0, Output.Shape.Pixels, x);
            Inputs[1].Map.Read(tile.Slot, c, 0, 1, s);
            PixelKernels.Multiply(x, s, Output.Plane(tile.Slot, c));
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        int pixels = Output.Shape.Pixels, stride = Output.PlaneStride, lanes = Simd.Lanes;
        Span<float> x = tile.Scratch[..stride], gradient = tile.Scratch.Slice(stride, stride);
        Span<float> s = tile.Scratch.Slice(2 * stride, lanes), dS = tile.Scratch.Slice((2 * stride) + lanes, lanes);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            // In the order of the inputs, which may be one and the same map.
            Output.ReadGradient(tile.Slot, c, 0, pixels, gradient);
            if (Inputs[0].NeedsGradient)
            {
                Inputs[1].Map.Read(tile.Slot, c, 0, 1, s);
                PixelKernels.Multiply(gradient, s, x);
                Inputs[0].StoreGradient(tile.Slot, c, x);
            }

            if (Inputs[1].NeedsGradient)
            {
                Input.Read(tile.Slot, c, 0, pixels, x);
                dS.Clear();
                PixelKernels.AddDot(gradient, x, dS);
                Inputs[1].StoreGradient(tile.Slot, c, dS);
            }
        }
    }
}
