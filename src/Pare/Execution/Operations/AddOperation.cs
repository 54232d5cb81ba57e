using System.Numerics.Tensors;

namespace Pare.Execution.Operations;

/// <summary>y = sum of the inputs; each input's gradient is dY.</summary>
internal sealed class AddOperation(string name, FeatureMap output, InputEdge[] inputs) : Operation(name, output, inputs)
{
    public override int ScratchSize => Output.PlaneStride;

    public override void Forward(in Tile tile)
    {
        int pixels = Output.Shape.Pixels;
        Span<float> term = tile.Scratch[..Output.PlaneStride];
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> sum = Output.Plane(tile.Slot, c);
            Inputs[0].Map.Read(tile.Slot, c, 0, pixels, sum);
            for (int i = 1; i < Inputs.Length; i++)
            {
                Inputs[i].Map.Read(tile.Slot, c, 0, pixels, term);
                TensorPrimitives.Add(sum, term, sum);
            }

            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        Span<float> gradient = tile.Scratch[..Output.PlaneStride];
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Output.ReadGradient(tile.Slot, c, 0, Output.Shape.Pixels, gradient);
            foreach (InputEdge input in Inputs)
            {
                if (input.NeedsGradient) input.StoreGradient(tile.Slot, c, gradient);
            }
        }
    }
}
