namespace Pare.Execution.Operations;

/// <summary>
/// Stores what readers of the input see: for flatten, and where a norm or an activation cannot be folded into the
/// map before it because that map has other readers or a later transform already.
/// </summary>
internal sealed class CopyOperation(string name, FeatureMap output, InputEdge input) : Operation(name, output, input)
{
    public override bool IsLinear => true;

    public override int ScratchSize => Input.PlaneStride;

    public override void Forward(in Tile tile)
    {
        Span<float> target = Output.PlanesFrom(tile.Slot, 0);
        for (int c = 0; c < Input.Shape.Channels; c++)
            Input.Read(tile.Slot, c, 0, Input.Shape.Pixels, target.Slice(c * Input.PlaneStride, Input.PlaneStride));
        for (int c = 0; c < Output.Shape.Channels; c++) Stored(tile.Slot, c);
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        int pixelsOfAPlane = Output.Shape.Pixels;
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Span<float> gradient = tile.Scratch[..Input.PlaneStride];
            if (pixelsOfAPlane == Input.Shape.Pixels)
            {
                Output.ReadGradient(tile.Slot, c, 0, pixelsOfAPlane, gradient);
            }
            else
            {
                // Flattened: every pixel of the input is a channel of the output.
                for (int i = 0; i < Input.Shape.Pixels; i++)
                    Output.ReadGradient(tile.Slot, (c * Input.Shape.Pixels)
                        + i, 0, 1, gradient.Slice(i * Output.PlaneStride, Output.PlaneStride));
            }

            Inputs[0].StoreGradient(tile.Slot, c, gradient);
        }
    }
}
