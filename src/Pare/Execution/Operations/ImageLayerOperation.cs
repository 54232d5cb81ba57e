using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>A layer of one's own: takes image by image out of the lanes, and what comes out back into them.</summary>
internal sealed class ImageLayerOperation : Operation
{
    private readonly ImageLayer _layer;
    private readonly Network _network;
    private readonly Parameter[] _parameters;
    private readonly OwnedFloats _values;

    public ImageLayerOperation(string name, ImageLayer layer, Network network, Parameter[] parameters, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        (_layer, _network, _parameters) = (layer, network, parameters);
        _values = Own(parameters.Sum(static parameter => (long)parameter.Length));
    }

    public override bool HasWeights => _parameters.Length > 0;

    // A tile of the input, one of the output or its gradient, one of the input's gradient; then the same of one image, and parameters.
    public override int ScratchSize =>
        checked((2 * Input.Size) + Output.Size + (2 * Input.Shape.Count) + Output.Shape.Count + (int)_values.Length);

    public override void Prepare()
    {
        int at = 0;
        foreach (Parameter parameter in _parameters)
        {
            _network.Values(parameter).CopyTo(_values.Values.AsSpan(at));
            at += parameter.Length;
        }
    }

    public override void Forward(in Tile tile)
    {
        Span<float> scratch = tile.Scratch, xs = Cut(ref scratch, Input.Size), ys = Cut(ref scratch, Output.Size);
        Span<float> x = Cut(ref scratch, Input.Shape.Count), y = Cut(ref scratch, Output.Shape.Count);
        for (int c = 0; c < Input.Shape.Channels; c++) Input.Read(tile.Slot, c, 0, Input.Shape.Pixels, xs[(c * Input.PlaneStride)..]);
        ys.Clear();
        for (int lane = 0; lane < Simd.Lanes; lane++)
        {
            if (!HoldsImage(tile, lane)) continue;
            ImageLanes.Take(xs, lane, x);
            _layer.Forward(Input.Shape, x, _values.Values, y);
            ImageLanes.Put(y, lane, ys);
        }

        for (int c = 0; c < Output.Shape.Channels; c++)
        {
            ys.Slice(c * Output.PlaneStride, Output.PlaneStride).CopyTo(Output.Plane(tile.Slot, c));
            Stored(tile.Slot, c);
        }
    }

    public override void Backward(in Tile tile)
    {
        Span<float> scratch = tile.Scratch, xs = Cut(ref scratch, Input.Size), dYs = Cut(ref scratch, Output.Size);
        Span<float> dXs = Cut(ref scratch, Input.Size), x = Cut(ref scratch, Input.Shape.Count), dX = Cut(ref scratch, x.Length);
        Span<float> dY = Cut(ref scratch, Output.Shape.Count), dParameters = Cut(ref scratch, (int)_values.Length);
        for (int c = 0; c < Input.Shape.Channels; c++) Input.Read(tile.Slot, c, 0, Input.Shape.Pixels, xs[(c * Input.PlaneStride)..]);
        for (int c = 0; c < Output.Shape.Channels; c++)
            Output.ReadGradient(tile.Slot, c, 0, Output.Shape.Pixels, dYs[(c * Output.PlaneStride)..]);
        dXs.Clear();
        dParameters.Clear();
        for (int lane = 0; lane < Simd.Lanes; lane++)
        {
            if (!HoldsImage(tile, lane)) continue;
            ImageLanes.Take(xs, lane, x);
            ImageLanes.Take(dYs, lane, dY);
            _layer.Backward(Input.Shape, x, _values.Values, dY, dX, dParameters);
            ImageLanes.Put(dX, lane, dXs);
        }

        int at = 0;
        foreach (Parameter parameter in tile.WantsWeights ? _parameters : [])
        {
            Span<float> sum = tile.WeightGradient.Slice(parameter.Offset, parameter.Length);
            for (int i = 0; i < sum.Length; i++) sum[i] += dParameters[at++];
        }

        if (!Inputs[0].NeedsGradient) return;
        for (int c = 0; c < Input.Shape.Channels; c++)
            Inputs[0].StoreGradient(tile.Slot, c, dXs.Slice(c * Input.PlaneStride, Input.PlaneStride));
    }

    private static bool HoldsImage(in Tile tile, int lane) => BitConverter.SingleToInt32Bits(tile.LaneMask[lane]) != 0;
}
