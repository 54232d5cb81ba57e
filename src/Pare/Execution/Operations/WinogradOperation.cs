using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// Dense 3x3 convolution without stride in fewer multiplications (<see cref="WinogradKernels"/>), forward beside backward. A tile is
/// worked off in bands of rows of windows; of a band lie in memory, place by place, the transformed input, the products and, on the way
/// back, the transformed output gradient.
/// </summary>
internal sealed class WinogradOperation : Operation
{
    private const int Area = WinogradKernels.Area, Places = WinogradKernels.Places, Side = WinogradKernels.Side;

    // Where it is faster (docs/performance-log.md): with 12 channels and 8x8 pixels a step takes 0.77 of its time, with 8 channels
    // or 4x4 pixels as long or longer. Beyond a million filters their transforms would take more memory than the maps.
    private const int FewestChannels = 12, FewestWindows = 16, MostFilters = 1 << 20;

    // Floats of a band's transformed planes, input and output together, measured on 1 MB of second-level cache. On the way back a larger
    // band is worth leaving it: each is summed over the lanes once.
    private const int ForwardFloats = 128 * 1024, BackwardFloats = 512 * 1024;

    private readonly Network _network;
    private readonly Parameter _weight;
    private readonly WeightSource _weights;
    private readonly Parameter? _bias;
    private readonly int _padding, _inputs, _outputs, _windowRows, _windowColumns, _scratch;
    private readonly Band _forward, _backward;

    // Transformed and packed, place by place, and the same turned and with the roles of inputs and outputs exchanged.
    private readonly OwnedFloats _forwardWeights, _biases, _backwardWeights;
    private int[] _inputOffsets = [], _backwardInputOffsets = [], _outputOffsets = [];

    public WinogradOperation(string name, Network network, Parameter weight, bool rounds, Parameter? bias, int padding, FeatureMap output,
        InputEdge input)
        : base(name, output, input)
    {
        Shape from = input.Map.Shape, to = output.Shape;
        (_network, _weight, _bias, _padding, _inputs, _outputs) = (network, weight, bias, padding, from.Channels, to.Channels);

        // Without padding the input is larger than the output, with more than one it is smaller; windows cover both.
        _windowRows = WindowsAlong(Math.Max(from.Height, to.Height));
        _windowColumns = WindowsAlong(Math.Max(from.Width, to.Width));
        _forward = Within(ForwardFloats);
        _backward = Within(BackwardFloats);
        _scratch = checked(Math.Max(_forward.PlaneLength + _forward.PlacesOf(_inputs) + _forward.PlacesOf(_outputs),
            _backward.PlaneLength + _backward.PlacesOf(_inputs) + (2 * _backward.PlacesOf(_outputs)) + (Places * _inputs * _outputs)));

        _weights = new WeightSource(network, weight, rounds ? Own(weight.Length) : null);
        _forwardWeights = Own((long)Places * Packed(_outputs) * _inputs);
        _biases = Own(Packed(_outputs));
        _backwardWeights = Own((long)Places * Packed(_inputs) * _outputs);
    }

    /// <summary>Whether a convolution is computed so: the choice between this and <see cref="ConvolutionOperation"/>.</summary>
    public static bool Serves(Convolution layer, Shape from, Shape to) =>
        layer is { Kernel: 3, Stride: 1, Groups: 1, PaddingPixels: <= 2 } && Math.Min(from.Channels, to.Channels) >= FewestChannels
            && (long)from.Channels * to.Channels <= MostFilters && (long)WindowsAlong(to.Height) * WindowsAlong(to.Width) >= FewestWindows;

    public override bool HasWeights => true;

    public override bool IsLinear => true;

    public override double Multiplications =>
        (double)Places * WindowsAlong(Output.Shape.Height) * WindowsAlong(Output.Shape.Width) / (Area * Output.Shape.Pixels);

    public override bool StagesOutput => true;

    // A band of one output, or of one input's gradient, is computed behind what it is computed from.
    public override int ScratchSize => checked(_scratch + Staging(Math.Max(Input.PlaneStride, Output.PlaneStride)));

    // An offset is as large as a float.
    public override long OwnedFloats => base.OwnedFloats + (2L * _inputs) + _outputs;

    public override void Allocate()
    {
        base.Allocate();
        _inputOffsets = [.. Enumerable.Range(0, _inputs).Select(c => c * _forward.WindowStride)];
        _backwardInputOffsets = [.. Enumerable.Range(0, _inputs).Select(c => c * _backward.WindowStride)];
        _outputOffsets = [.. Enumerable.Range(0, _outputs).Select(o => o * _backward.WindowStride)];
    }

    public override void Prepare()
    {
        _weights.Prepare();
        if (_bias is not null) _network.Values(_bias).CopyTo(_biases.Values);
        Span<float> transformed = stackalloc float[Places], turned = stackalloc float[Area];
        for (int o = 0; o < _outputs; o++)
        {
            for (int c = 0; c < _inputs; c++)
            {
                ReadOnlySpan<float> filter = _weights.Values.Slice(((o * _inputs) + c) * Area, Area);
                WinogradKernels.TransformFilter(filter, transformed);
                Pack(transformed, _forwardWeights.Values, o, _outputs, c, _inputs);
                if (!Inputs[0].NeedsGradient) continue;
                filter.CopyTo(turned);
                turned.Reverse();
                WinogradKernels.TransformFilter(turned, transformed);
                Pack(transformed, _backwardWeights.Values, c, _inputs, o, _outputs);
            }
        }
    }

