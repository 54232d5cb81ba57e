using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// Dense, grouped and pointwise convolution, and the linear layer, forward beside backward. A tile is worked off in bands
/// of output rows whose padded input fits the second-level cache. Where the filter is a single pixel without stride or padding, a
/// row is a run of pixels of any length, since rows then have no meaning.
/// </summary>
internal sealed class ConvolutionOperation : Operation
{
    // Floats of a band's padded planes. Measured: half of a megabyte of second-level cache, docs/performance-log.md.
    private const int BandFloats = 64 * 1024;
    private const int PixelsOfARun = 64;

    // So few that a weight gradient of one output after the other reads the inputs out of a near cache.
    private const int FewInputs = 4;

    private readonly Network _network;
    private readonly Parameter _weight;
    private readonly WeightSource _weights;
    private readonly Parameter? _bias;
    private readonly int _kernel, _stride, _padding, _groups, _inputs, _outputs;
    private readonly bool _runs, _fewInputs;
    private readonly int _inputHeight, _inputWidth, _outputHeight, _outputWidth;

    private readonly InputGradientTaps _gradientTaps;
    private readonly int _sourceWidth, _forwardRows, _backwardRows, _forwardPlane, _backwardPlane, _gradientPlane;
    private readonly int _scratch, _stagedOutput, _stagedGradient;
    private int[] _forwardOffsets = [], _backwardOffsets = [];
    private int[][] _phaseOffsets = [];

    // Packed, group by group, and the same of each phase with the roles of inputs and outputs exchanged.
    private readonly OwnedFloats _forwardWeights, _biases;
    private readonly OwnedFloats[] _phaseWeights;

    public ConvolutionOperation(string name, Network network, Parameter weight, bool rounds, Parameter? bias, int kernel, int stride,
        int padding, int groups, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        Shape from = input.Map.Shape, to = output.Shape;
        stride = InputGradientTaps.StrideWithin(from, kernel, stride, padding);
        (_network, _weight, _bias, _kernel, _stride, _padding, _groups) = (network, weight, bias, kernel, stride, padding, groups);
        _inputs = from.Channels / groups;
        _outputs = to.Channels / groups;
        _runs = kernel == 1 && stride == 1 && padding == 0;
        _fewInputs = !_runs && _inputs <= FewInputs;
        int run = Math.Min(from.Pixels, PixelsOfARun);
        (_inputHeight, _inputWidth) = _runs ? ((from.Pixels + run - 1) / run, run) : (from.Height, from.Width);
        (_outputHeight, _outputWidth) = _runs ? (_inputHeight, _inputWidth) : (to.Height, to.Width);
        _gradientTaps = new InputGradientTaps(kernel, stride, padding, _inputWidth, _outputWidth);
        _sourceWidth = checked(((_outputWidth - 1) * stride) + kernel);

        _forwardRows = RowsWithin(rows => checked(_inputs * SourcePlane(rows)));
        _forwardPlane = SourcePlane(_forwardRows);
        _backwardRows = RowsWithin(rows => checked((_inputs * SourcePlane(rows)) + (_outputs * GradientPlane(rows))));
        _backwardPlane = SourcePlane(_backwardRows);
        _gradientPlane = GradientPlane(_backwardRows);
        _scratch = checked(Math.Max(_inputs * _forwardPlane, (_inputs * _backwardPlane) + (_outputs * _gradientPlane)));
        _stagedOutput = OddVectors(checked(_forwardRows * _outputWidth));
        _stagedGradient = OddVectors(checked(StoredRows(_backwardRows) * _inputWidth));

        _weights = new WeightSource(network, weight, rounds ? Own(weight.Length) : null);
        _forwardWeights = Own((long)groups * Packed(_outputs) * _inputs * kernel * kernel);
        _biases = Own((long)groups * Packed(_outputs));
        _phaseWeights = [.. _gradientTaps.Phases.Select(phase => Own((long)groups * Packed(_inputs) * _outputs * phase.Taps.Length))];
    }

    public override bool HasWeights => true;

    public override bool IsLinear => true;

    public override bool StagesOutput => true;

    // A band of all outputs, or of the gradient of all inputs, is computed behind what it is computed from.
    public override int ScratchSize =>
        checked(_scratch + Staging(checked(Math.Max(_outputs * _stagedOutput, _inputs * _stagedGradient))));

    // An offset is as large as a float: two for a tap of the filter, and one for a tap of the gradient's.
    public override long OwnedFloats => base.OwnedFloats + (((2L * _inputs) + _outputs) * _kernel * _kernel);

