using Pare.Kernels;

namespace Pare.Execution;

/// <summary>What an operation may touch while it computes one tile of images.</summary>
internal readonly ref struct Tile
{
    /// <summary>Which part of every buffer belongs to the tile.</summary>
    public required int Slot { get; init; }

    /// <summary>Number of the tile in its batch.</summary>
    public required int Index { get; init; }

    /// <summary>All bits set in the lanes that hold an image.</summary>
    public required ReadOnlySpan<float> LaneMask { get; init; }

    /// <summary>Memory of the thread, at least as much as the operation asked for.</summary>
    public required Span<float> Scratch { get; init; }

    /// <summary>Slot of the tile that the same thread takes through the same operation next, or -1.</summary>
    public required int NextSlot { get; init; }

    /// <summary>What kernels fetch while they compute.</summary>
    public required Prefetcher Ahead { get; init; }

    /// <summary>
    /// The tile's share of the gradient of all weights, laid out like <see cref="Graphs.Network.Weights"/>; empty where nobody wants it.
    /// </summary>
    public Span<float> WeightGradient { get; init; }

    /// <summary>Whether the gradient of the weights is wanted.</summary>
    public bool WantsWeights => !WeightGradient.IsEmpty;

    /// <summary>The channel that the same thread takes through the same operation next, and its slot; null behind the last.</summary>
    public (int Slot, int Channel)? Next(int channel, int channels)
    {
        if (channel + 1 < channels) return (Slot, channel + 1);
        return NextSlot < 0 ? null : (NextSlot, 0);
    }
}
