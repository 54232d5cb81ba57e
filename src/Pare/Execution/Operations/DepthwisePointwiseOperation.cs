using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// A depthwise convolution and the pointwise one that alone reads it, forward beside backward, a band of rows at a time: what lies between
/// them never leaves the second-level cache. The backward pass computes a band of it again from the input, which is cheaper than to have
/// stored and read it; the gradient of a band takes its place, and goes through the depthwise filters while it is there.
/// </summary>
internal sealed class DepthwisePointwiseOperation : Operation
{
    // Floats of what a band touches, forward, backward, and forward where no backward pass follows. Measured: docs/performance-log.md.
    private const int ForwardFloats = 64 * 1024, BackwardFloats = 192 * 1024, InferenceFloats = 208 * 1024;

    // With fewer rows a band costs more than it saves: it reads the rows around it anew.
    private const int FewestRows = 4;

    private readonly Network _network;
    private readonly Parameter _filters, _mixing;
    private readonly Parameter? _filterBias, _mixingBias;
    private readonly WeightSource _filterWeights, _mixingWeights;
    private readonly int _kernel, _padding, _multiplier, _middle, _outputs, _height, _width;
    private readonly int _sourceWidth, _forwardRows, _backwardRows, _forwardPlane, _sourcePlane, _middlePlane, _gradientPlane;
    private readonly int _scratch, _stagedOutput;
    private readonly InputGradientTaps _gradientTaps;
    private readonly OwnedFloats _reversed, _packed, _packedBias, _packedBack;
    private readonly int[] _filterOffsets;
    private int[] _forwardOffsets = [], _middleOffsets = [], _gradientOffsets = [];

    /// <param name="name">The pointwise node's name.</param>
    /// <param name="network">Has the weights.</param>
    /// <param name="depthwise">The operation that this one computes first. Stride 1.</param>
    /// <param name="mixing">The pointwise weights.</param>
    /// <param name="rounds">Whether these are rounded.</param>
    /// <param name="bias">Of the pointwise convolution; null where it has none.</param>
    /// <param name="training">Whether a backward pass follows.</param>
    /// <param name="output">Its output.</param>
    public DepthwisePointwiseOperation(string name, Network network, DepthwiseOperation depthwise, Parameter mixing, bool rounds,
        Parameter? bias, bool training, FeatureMap output)
        : base(name, output, depthwise.Inputs)
    {
        Shape from = Input.Shape, to = output.Shape;
        (_network, _filters, _filterBias, _mixing, _mixingBias) = (network, depthwise.Weight, depthwise.Bias, mixing, bias);
        (_kernel, _padding) = (depthwise.Kernel, depthwise.Padding);
        (_middle, _outputs, _height, _width) = (depthwise.Output.Shape.Channels, to.Channels, to.Height, to.Width);
        _multiplier = _middle / from.Channels;
        Nodes = [depthwise.Name, name];
        _gradientTaps = new InputGradientTaps(_kernel, 1, _padding, from.Width, _width);
        _sourceWidth = checked(_width + _kernel - 1);
        _filterOffsets = [.. Enumerable.Range(0, _kernel * _kernel).Select(t => Vectors(((t / _kernel) * _sourceWidth) + (t % _kernel)))];

        _forwardRows = EvenRows(_height, training ? ForwardFloats : InferenceFloats, ForwardScratch);
        _backwardRows = EvenRows(_height, BackwardFloats, BackwardScratch);
        _forwardPlane = OddVectors(_forwardRows * _width);
        (_sourcePlane, _middlePlane, _gradientPlane) = BackwardPlanes(_backwardRows);
        _scratch = training ? Math.Max(ForwardScratch(_forwardRows), BackwardScratch(_backwardRows)) : ForwardScratch(_forwardRows);
        _stagedOutput = OddVectors(checked(_forwardRows * _width));

        _filterWeights = new WeightSource(network, _filters, depthwise.Rounds ? Own(_filters.Length) : null);
        _mixingWeights = new WeightSource(network, _mixing, rounds ? Own(_mixing.Length) : null);
        _reversed = Own(_filters.Length);
        _packed = Own((long)ConvolutionKernels.PackedOutputs(_outputs) * _middle);
        _packedBias = Own(ConvolutionKernels.PackedOutputs(_outputs));
        _packedBack = Own((long)ConvolutionKernels.PackedOutputs(_middle) * _outputs);
    }

    public override IReadOnlyList<string> Nodes { get; }

    public override bool HasWeights => true;

    public override bool IsLinear => true;

    public override bool StagesOutput => true;