    public override void Allocate()
    {
        base.Allocate();
        _forwardOffsets = Offsets(_forwardPlane);
        _backwardOffsets = Offsets(_backwardPlane);
        _phaseOffsets =
            [.. _gradientTaps.Phases.Select(phase =>
            Enumerable.Range(0, _outputs).SelectMany(o => phase.Offsets.Select(offset => (o * _gradientPlane) + offset)).ToArray())];
    }

    public override void Prepare()
    {
        _weights.Prepare();
        ReadOnlySpan<float> weights = _weights.Values;
        int area = _kernel * _kernel, taps = _inputs * area;
        for (int o = 0; o < _groups * _outputs; o++)
        {
            (int group, int output) = Math.DivRem(o, _outputs);
            Span<float> packed = GroupWeights(_forwardWeights, group, _outputs, taps);
            for (int t = 0; t < taps; t++) packed[ConvolutionKernels.PackedIndex(output, _outputs, t, taps)] = weights[(o * taps) + t];
            if (_bias is not null) _biases.Values[(group * Packed(_outputs)) + output] = _network.Values(_bias)[o];
        }

        if (!Inputs[0].NeedsGradient) return;
        for (int p = 0; p < _phaseWeights.Length; p++)
        {
            int[] phase = _gradientTaps.Phases[p].Taps;
            int phaseTaps = _outputs * phase.Length;
            for (int o = 0; o < _groups * _outputs; o++)
            {
                (int group, int output) = Math.DivRem(o, _outputs);
                Span<float> packed = GroupWeights(_phaseWeights[p], group, _inputs, phaseTaps);
                for (int c = 0; c < _inputs; c++)
                {
                    for (int t = 0; t < phase.Length; t++)
                        packed[ConvolutionKernels.PackedIndex(c, _inputs, (output * phase.Length) + t, phaseTaps)] =
                            weights[(o * taps) + (c * area) + phase[t]];
                }
            }
        }
    }

    public override void Forward(in Tile tile)
    {
        int lanes = Simd.Lanes, taps = _forwardOffsets.Length;
        for (int group = 0; group < _groups; group++)
        {
            for (int row = 0; row < _outputHeight; row += _forwardRows)
            {
                int rows = Math.Min(_forwardRows, _outputHeight - row), pixels = PixelsOf(row);
                ReadSource(tile, group, row, rows, pixels, _forwardPlane);
                FetchNext(tile, group, row, _forwardRows, backward: false);
                ReadOnlySpan<float> weights = GroupWeights(_forwardWeights, group, _outputs, taps);
                ReadOnlySpan<float> bias = _bias is null ? default : _biases.Values.AsSpan(group * Packed(_outputs), Packed(_outputs));
                Span<float> target = Output.Target(tile.Slot, group * _outputs, row * _outputWidth, tile.Scratch[_scratch..]);
                int plane = Output.TargetStride(_stagedOutput);
                var shape =
                    new FilterShape(rows, pixels, _stride * _sourceWidth * lanes, _stride * lanes, plane, _outputWidth * lanes, lanes,
                    Accumulates: false);
                ConvolutionKernels.Apply(tile.Scratch, _forwardOffsets, weights, bias, target, _outputs, shape, tile.Ahead);
                for (int o = 0; o < _outputs; o++)
                    Output.Stored(tile.Slot, (group * _outputs) + o, row * _outputWidth, rows * pixels, target[(o * plane)..]);
            }
        }
    }

    public override void Backward(in Tile tile)
    {
        Span<float> source = tile.Scratch[..(_inputs * _backwardPlane)];
        Span<float> gradient = tile.Scratch.Slice(source.Length, _outputs * _gradientPlane);
        int lanes = Simd.Lanes, taps = _backwardOffsets.Length, pitch = _gradientTaps.Width * lanes;
        for (int group = 0; group < _groups; group++)
        {
            for (int row = 0; row < _outputHeight; row += _backwardRows)
            {
                int rows = Math.Min(_backwardRows, _outputHeight - row), pixels = PixelsOf(row);
                if (tile.WantsWeights) ReadSource(tile, group, row, rows, pixels, _backwardPlane);
                FetchNext(tile, group, row, _backwardRows, backward: true);
                var shape = new CorrelationShape(rows, pixels, _gradientPlane, pitch, _stride * _sourceWidth * lanes, _stride * lanes);
                if (_fewInputs && !Inputs[0].NeedsGradient)
                {
                    AddWeightGradientByOutput(tile, group, row, source, gradient[.._gradientPlane], shape);
                    continue;
                }

                (int firstRow, int gradientRows) = GradientRows(row, rows);
                ReadOutputGradient(tile, group, firstRow, gradientRows, pixels, gradient);
                if (tile.WantsWeights)
                {
                    ReadOnlySpan<float> inside = gradient[(((row - firstRow) * pitch) + (_gradientTaps.Left * lanes))..];
                    Span<float> dW = tile.WeightGradient.Slice(_weight.Offset + (group * _outputs * taps), _outputs * taps);
                    ConvolutionKernels.WeightGradient(inside, source, _backwardOffsets, tile.LaneMask, dW, _outputs, shape, tile.Ahead);
                    for (int o = 0; _bias is not null && o < _outputs; o++)
                        AddBiasGradient(tile, (group * _outputs) + o, inside[(o * _gradientPlane)..], shape);
                }

                if (Inputs[0].NeedsGradient) StoreInputGradient(tile, group, row, rows, pixels, gradient, firstRow);
            }
        }
    }

