using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>y = x rounded to what the map's integers stand for; dX = dY between their ends, 0 beyond.</summary>
internal sealed class FakeQuantizeOperation : Operation
{
    private readonly bool _observes;

    public FakeQuantizeOperation(string name, Network network, Node node, int slots, bool observes, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        _observes = observes;
        Range = new RunningRange(network, node, Own(2L * slots));
    }

    public RunningRange Range { get; }

    public override int ScratchSize => checked(2 * Output.PlaneStride);

    public override void Prepare() => Range.Prepare();

    public override void Forward(in Tile tile)
    {
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Span<float> y = Output.Plane(tile.Slot, c);
            Input.Read(tile.Slot, c, 0, Output.Shape.Pixels, y);
            if (_observes) Range.Observe(tile.Slot, y, tile.LaneMask, first: c == 0);
            if (Range.IsKnown) RoundingKernels.Round(y, y, Range.Step, Range.Least, Range.Most);
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        int pixels = Output.Shape.Pixels, stride = Output.PlaneStride;
        Span<float> gradient = tile.Scratch[..stride], x = tile.Scratch.Slice(stride, stride);
        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            Output.ReadGradient(tile.Slot, c, 0, pixels, gradient);
            if (Range.IsKnown)
            {
                Input.Read(tile.Slot, c, 0, pixels, x);
                RoundingKernels.CutGradient(x, gradient, Range.Step * Range.Least, Range.Step * Range.Most);
            }

            Inputs[0].StoreGradient(tile.Slot, c, gradient);
        }
    }
}
