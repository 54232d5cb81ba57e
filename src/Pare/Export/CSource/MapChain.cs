using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>Maps that are computed in place, each in that of the one before: they share a ring of rows.</summary>
internal sealed class MapChain
{
    private readonly RowOrder _order;
    private readonly MapChain? _before;
    private readonly int _node, _step, _shift, _offset, _width;
    private readonly bool _inPlace;
    private readonly Dictionary<int, MapChain> _longer = [];

    private MapChain(RowOrder order, MapChain? before, int node, (int Step, int Shift, int Offset, int Width) place, bool inPlace = false)
    {
        (_order, _before, _node, _inPlace) = (order, before, node, inPlace);
        (_step, _shift, _offset, _width) = place;
        Buffer = Measure();
    }

    /// <summary>The memory that they share.</summary>
    public MapBuffer Buffer { get; }

    /// <summary>A map of its own.</summary>
    /// <param name="order">When rows are made and read.</param>
    /// <param name="node">The map's node.</param>
    /// <param name="valueBytes">Bytes of a value.</param>
    public static MapChain Of(RowOrder order, InferenceNode node, int valueBytes) =>
        new(order, null, node.Index, (1, 0, 0, RowBytes(node.Shape, valueBytes)));

    /// <summary>A map that others make up, side by side.</summary>
    public static MapChain Of(RowOrder order, InferenceNode node, int valueBytes, IReadOnlyList<InferenceNode> parts)
    {
        MapChain? chain = null;
        int offset = 0;
        foreach (InferenceNode part in parts)
        {
            int bytes = RowBytes(part.Shape, valueBytes);
            chain = new MapChain(order, chain, part.Index, (1, 0, offset, bytes));
            offset += bytes;
        }

        return new(order, chain, node.Index, (1, 0, 0, RowBytes(node.Shape, valueBytes)));
    }

    /// <summary>The chain with one map more; the same object each time.</summary>
    public MapChain With(InferenceNode node, Overlay overlay, int valueBytes)
    {
        if (_longer.TryGetValue(node.Index, out MapChain? longer)) return longer;
        (int, int, int, int) place = (checked(_step * overlay.Step), _shift - (_step * overlay.Above),
            _offset - checked(overlay.Before * valueBytes), RowBytes(node.Shape, valueBytes));
        return _longer[node.Index] = new MapChain(_order, this, node.Index, place, inPlace: true);
    }

    /// <summary>The places of its maps.</summary>
    /// <param name="buffer">The buffer with its place in the arena.</param>
    public IEnumerable<(int Node, MapPlace Place)> Places(MapBuffer buffer)
    {
        MapChain[] maps = [.. Maps()];
        int top = maps.Min(static map => map._shift), left = maps.Min(static map => map._offset);
        return maps.Select(map =>
            (map._node, new MapPlace(buffer, map._step, map._shift - top, map._offset - left, map._inPlace)));
    }

    private static int RowBytes(Shape shape, int valueBytes) => checked(shape.Width * shape.Channels * valueBytes);

    private IEnumerable<MapChain> Maps()
    {
        for (MapChain? map = this; map is not null; map = map._before) yield return map;
    }

    private MapBuffer Measure()
    {
        int top = int.MaxValue, bottom = int.MinValue, left = int.MaxValue, right = 0;
        foreach (MapChain map in Maps())
        {
            top = Math.Min(top, map._shift);
            bottom = Math.Max(bottom, map._shift + (map._step * Math.Max(0, _order.Rows[map._node] - 1)));
            left = Math.Min(left, map._offset);
            right = Math.Max(right, map._offset + map._width);
        }

        // Of each row of the chain, from when to when it is in use.
        int count = bottom - top + 1;
        int[] from = new int[count], until = new int[count];
        Array.Fill(from, int.MaxValue);
        foreach (MapChain map in Maps())
        {
            int[] made = _order.Made[map._node], read = _order.LastRead[map._node];
            for (int row = 0, at = map._shift - top; row < _order.Rows[map._node]; row++, at += map._step)
                (from[at], until[at]) = (Math.Min(from[at], made[row]), Math.Max(until[at], read[row]));
        }

        // From when a row or one below it is in use: until then all that lie a ring above it must be done with.
        int[] earliest = [.. from];
        for (int row = count - 2; row >= 0; row--) earliest[row] = Math.Min(earliest[row], earliest[row + 1]);
        int rows = 1, oldest = 0;
        for (int row = 0; row < count; row++)
        {
            while (oldest < row && until[oldest] < earliest[row]) oldest++;
            if (from[row] != int.MaxValue) rows = Math.Max(rows, row - oldest + 1);
        }

        int last = until.Max();
        return new MapBuffer([.. Maps().Select(static map => map._node).Reverse()], rows, right - left, Math.Min(earliest[0], last), last);
    }
}