    // One output at a time: its gradient stays in the first-level cache, and the sums of all taps of an input in registers.
    private void AddWeightGradientByOutput(in Tile tile, int group, int row, ReadOnlySpan<float> source, Span<float> gradient,
        in CorrelationShape shape)
    {
        int taps = _backwardOffsets.Length;
        for (int o = group * _outputs; tile.WantsWeights && o < (group + 1) * _outputs; o++)
        {
            Output.ReadGradientPadded(tile.Slot, o, row, shape.Rows, _gradientTaps.Left, _gradientTaps.Width, gradient);
            ReadOnlySpan<float> inside = gradient[(_gradientTaps.Left * Simd.Lanes)..];
            DepthwiseKernels.WeightGradient(inside, source, _backwardOffsets, tile.LaneMask,
                tile.WeightGradient.Slice(_weight.Offset + (o * taps), taps), shape, tile.Ahead);
            if (_bias is not null) AddBiasGradient(tile, o, inside, shape);
        }
    }

    private void AddBiasGradient(in Tile tile, int output, ReadOnlySpan<float> gradient, in CorrelationShape shape)
    {
        ref float dB = ref tile.WeightGradient[_bias!.Offset + output];
        for (int i = 0; i < shape.Rows; i++)
            dB += PixelKernels.MaskedSum(gradient.Slice(i * shape.GradientRow, shape.Pixels * Simd.Lanes), tile.LaneMask);
    }

    private void StoreInputGradient(in Tile tile, int group, int row, int rows, int pixels, ReadOnlySpan<float> gradient, int firstRow)
    {
        InputEdge input = Inputs[0];
        (int begin, int end) = InputRows(row, rows);
        if (begin >= end) return;
        int lanes = Simd.Lanes, pitch = _gradientTaps.Width * lanes, plane = Input.GradientTargetStride(_stagedGradient);
        Span<float> target = Input.GradientTarget(tile.Slot, group * _inputs, begin * _inputWidth, tile.Scratch[_scratch..]);
        for (int i = begin; i < Math.Min(begin + _stride, end); i++)
        {
            // The input rows i, i + stride, ... are of one phase.
            (int outputRow, int phaseRow) = Math.DivRem(i + _padding, _stride);
            int start = (outputRow - _gradientTaps.Reach - firstRow) * pitch, inputRows = ((end - 1 - i) / _stride) + 1;
            for (int p = phaseRow * _stride; p < (phaseRow + 1) * _stride; p++)
            {
                InputGradientTaps.Phase phase = _gradientTaps.Phases[p];
                if (phase.Pixels == 0) continue;
                int[] offsets = _phaseOffsets[p];
                var shape =
                    new FilterShape(inputRows, _runs ? pixels
                    : phase.Pixels, pitch, lanes, plane, _stride * _inputWidth * lanes, _stride * lanes, input.Accumulates);
                ConvolutionKernels.Apply(gradient[(start + phase.Start)..], offsets,
                    GroupWeights(_phaseWeights[p], group, _inputs, offsets.Length), default,
                    target[((((i - begin) * _inputWidth) + phase.First) * lanes)..], _inputs, shape, tile.Ahead);
            }
        }

        for (int c = 0; c < _inputs; c++)
            input.GradientStored(tile.Slot, (group * _inputs) + c, begin * _inputWidth, _runs ? pixels : (end - begin) * _inputWidth,
                target[(c * plane)..]);
    }

    private void ReadSource(in Tile tile, int group, int row, int rows, int pixels, int plane)
    {
        for (int c = 0; c < _inputs; c++)
        {
            Span<float> target = tile.Scratch.Slice(c * plane, plane);
            if (_runs) Input.Read(tile.Slot, (group * _inputs) + c, row * _inputWidth, pixels, target);
            else Input.ReadPadded(tile.Slot, (group * _inputs) + c, (row * _stride) - _padding, ((rows - 1) * _stride)
                + _kernel, _padding, _sourceWidth, target);
        }
    }

