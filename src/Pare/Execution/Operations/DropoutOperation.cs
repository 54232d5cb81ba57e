using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>y = x mask / (1 - p), dX = dY mask / (1 - p). The mask is drawn again in the backward pass instead of being stored.</summary>
internal sealed class DropoutOperation(string name, float probability, int index, FeatureMap output,
    InputEdge input) : RandomOperation(name, index, output, input)
{
    public override int ScratchSize => checked(2 * Output.PlaneStride);

    public override void Forward(in Tile tile)
    {
        Span<float> mask = tile.Scratch[..Output.PlaneStride];
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> target = Output.Plane(tile.Slot, c);
            Draw(tile.Index, c, mask);
            Input.Read(tile.Slot, c, 0, Output.Shape.Pixels, target);
            DropoutKernels.Apply(target, mask, probability, target);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        Span<float> mask = tile.Scratch[..Output.PlaneStride], gradient = tile.Scratch.Slice(Output.PlaneStride, Output.PlaneStride);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Draw(tile.Index, c, mask);
            Output.ReadGradient(tile.Slot, c, 0, Output.Shape.Pixels, gradient);
            DropoutKernels.Apply(gradient, mask, probability, gradient);
            Inputs[0].StoreGradient(tile.Slot, c, gradient);
        }
    }

    private void Draw(int tile, int channel, Span<float> mask)
    {
        var random = new SeededRandom(Key, tile, channel);
        foreach (ref float value in mask) value = random.NextSingle() < probability ? 0f : 1f;
    }
}