    // A band of all outputs, or of one input's gradient, is computed behind what it is computed from.
    public override int ScratchSize => checked(_scratch + Staging(Math.Max(checked(_outputs * _stagedOutput), Input.PlaneStride)));

    // An offset is as large as a float.
    public override long OwnedFloats => base.OwnedFloats + (2L * _middle) + _outputs;

    /// <summary>
    /// Whether bands of enough rows of a depthwise convolution and a pointwise one after it fit the cache; where no backward pass follows,
    /// what lies between them.
    /// </summary>
    /// <param name="depthwise">The first.</param>
    /// <param name="outputs">Outputs of the second.</param>
    /// <param name="training">Whether a backward pass follows.</param>
    public static bool Pays(DepthwiseOperation depthwise, int outputs, bool training)
    {
        Shape middle = depthwise.Output.Shape;
        int rows = Math.Min(FewestRows, middle.Height), reach = depthwise.Kernel - 1;
        long source = (long)depthwise.Inputs[0].Map.Shape.Channels * (rows + reach) * (middle.Width + reach);
        long between = (long)middle.Channels * (rows + (2 * reach)) * (middle.Width + (2 * reach));
        if (depthwise.Stride != 1) return false;
        return training ? (source + between + ((long)outputs * rows * middle.Width)) * Simd.Lanes <= BackwardFloats
            : (long)middle.Channels * rows * middle.Width * Simd.Lanes <= InferenceFloats;
    }

    public override void Allocate()
    {
        base.Allocate();
        _forwardOffsets = Offsets(_middle, _forwardPlane);
        _middleOffsets = Offsets(_middle, _middlePlane);
        _gradientOffsets = Offsets(_outputs, _gradientPlane);
    }

    public override void Prepare()
    {
        _filterWeights.Prepare();
        _mixingWeights.Prepare();
        ReadOnlySpan<float> filters = _filterWeights.Values, mixing = _mixingWeights.Values;
        int[] taps = _gradientTaps.Phases[0].Taps;
        for (int i = 0; i < filters.Length; i++) _reversed.Values[i] = filters[i - (i % taps.Length) + taps[i % taps.Length]];
        for (int o = 0; o < _outputs; o++)
        {
            for (int c = 0; c < _middle; c++)
            {
                float weight = mixing[(o * _middle) + c];
                _packed.Values[ConvolutionKernels.PackedIndex(o, _outputs, c, _middle)] = weight;
                _packedBack.Values[ConvolutionKernels.PackedIndex(c, _middle, o, _outputs)] = weight;
            }
        }

        if (_mixingBias is not null) _network.Values(_mixingBias).CopyTo(_packedBias.Values);
    }

    public override void Forward(in Tile tile)
    {
        Span<float> source = tile.Scratch[..Vectors((_forwardRows + _kernel - 1) * _sourceWidth)];
        Span<float> middle = tile.Scratch.Slice(source.Length, _middle * _forwardPlane);
        ReadOnlySpan<float> bias = _mixingBias is null ? default : _packedBias.Values;
        int lanes = Simd.Lanes, line = _width * lanes;
        for (int row = 0; row < _height; row += _forwardRows)
        {
            int rows = Math.Min(_forwardRows, _height - row), pixels = rows * _width;
            FetchNext(tile, row, _forwardRows, backward: false);
            for (int c = 0; c < Input.Shape.Channels; c++)
            {
                ReadSource(tile, c, row, rows, source);
                for (int m = c * _multiplier; m < (c + 1) * _multiplier; m++)
                    Filter(m, source, middle[(m * _forwardPlane)..], rows, line, tile.Ahead);
            }

            // Rows that lie side by side are one long run.
            Span<float> target = Output.Target(tile.Slot, 0, row * _width, tile.Scratch[_scratch..]);
            int plane = Output.TargetStride(_stagedOutput);
            var shape = new FilterShape(1, pixels, 0, lanes, plane, 0, lanes, Accumulates: false);
            ConvolutionKernels.Apply(middle, _forwardOffsets, _packed.Values, bias, target, _outputs, shape, tile.Ahead);
            for (int o = 0; o < _outputs; o++) Output.Stored(tile.Slot, o, row * _width, pixels, target[(o * plane)..]);
        }
    }

