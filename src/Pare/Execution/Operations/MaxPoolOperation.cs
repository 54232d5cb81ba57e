using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>Max pooling, forward beside backward. The winner is found again in the backward pass instead of being stored.</summary>
internal sealed class MaxPoolOperation : Operation
{
    // Half of a first-level cache of 32 KB.
    private const int ForwardFloats = 4096;

    private readonly int _stride, _padding, _sourceWidth, _sourceRows;
    private readonly bool _pairs;
    private readonly int[] _offsets;

    public MaxPoolOperation(string name, MaxPool layer, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        (int kernel, _stride) = layer.Window;
        _padding = layer.Padding;
        _pairs = PairPoolingKernels.Serve(kernel, _stride, _padding);
        _sourceWidth = checked(Math.Max(((output.Shape.Width - 1) * _stride) + kernel, input.Map.Shape.Width + _padding));
        _sourceRows = checked(Math.Max(((output.Shape.Height - 1) * _stride) + kernel, input.Map.Shape.Height + _padding));
        _offsets = [.. Enumerable.Range(0, kernel * kernel).Select(t => (((t / kernel) * _sourceWidth) + (t % kernel)) * Simd.Lanes)];
    }

    public override bool StagesOutput => true;

    // The padded input, the padded input gradient, the output or its gradient, the input gradient.
    public override int ScratchSize => checked((2 * SourceSize) + Output.PlaneStride + Input.PlaneStride);

    private int SourceSize => checked(_sourceRows * _sourceWidth * Simd.Lanes);

    public override void Forward(in Tile tile)
    {
        int lanes = Simd.Lanes, width = Output.Shape.Width;
        Span<float> source = tile.Scratch[..SourceSize];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            Span<float> target = Output.Target(tile.Slot, c, 0, tile.Scratch.Slice(2 * SourceSize, Output.PlaneStride));
            if (_pairs)
            {
                PairsForward(tile.Slot, c, source, target);
                Output.Stored(tile.Slot, c, 0, Output.Shape.Pixels, target);
                continue;
            }

            ReadSource(tile.Slot, c, source);
            for (int row = 0; row < Output.Shape.Height; row++)
                PoolingKernels.MaxRow(source[(row * _stride * _sourceWidth * lanes)..], _offsets,
                    target.Slice(row * width * lanes, width * lanes), width, _stride * lanes);
            Output.Stored(tile.Slot, c, 0, Output.Shape.Pixels, target);
        }
    }

    public override void Backward(in Tile tile)
    {
        if (!Inputs[0].NeedsGradient) return;
        if (_pairs) PairsBackward(tile);
        else WindowsBackward(tile);
    }

    // What norm and activation make of a few rows stays in the first-level cache until their windows are done.
    private void PairsForward(int slot, int channel, Span<float> scratch, Span<float> target)
    {
        int width = Input.Shape.Width, line = width * Simd.Lanes, windows = Output.Shape.Width * Simd.Lanes, height = Output.Shape.Height;
        if (!Input.HasTransform)
        {
            PairPoolingKernels.Forward(Input.Seen(slot, channel, scratch), target, Input.Shape.Height, width, _stride);
            return;
        }

        int most = Math.Max(1, ForwardFloats / (line * _stride));
        for (int row = 0, held = 0, rows; row < height; row += rows)
        {
            rows = Math.Min(most, height - row);
            int needed = ((rows - 1) * _stride) + 2;
            Input.Read(slot, channel, ((row * _stride) + held) * width, (needed - held) * width, scratch[(held * line)..]);
            PairPoolingKernels.Forward(scratch, target[(row * windows)..], needed, width, _stride);

            // Windows that overlap read the last row once more.
            held = 2 - _stride;
            if (held > 0) scratch.Slice((needed - 1) * line, line).CopyTo(scratch);
        }
    }

    private void PairsBackward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        Span<float> row = tile.Scratch[..(_sourceWidth * Simd.Lanes)];
        Span<float> source = tile.Scratch.Slice(row.Length, Input.PlaneStride),
            gradient = tile.Scratch.Slice(row.Length + source.Length, Output.PlaneStride),
            staging = tile.Scratch[(row.Length + source.Length + gradient.Length)..];
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            ReadOnlySpan<float> x = Input.Seen(tile.Slot, c, source), dY = Output.SeenGradient(tile.Slot, c, gradient);
            tile.Ahead.Clear();
            if (tile.Next(c, Input.Shape.Channels) is (int slot, int channel))
            {
                Input.Fetch(tile.Ahead, slot, channel, 1, 0, Input.Shape.Pixels);
                Output.FetchGradient(tile.Ahead, slot, channel, 1, 0, Output.Shape.Pixels);
                Input.FetchGradientTarget(tile.Ahead, slot, channel, 1, 0, Input.Shape.Pixels);
            }

            Span<float> target = Input.GradientTarget(tile.Slot, c, 0, staging);
            PairPoolingKernels.Backward(x, dY, target, row, Input.Shape.Height, Input.Shape.Width, _stride, input.Accumulates, tile.Ahead);
            input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels, target);
        }
    }

    private void WindowsBackward(in Tile tile)
    {
        int lanes = Simd.Lanes, width = Output.Shape.Width, inputWidth = Input.Shape.Width;
        Span<float> source = tile.Scratch[..SourceSize], padded = tile.Scratch.Slice(SourceSize, SourceSize);
        Span<float> gradient = tile.Scratch.Slice(2 * SourceSize, Output.PlaneStride),
            dX = tile.Scratch.Slice((2 * SourceSize) + Output.PlaneStride, Input.PlaneStride);
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            ReadSource(tile.Slot, c, source);
            ReadOnlySpan<float> dY = Output.SeenGradient(tile.Slot, c, gradient);
            padded.Clear();
            for (int row = 0; row < Output.Shape.Height; row++)
            {
                int start = row * _stride * _sourceWidth * lanes;
                PoolingKernels.MaxRowBackward(source[start..], _offsets, dY.Slice(row * width * lanes, width * lanes), padded[start..],
                    width, _stride * lanes);
            }

            for (int row = 0; row < Input.Shape.Height; row++)
                padded.Slice((((row + _padding) * _sourceWidth) + _padding) * lanes, inputWidth * lanes)
                    .CopyTo(dX[(row * inputWidth * lanes)..]);
            Inputs[0].StoreGradient(tile.Slot, c, dX);
        }
    }

    private void ReadSource(int slot, int channel, Span<float> source) =>
        Input.ReadPadded(slot, channel, -_padding, _sourceRows, _padding, _sourceWidth, source, float.NegativeInfinity);
}