    private void ReadOutputGradient(in Tile tile, int group, int row, int rows, int pixels, Span<float> gradient)
    {
        for (int o = 0; o < _outputs; o++)
        {
            Span<float> target = gradient.Slice(o * _gradientPlane, _gradientPlane);
            if (_runs) Output.ReadGradient(tile.Slot, (group * _outputs) + o, row * _outputWidth, pixels, target);
            else Output.ReadGradientPadded(tile.Slot, (group * _outputs) + o, row, rows, _gradientTaps.Left, _gradientTaps.Width, target);
        }
    }

    // The band that this thread computes after this one: the next of this group and tile, or the first of the next tile.
    private void FetchNext(in Tile tile, int group, int row, int bandRows, bool backward)
    {
        tile.Ahead.Clear();
        (int slot, int next) = row + bandRows < _outputHeight ? (tile.Slot, row + bandRows) : (_groups == 1 ? tile.NextSlot : -1, 0);
        if (slot < 0) return;
        int begin = next * _stride * _inputWidth, end = Math.Min(Input.Shape.Pixels, (next + bandRows) * _stride * _inputWidth);
        if (!backward || tile.WantsWeights) Input.Fetch(tile.Ahead, slot, group * _inputs, _inputs, begin, end - begin);
        if (backward && Inputs[0].NeedsGradient) Input.FetchGradientTarget(tile.Ahead, slot, group * _inputs, _inputs, begin, end - begin);
        begin = next * _outputWidth;
        end = Math.Min(Output.Shape.Pixels, (next + bandRows) * _outputWidth);
        if (backward) Output.FetchGradient(tile.Ahead, slot, group * _outputs, _outputs, begin, end - begin);
        else Output.Fetch(tile.Ahead, slot, group * _outputs, _outputs, begin, end - begin);

        // A register tile of 8 by 3 asks once for every 24 multiply-adds.
        long times = (long)(end - begin) * _inputs * _kernel * _kernel * ((_outputs + 7) / 8) / 3;
        tile.Ahead.SpreadOver(backward && Inputs[0].NeedsGradient ? 2 * times : times);
    }

    // The last run of pixels may be shorter than the others.
    private int PixelsOf(int row) => _runs ? Math.Min(_outputWidth, Output.Shape.Pixels - (row * _outputWidth)) : _outputWidth;

    // Input rows whose gradient a band of output rows stores; together the bands store each once.
    private (int Begin, int End) InputRows(int row, int rows) =>
        (Math.Min(row * _stride, _inputHeight), row + rows == _outputHeight ? _inputHeight
            : Math.Min((row + rows) * _stride, _inputHeight));

    // Rows of the output gradient that a band needs, for its own weight gradient and for its input rows.
    private (int First, int Count) GradientRows(int row, int rows)
    {
        (int begin, int end) = InputRows(row, rows);
        if (begin >= end) return (row, rows);
        int first = Math.Min(row, ((begin + _padding) / _stride) - _gradientTaps.Reach);
        int last = Math.Max(row + rows - 1, (end - 1 + _padding) / _stride);
        return (first, last - first + 1);
    }

    private int RowsWithin(Func<int, int> floats)
    {
        if (_runs) return 1;
        int rows = _outputHeight;
        while (rows > 1 && floats(rows) > BandFloats) rows--;
        return rows;
    }

    // The most input rows whose gradient a band stores.
    private int StoredRows(int rows)
    {
        int most = 0;
        for (int row = 0; row < _outputHeight; row += rows)
        {
            (int begin, int end) = InputRows(row, Math.Min(rows, _outputHeight - row));
            most = Math.Max(most, end - begin);
        }

        return most;
    }

    private int SourcePlane(int rows) => OddVectors(checked((((rows - 1) * _stride) + _kernel) * _sourceWidth));

    private int GradientPlane(int rows)
    {
        int most = 0;
        for (int row = 0; row < _outputHeight; row += rows)
            most = Math.Max(most, GradientRows(row, Math.Min(rows, _outputHeight - row)).Count);
        return OddVectors(checked(most * _gradientTaps.Width));
    }

    private static int Packed(int channels) => ConvolutionKernels.PackedOutputs(channels);

    private static Span<float> GroupWeights(OwnedFloats weights, int group, int outputs, int taps) =>
        weights.Values.AsSpan(group * Packed(outputs) * taps, Packed(outputs) * taps);

    private int[] Offsets(int plane)
    {
        var offsets = new int[_inputs * _kernel * _kernel];
        for (int t = 0; t < offsets.Length; t++)
        {
            (int c, int place) = Math.DivRem(t, _kernel * _kernel);
            (int u, int v) = Math.DivRem(place, _kernel);
            offsets[t] = (c * plane) + (((u * _sourceWidth) + v) * Simd.Lanes);
        }

        return offsets;
    }
}
