namespace Pare.Export.Onnx;

/// <summary>Sides and axes that a node's settings ask for, counted from the front.</summary>
internal static class OnnxAxes
{
    /// <summary>The most sides of a constant or a map, and the most axes that a node names.</summary>
    public const int MostSides = 64;

    /// <summary>The sides that a Shape tells of: all, or those from its start to its end.</summary>
    public static int[] ShapeOf(OnnxNode node, int[] sides)
    {
        int Clamped(long at) => (int)Math.Clamp(at < 0 ? at + sides.Length : at, 0, sides.Length);
        int start = Clamped(node.Int("start", 0)), end = Math.Max(start, Clamped(node.Int("end", sides.Length)));
        return sides[start..end];
    }

    /// <summary>The sides that a Reshape asks for, with 0 (as before) and -1 (whatever is left) worked out.</summary>
    public static long[] Sides(OnnxNode node, IReadOnlyList<int> before, long[] asked, bool zeroIsZero)
    {
        long count = before.Aggregate(1L, static (product, side) => product * side);
        long[] sides = [.. asked.Select((side, i) => side == 0 && !zeroIsZero ? i < before.Count ? before[i] : throw Unfit() : side)];
        long known = 1;
        foreach (long side in sides)
        {
            if (side is < -1 or > int.MaxValue || (side >= 0 && (known *= side) > int.MaxValue)) throw Unfit();
        }

        int open = Array.IndexOf(sides, -1);
        if (open >= 0 && (Array.LastIndexOf(sides, -1) != open || known == 0 || count % known != 0)) throw Unfit();
        if (open >= 0) sides[open] = count / known;
        return sides.Aggregate(1L, static (product, side) => product * side) == count ? sides : throw Unfit();

        DataException Unfit() =>
            node.Refused(
                $"reshapes [{string.Join(", ", before)}] to [{string.Join(", ", asked)}], which is not the same number of values for " +
                $"one image");
    }

    /// <summary>The order of sides that a Transpose asks for.</summary>
    public static int[] Order(OnnxNode node, int rank)
    {
        long[] order = node.Ints("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(static side => (long)side)];
        return order.Length == rank && order.Order().SequenceEqual(Enumerable.Range(0, rank).Select(static side => (long)side))
            ? [.. order.Select(static side => (int)side)]
            : throw node.Refused($"turns {rank} sides by [{string.Join(", ", order)}]");
    }

    /// <summary>
    /// The axes of Squeeze, Unsqueeze and reductions: an attribute at first, an input in later opsets; null when none are named.
    /// </summary>
    public static long[]? Axes(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs)
    {
        long[]? axes =
            node.Ints("axes") ?? (inputs.Count > 1 && inputs[1] is { } named ? [.. named.Values.Select(static axis => (long)axis)] : null);
        return axes?.Length > MostSides ? throw node.Refused($"names {axes.Length} axes") : axes;
    }

    /// <summary>An axis counted from the front.</summary>
    public static int Place(OnnxNode node, long axis, int rank) =>
        axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw node.Refused($"names axis {axis} of {rank}");
}
