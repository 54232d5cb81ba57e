using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// y = sum of the inputs; each input's gradient is dY. Where <see cref="GradientSharing"/> lets it, that gradient is not copied: it is made
/// where the output's lies, and the inputs' lie there, too.
/// </summary>
internal sealed class AddOperation(string name, FeatureMap output, InputEdge[] inputs) : Operation(name, output, inputs)
{
    public override bool IsLinear => true;

    public override bool StagesOutput => true;

    public override int ScratchSize => checked(Output.PlaneStride + Staging(Output.PlaneStride));

    public override void Forward(in Tile tile)
    {
        int lanes = Simd.Lanes;
        var asItIs = ChannelTransform.Of(ActivationFunction.Identity);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> plane = Output.Target(tile.Slot, c, 0, tile.Scratch[Output.PlaneStride..]);
            for (int first = 0; first < Output.Shape.Pixels; first += FeatureMap.PixelsOfARun)
            {
                int pixels = Math.Min(FeatureMap.PixelsOfARun, Output.Shape.Pixels - first);
                Span<float> sum = plane.Slice(first * lanes, pixels * lanes);
                Inputs[0].Map.Read(tile.Slot, c, first, pixels, sum);
                for (int i = 1; i < Inputs.Length; i++) Inputs[i].Map.AddTo(tile.Slot, c, first, pixels, sum, asItIs);
            }

            Output.Stored(tile.Slot, c, 0, Output.Shape.Pixels, plane);
        }
    }

    public override void Backward(in Tile tile)
    {
        bool inPlace = Array.Exists(Inputs, static input => input.SharesGradient);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> target = inPlace ? Output.GradientPlane(tile.Slot, c) : tile.Scratch[..Output.PlaneStride];
            ReadOnlySpan<float> gradient = Output.SeenGradient(tile.Slot, c, target);
            foreach (InputEdge input in Inputs)
            {
                if (input.SharesGradient) input.GradientStored(tile.Slot, c, 0, Output.Shape.Pixels, gradient);
                else if (input.NeedsGradient) input.StoreGradient(tile.Slot, c, gradient);
            }
        }
    }
}