    public override void Backward(in Tile tile)
    {
        int inputs = Input.Shape.Channels, lanes = Simd.Lanes, line = _width * lanes, pitch = Vectors(_gradientTaps.Width);
        int carried = (_kernel - 1) * pitch, inside = carried + Vectors(_gradientTaps.Left);
        Span<float> source = tile.Scratch[..(inputs * _sourcePlane)];
        Span<float> middle = tile.Scratch.Slice(source.Length, _middle * _middlePlane);
        Span<float> gradient = tile.Scratch.Slice(source.Length + middle.Length, _outputs * _gradientPlane);

        // Around the map, and above its first row, the gradient is 0.
        middle.Clear();
        for (int row = 0; row < _height; row += _backwardRows)
        {
            int rows = Math.Min(_backwardRows, _height - row), pixels = rows * _width;
            FetchNext(tile, row, _backwardRows, backward: true);
            for (int c = 0; tile.WantsWeights && c < inputs; c++)
            {
                Span<float> plane = source.Slice(c * _sourcePlane, _sourcePlane);
                ReadSource(tile, c, row, rows, plane);
                for (int m = c * _multiplier; m < (c + 1) * _multiplier; m++)
                    Filter(m, plane, middle[((m * _middlePlane) + inside)..], rows, pitch, tile.Ahead);
            }

            for (int o = 0; o < _outputs; o++)
                Output.ReadGradient(tile.Slot, o, row * _width, pixels, gradient.Slice(o * _gradientPlane, _gradientPlane));
            if (tile.WantsWeights) AddMixingGradient(tile, gradient, middle[inside..], rows);
            var shape = new FilterShape(rows, _width, line, lanes, _middlePlane, pitch, lanes, Accumulates: false);
            ConvolutionKernels.Apply(gradient, _gradientOffsets, _packedBack.Values, default, middle[inside..], _middle, shape, tile.Ahead);

            (int begin, int end) = InputRows(row, rows);
            for (int c = 0; c < inputs; c++)
            {
                Span<float> target = Inputs[0].NeedsGradient
                    ? Input.GradientTarget(tile.Slot, c, begin * Input.Shape.Width, tile.Scratch[_scratch..]) : default;
                for (int m = c * _multiplier; m < (c + 1) * _multiplier; m++)
                {
                    Span<float> plane = middle.Slice(m * _middlePlane, _middlePlane);
                    if (row + rows == _height) plane.Slice(carried + (rows * pitch), carried).Clear();
                    if (tile.WantsWeights) AddFilterGradient(tile, m, plane[inside..], source[(c * _sourcePlane)..], rows);
                    if (Inputs[0].NeedsGradient) StoreInputGradient(m, row, begin, end, plane, target, tile.Ahead);

                    // The next rows of the input need the last rows of this gradient, too.
                    plane.Slice(rows * pitch, carried).CopyTo(plane);
                }

                if (Inputs[0].NeedsGradient)
                    Inputs[0].GradientStored(tile.Slot, c, begin * Input.Shape.Width, (end - begin) * Input.Shape.Width, target);
            }
        }
    }

    private void ReadSource(in Tile tile, int channel, int row, int rows, Span<float> source) =>
        Input.ReadPadded(tile.Slot, channel, row - _padding, rows + _kernel - 1, _padding, _sourceWidth, source);

    private void Filter(int channel, ReadOnlySpan<float> source, Span<float> target, int rows, int pitch, Prefetcher ahead)
    {
        int area = _kernel * _kernel, lanes = Simd.Lanes;
        var shape = new FilterShape(rows, _width, Vectors(_sourceWidth), lanes, 0, pitch, lanes, Accumulates: false);
        DepthwiseKernels.Apply(source, _filterOffsets, _filterWeights.Values.Slice(channel * area, area),
            _filterBias is null ? 0f : _network.Values(_filterBias)[channel], target, shape, ahead);
    }

    private void AddMixingGradient(in Tile tile, ReadOnlySpan<float> gradient, ReadOnlySpan<float> middle, int rows)
    {
        int lanes = Simd.Lanes, line = _width * lanes;
        var shape = new CorrelationShape(rows, _width, _gradientPlane, line, Vectors(_gradientTaps.Width), lanes);
        ConvolutionKernels.WeightGradient(gradient, middle, _middleOffsets, tile.LaneMask,
            tile.WeightGradient.Slice(_mixing.Offset, _outputs * _middle), _outputs, shape, tile.Ahead);
        for (int o = 0; _mixingBias is not null && o < _outputs; o++)
            tile.WeightGradient[_mixingBias.Offset + o] +=
                PixelKernels.MaskedSum(gradient.Slice(o * _gradientPlane, rows * line), tile.LaneMask);
    }

