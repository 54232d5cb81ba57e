using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Execution.Lowered;

/// <summary>
/// Where a map lies in the arena: <c>[row][column][channel]</c>, with the borders that the convolutions which read it need.
/// </summary>
/// <param name="shape">The map without borders.</param>
/// <param name="borders">Zeros around it.</param>
internal sealed class PixelMap(Shape shape, Borders borders)
{
    public Shape Shape { get; } = shape;

    public Borders Borders { get; } = borders;

    /// <summary>Floats between rows.</summary>
    public int Pitch { get; } = checked((shape.Width + borders.Left + borders.Right) * shape.Channels);

    /// <summary>Floats that it takes.</summary>
    public int Size => checked(Pitch * (Shape.Height + Borders.Top + Borders.Bottom));

    /// <summary>Floats of a row without borders.</summary>
    public int RowLength => Shape.Width * Shape.Channels;

    /// <summary>Its first float in the arena, the border's.</summary>
    public int Offset { get; set; }

    /// <summary>The place of a pixel's first channel; row and column may lie in the border.</summary>
    public int At(int row, int column) => Offset + ((row + Borders.Top) * Pitch) + ((column + Borders.Left) * Shape.Channels);

    /// <summary>A row without borders.</summary>
    public Span<float> Row(Span<float> arena, int row) => arena.Slice(At(row, 0), RowLength);

    /// <summary>The places of all pixels, row by row.</summary>
    public int[] Places() => [.. Enumerable.Range(0, Shape.Pixels).Select(pixel => At(pixel / Shape.Width, pixel % Shape.Width))];

    /// <summary>Writes zeros into the borders; other maps use the memory, too.</summary>
    public void ClearBorders(Span<float> arena)
    {
        if (Borders.AreEmpty) return;
        int gap = Pitch - RowLength, first = At(0, 0);
        arena[Offset..first].Clear();
        for (int row = 0; row < Shape.Height - 1; row++) arena.Slice(first + (row * Pitch) + RowLength, gap).Clear();
        arena[(first + ((Shape.Height - 1) * Pitch) + RowLength)..(Offset + Size)].Clear();
    }
}
