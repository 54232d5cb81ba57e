using System.Numerics.Tensors;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>z = mean over the pixels of each channel; dX = dZ / pixels.</summary>
internal sealed class GlobalAveragePoolOperation(string name, FeatureMap output, InputEdge input) : Operation(name, output, input)
{
    public override bool IsLinear => true;

    public override int ScratchSize => checked(Input.PlaneStride + Simd.Lanes);

    public override void Forward(in Tile tile)
    {
        Span<float> source = tile.Scratch[..Input.PlaneStride];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Span<float> mean = Output.Plane(tile.Slot, c);
            Input.Read(tile.Slot, c, 0, Input.Shape.Pixels, source);
            mean.Clear();
            PixelKernels.AddSum(source, mean);
            TensorPrimitives.Divide(mean, Input.Shape.Pixels, mean);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        Span<float> plane = tile.Scratch[..Input.PlaneStride], share = tile.Scratch.Slice(Input.PlaneStride, Simd.Lanes);
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Output.ReadGradient(tile.Slot, c, 0, 1, share);
            TensorPrimitives.Divide(share, Input.Shape.Pixels, share);
            PixelKernels.Fill(share, plane);
            Inputs[0].StoreGradient(tile.Slot, c, plane);
        }
    }
}
