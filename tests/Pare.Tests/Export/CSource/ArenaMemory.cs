using Pare.Export.CSource;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Export.CSource;

/// <summary>
/// The memory of a program that is run without computing anything: of each value only whose it is. Rows are made as a program makes them,
/// pixels from left to right.
/// </summary>
internal sealed class ArenaMemory(InferenceGraph graph, ArenaPlan plan, MapBuffer? shorter = null)
{
    private readonly (int Node, int Row, int Value)[] _owners = new (int, int, int)[plan.Length / sizeof(float)];
    private readonly int[] _made = new int[graph.Nodes.Count];
    private string? _fault;

    /// <summary>Goes through a picture; null if every value is there when it is read.</summary>
    public string? Run()
    {
        Array.Fill(_owners, (-1, 0, 0));
        foreach (InferenceNode node in plan.Whole) MakeUntil(node, plan.Rows[node.Index]);
        MakeUntil(graph.Output, 1);
        Read(graph.Output, graph.Output, 0, 0, graph.Output.Shape.Channels);
        return _fault;
    }

    private void MakeUntil(InferenceNode node, int rows)
    {
        for (; _made[node.Index] < rows; _made[node.Index]++)
        {
            int row = _made[node.Index], length = node.Shape.Width * node.Shape.Channels;
            if (RowUse.Gathers(node))
            {
                for (int i = 0; i < node.Inputs[0].Shape.Height; i++)
                {
                    MakeUntil(node.Inputs[0], i + 1);
                    if (i > 0) Read(node, node, 0, 0, length);
                    ReadRow(node, 0, i);
                    Write(node, 0, 0, length);
                    ReadRow(node, 0, i);
                }

                continue;
            }

            for (int k = 0; k < node.Inputs.Count; k++)
            {
                (int first, int last) = RowUse.Reads(node, k, row);
                if (first <= last) MakeUntil(node.Inputs[k], last + 1);
            }

            if (!plan.Places[node.Index].InPlace)
            {
                ReadAll(node, row);
                Write(node, row, 0, length);
                ReadAll(node, row);
                continue;
            }

            for (int column = 0; column < node.Shape.Width; column++)
            {
                for (int k = 0; k < node.Inputs.Count; k++) ReadFor(node, k, row, column);
                Write(node, row, column * node.Shape.Channels, node.Shape.Channels);
            }
        }
    }

    private void ReadAll(InferenceNode node, int row)
    {
        for (int k = 0; k < node.Inputs.Count; k++)
        {
            (int first, int last) = RowUse.Reads(node, k, row);
            for (int i = first; i <= last; i++) ReadRow(node, k, i);
        }
    }

    private void ReadRow(InferenceNode node, int input, int row) =>
        Read(node, node.Inputs[input], row, 0, node.Inputs[input].Shape.Width * node.Inputs[input].Shape.Channels);

    // What a pixel is made from.
    private void ReadFor(InferenceNode node, int input, int row, int column)
    {
        InferenceNode from = node.Inputs[input];
        int width = from.Shape.Width, channels = from.Shape.Channels;
        (int top, int bottom) = RowUse.Reads(node, input, row);
        (int left, int right) = width == 1 && node.Shape.Width > 1 && node.Operation is LoweredMultiply ? (0, 0)
            : RowUse.Columns(node, column);
        int dilation = RowUse.WindowOf(node)?.DilationX ?? 1, rows = RowUse.WindowOf(node)?.DilationY ?? 1;
        for (int i = top; i <= bottom; i += rows)
        {
            for (int j = left; j <= right; j += dilation) Read(node, from, i, j * channels, channels);
        }
    }

    private void Read(InferenceNode reader, InferenceNode node, int row, int first, int count)
    {
        int at = At(node, row) + first;
        for (int value = first; value < first + count && _fault is null; value++, at++)
        {
            if (_owners[at] != (node.Index, row, value))
                _fault = $"{reader.Name} wants value {value} of row {row} of {node.Name} at {at} and finds {_owners[at]}";
        }
    }

    private void Write(InferenceNode node, int row, int first, int count)
    {
        int at = At(node, row) + first;
        for (int value = first; value < first + count; value++) _owners[at++] = (node.Index, row, value);
    }

    private int At(InferenceNode node, int row)
    {
        MapPlace place = plan.Places[node.Index];
        int rows = place.Buffer.Rows - (place.Buffer.Nodes == shorter?.Nodes ? 1 : 0);
        return (place.Buffer.Offset + place.Offset + (((row * place.Step) + place.Shift) % rows * place.Buffer.RowBytes)) / sizeof(float);
    }
}