    public override void Forward(in Tile tile)
    {
        Shape to = Output.Shape;
        Span<float> plane = tile.Scratch[.._forward.PlaneLength];
        Span<float> source = tile.Scratch.Slice(plane.Length, _forward.PlacesOf(_inputs));
        Span<float> products = tile.Scratch.Slice(plane.Length + source.Length, _forward.PlacesOf(_outputs));
        for (int row = 0; row < _windowRows; row += _forward.Rows)
        {
            int rows = Math.Min(_forward.Rows, _windowRows - row), first = Side * row, stored = Math.Min(Side * rows, to.Height - first);
            if (stored < 1) break;
            TransformSource(tile, row, plane, source, _forward, rows);
            FetchNext(tile, row, _forward.Rows, backward: false);
            Multiply(source, _inputOffsets, _forwardWeights, _bias is null ? default : _biases.Values, products, _outputs, _forward,
                rows * _windowColumns, tile.Ahead);
            for (int o = 0; o < _outputs; o++)
            {
                Span<float> target = Output.Target(tile.Slot, o, first * to.Width, tile.Scratch[_scratch..]);
                WinogradKernels.TransformOutput(products[(o * _forward.WindowStride)..], target, stored, to.Width,
                    _forward.Shape(rows, _windowColumns, _outputs), accumulate: false);
                Output.Stored(tile.Slot, o, first * to.Width, stored * to.Width, target);
            }
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        Shape from = Input.Shape;
        Span<float> rest = tile.Scratch;
        Span<float> plane = Cut(ref rest, _backward.PlaneLength), source = Cut(ref rest, _backward.PlacesOf(_inputs)),
            spread = Cut(ref rest, _backward.PlacesOf(_outputs)), gradient = Cut(ref rest, _backward.PlacesOf(_outputs)),
            dU = rest[..(Places * _inputs * _outputs)];
        if (tile.WantsWeights) dU.Clear();
        for (int row = 0; row < _windowRows; row += _backward.Rows)
        {
            int rows = Math.Min(_backward.Rows, _windowRows - row), first = Side * row, windows = rows * _windowColumns;
            WinogradShape ofInputs = _backward.Shape(rows, _windowColumns, _inputs),
                ofOutputs = _backward.Shape(rows, _windowColumns, _outputs);
            if (tile.WantsWeights) TransformSource(tile, row, plane, source, _backward, rows);
            FetchNext(tile, row, _backward.Rows, backward: true);
            TransformGradient(tile, row, plane, spread, gradient, ofOutputs);
            if (tile.WantsWeights)
            {
                var shape = new CorrelationShape(1, windows, _backward.WindowStride, 0, 0, Simd.Lanes);
                for (int place = 0; place < Places; place++)
                    ConvolutionKernels.WeightGradient(spread[(place * ofOutputs.PlaceStride)..],
                        source[(place * ofInputs.PlaceStride)..], _backwardInputOffsets, tile.LaneMask,
                        dU.Slice(place * _inputs * _outputs, _inputs * _outputs), _outputs, shape, tile.Ahead);
            }

            int stored = Math.Min(Side * rows, from.Height - first);
            if (!input.NeedsGradient || stored < 1) continue;

            // The transformed input is no longer needed.
            Multiply(gradient, _outputOffsets, _backwardWeights, default, source, _inputs, _backward, windows, tile.Ahead);
            for (int c = 0; c < _inputs; c++)
            {
                Span<float> target = Input.GradientTarget(tile.Slot, c, first * from.Width, tile.Scratch[_scratch..]);
                WinogradKernels.TransformOutput(source[(c * _backward.WindowStride)..], target, stored, from.Width, ofInputs,
                    input.Accumulates);
                input.GradientStored(tile.Slot, c, first * from.Width, stored * from.Width, target);
            }
        }

        if (tile.WantsWeights)
            WinogradKernels.AddFilterGradients(dU, _outputs * _inputs,
                tile.WeightGradient.Slice(_weight.Offset, _outputs * _inputs * Area));
    }

    // B^T d B of all inputs of a band.
    private void TransformSource(in Tile tile, int row, Span<float> plane, Span<float> target, in Band band, int rows)
    {
        WinogradShape shape = band.Shape(rows, _windowColumns, _inputs);
        for (int c = 0; c < _inputs; c++)
        {
            Input.ReadPadded(tile.Slot, c, (Side * row) - _padding, shape.Height, _padding, shape.Width, plane);
            WinogradKernels.TransformSource(plane, target[(c * band.WindowStride)..], shape);
        }
    }

    // Of all outputs of a band A dY A^T, for the weights, and B^T dY B, for the inputs. The gradient of a 3x3 convolution's input is the
    // convolution of its output's, padded the other way round, with the turned filter.
    private void TransformGradient(in Tile tile, int row, Span<float> plane, Span<float> spread, Span<float> gradient,
        in WinogradShape shape)
    {
        int padding = 2 - _padding;
        for (int o = 0; o < _outputs; o++)
        {
            Output.ReadGradientPadded(tile.Slot, o, (Side * row) - padding, shape.Height, padding, shape.Width, plane);
            int place = o * _backward.WindowStride;
            if (Inputs[0].NeedsGradient) WinogradKernels.TransformSource(plane, gradient[place..], shape);
            if (!tile.WantsWeights) continue;
            ReadOnlySpan<float> inside = plane[((padding * shape.Pitch) + (padding * Simd.Lanes))..];
            WinogradKernels.TransformGradient(inside, spread[place..], shape);
            for (int i = 0; _bias is not null && i < Side * shape.Rows; i++)
                tile.WeightGradient[_bias.Offset + o] +=
                    PixelKernels.MaskedSum(inside.Slice(i * shape.Pitch, Side * shape.Columns * Simd.Lanes), tile.LaneMask);
        }
    }

    // The sums over all channels of a band, place by place.
    private static void Multiply(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, OwnedFloats weights, ReadOnlySpan<float> bias,
        Span<float> target, int outputs, in Band band, int windows, Prefetcher ahead)
    {
        int inputs = offsets.Length, packed = Packed(outputs) * inputs;
        var shape = new FilterShape(1, windows, 0, Simd.Lanes, band.WindowStride, 0, Simd.Lanes, Accumulates: false);
        for (int place = 0; place < Places; place++)
            ConvolutionKernels.Apply(source[(place * band.PlaceStride(inputs))..], offsets,
                weights.Values.AsSpan(place * packed, packed), place == WinogradKernels.PlaceOfBias ? bias : default,
                target[(place * band.PlaceStride(outputs))..], outputs, shape, ahead);
    }

    // The band that this thread computes after this one: the next of this tile, or the first of the next tile.
    private void FetchNext(in Tile tile, int row, int bandRows, bool backward)
    {
        tile.Ahead.Clear();
        (int slot, int next) = row + bandRows < _windowRows ? (tile.Slot, row + bandRows) : (tile.NextSlot, 0);
        if (slot < 0) return;
        // Of what is read, a band shares two rows with the one before.
        (int begin, int pixels) = Pixels(Input.Shape, _padding);
        if (!backward || tile.WantsWeights) Input.Fetch(tile.Ahead, slot, 0, _inputs, begin, pixels);
        (begin, pixels) = Pixels(Output.Shape, 2 - _padding);
        if (backward) Output.FetchGradient(tile.Ahead, slot, 0, _outputs, begin, pixels);
        (begin, pixels) = Pixels(backward ? Input.Shape : Output.Shape, null);
        if (!backward) Output.Fetch(tile.Ahead, slot, 0, _outputs, begin, pixels);
        else if (Inputs[0].NeedsGradient) Input.FetchGradientTarget(tile.Ahead, slot, 0, _inputs, begin, pixels);

        // A register tile of 8 by 3 asks once for every 24 multiply-adds.
        long times = (long)Places * bandRows * _windowColumns * _inputs * ((_outputs + 7) / 8) / 3;
        tile.Ahead.SpreadOver(backward && Inputs[0].NeedsGradient ? 2 * times : times);

        // A whole row of windows, or what a band reads with a padding and the one before has not.
        (int Begin, int Pixels) Pixels(Shape map, int? padding)
        {
            int shift = 2 - (padding ?? 2), begin = Math.Min((Side * next) + (next == 0 ? 0 : shift), map.Height);
            int end = Math.Min((Side * (next + bandRows)) + shift, map.Height);
            return (begin * map.Width, (end - begin) * map.Width);
        }
    }

    private Band Within(int floats)
    {
        int rows = _windowRows;
        while (rows > 1 && checked(Places * (_inputs + _outputs) * rows * _windowColumns * Simd.Lanes) > floats) rows--;
        return new Band(rows, OddVectors(checked(rows * _windowColumns)), new WinogradShape(rows, _windowColumns, 0).PlaneLength);
    }

    private static void Pack(ReadOnlySpan<float> transformed, Span<float> target, int output, int outputs, int input, int inputs)
    {
        int index = ConvolutionKernels.PackedIndex(output, outputs, input, inputs), stride = Packed(outputs) * inputs;
        for (int place = 0; place < Places; place++) target[(place * stride) + index] = transformed[place];
    }

    private static int WindowsAlong(int pixels) => (pixels + 1) / Side;

    private static int Packed(int channels) => ConvolutionKernels.PackedOutputs(channels);

    // Windows of two channels, and two places, are an odd number of vectors apart.
    private readonly record struct Band(int Rows, int WindowStride, int PlaneLength)
    {
        public int PlaceStride(int channels) => OddVectors(checked(channels * WindowStride / Simd.Lanes));

        public int PlacesOf(int channels) => checked(Places * PlaceStride(channels));

        public WinogradShape Shape(int rows, int columns, int channels) => new(rows, columns, PlaceStride(channels));
    }
}