    private void AddFilterGradient(in Tile tile, int channel, ReadOnlySpan<float> gradient, ReadOnlySpan<float> source, int rows)
    {
        int area = _kernel * _kernel, lanes = Simd.Lanes, pitch = Vectors(_gradientTaps.Width);
        var shape = new CorrelationShape(rows, _width, 0, pitch, Vectors(_sourceWidth), lanes);
        DepthwiseKernels.WeightGradient(gradient, source, _filterOffsets, tile.LaneMask,
            tile.WeightGradient.Slice(_filters.Offset + (channel * area), area), shape, tile.Ahead);
        for (int i = 0; _filterBias is not null && i < rows; i++)
            tile.WeightGradient[_filterBias.Offset + channel] +=
                PixelKernels.MaskedSum(gradient.Slice(i * pitch, Vectors(_width)), tile.LaneMask);
    }

    private void StoreInputGradient(int filter, int row, int begin, int end, ReadOnlySpan<float> gradient, Span<float> target,
        Prefetcher ahead)
    {
        InputGradientTaps.Phase phase = _gradientTaps.Phases[0];
        int lanes = Simd.Lanes, pitch = Vectors(_gradientTaps.Width), line = Vectors(Input.Shape.Width), taps = phase.Taps.Length;
        var shape =
            new FilterShape(end - begin, phase.Pixels, pitch, lanes, 0, line, lanes, Inputs[0].Accumulates || filter % _multiplier > 0);
        DepthwiseKernels.Apply(gradient[(((begin + _padding - row) * pitch) + phase.Start)..], phase.Offsets,
            _reversed.Values.AsSpan(filter * taps, taps), 0f, target, shape, ahead);
    }

    // Input rows that need no rows of the output after a band, and did before it.
    private (int Begin, int End) InputRows(int row, int rows) =>
        (Math.Max(0, row - _padding), row + rows == _height ? Input.Shape.Height : Math.Max(0, row + rows - _padding));

    // The band that this thread computes after this one.
    private void FetchNext(in Tile tile, int row, int bandRows, bool backward)
    {
        tile.Ahead.Clear();
        (int slot, int next) = row + bandRows < _height ? (tile.Slot, row + bandRows) : (tile.NextSlot, 0);
        if (slot < 0) return;
        int reach = _kernel - 1 - _padding, width = Input.Shape.Width;
        Range rows = Rows(next == 0 ? 0 : next + reach, next + bandRows + reach, Input.Shape.Height);
        if (!backward || tile.WantsWeights)
            Input.Fetch(tile.Ahead, slot, 0, Input.Shape.Channels, rows.Start.Value * width, (rows.End.Value - rows.Start.Value) * width);
        int begin = next * _width, pixels = Math.Min(bandRows, _height - next) * _width;
        if (backward)
        {
            Output.FetchGradient(tile.Ahead, slot, 0, _outputs, begin, pixels);
            rows = Rows(next - _padding, next + bandRows - _padding, Input.Shape.Height);
            if (Inputs[0].NeedsGradient)
                Input.FetchGradientTarget(tile.Ahead, slot, 0, Input.Shape.Channels, rows.Start.Value * width,
                    (rows.End.Value - rows.Start.Value) * width);
        }
        else
        {
            Output.Fetch(tile.Ahead, slot, 0, _outputs, begin, pixels);
        }

        // A register tile of 8 by 3 asks once for every 24 multiply-adds.
        tile.Ahead.SpreadOver((backward ? 2L : 1L) * pixels * _middle * ((_outputs + 7) / 8) / 3);
    }

    private static Range Rows(int begin, int end, int height) => Math.Clamp(begin, 0, height)..Math.Clamp(end, 0, height);

    private int ForwardScratch(int rows) =>
        checked(Vectors((rows + _kernel - 1) * _sourceWidth) + (_middle * OddVectors(rows * _width)));

    private int BackwardScratch(int rows)
    {
        (int source, int middle, int gradient) = BackwardPlanes(rows);
        return checked((Input.Shape.Channels * source) + (_middle * middle) + (_outputs * gradient));
    }

    private (int Source, int Middle, int Gradient) BackwardPlanes(int rows) =>
        checked((OddVectors((rows + _kernel - 1) * _sourceWidth), OddVectors((rows + (2 * (_kernel - 1))) * _gradientTaps.Width),
            OddVectors(rows * _width)));

    // As many bands as are needed to stay within the floats, of nearly the same height.
    private static int EvenRows(int height, int most, Func<int, int> floats)
    {
        int rows = height;
        while (rows > 1 && floats(rows) > most) rows--;
        int bands = (height + rows - 1) / rows;
        return (height + bands - 1) / bands;
    }

    private static int[] Offsets(int planes, int plane) => [.. Enumerable.Range(0, planes).Select(i => i * plane)];

    private static int Vectors(int pixels) => checked(pixels * Simd.Lanes);
}
