using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>A node as the plan of memory sees it.</summary>
/// <param name="Node">The node.</param>
/// <param name="ValueBytes">Bytes of a value of its map.</param>
/// <param name="Overlays">The inputs in whose place it may be computed, by their numbers.</param>
internal sealed record ArenaNode(InferenceNode Node, int ValueBytes, IReadOnlyList<(int Input, Overlay Overlay)> Overlays)
{
    /// <summary>The nodes whose maps, side by side, are this one's; none where it is made itself.</summary>
    public IReadOnlyList<InferenceNode> Parts { get; init; } = [];

    /// <summary>Whether its map is part of another's.</summary>
    public bool IsPart { get; init; }
}
