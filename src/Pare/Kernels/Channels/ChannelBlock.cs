namespace Pare.Kernels.Channels;

/// <summary>Channels that one pass of a kernel computes: one to four vectors of the same width.</summary>
/// <param name="Lanes">Channels of a vector: 16, 8, 4 or 1.</param>
/// <param name="Vectors">Vectors, 1 to 4.</param>
/// <param name="Start">The first channel.</param>
/// <param name="Last">
/// The first channel of the last vector, counted from <paramref name="Start"/>: it may overlap the one before it.
/// </param>
internal readonly record struct ChannelBlock(int Lanes, int Vectors, int Start, int Last)
{
    /// <summary>Weights that a tap has in this block, overlap counted twice.</summary>
    public int Width => Lanes * Vectors;

    /// <summary>The channel that a weight of a tap is for.</summary>
    public int Channel(int weight) => Start + (weight < Width - Lanes ? weight : Last + weight - (Width - Lanes));

    /// <summary>
    /// Blocks that cover so many channels exactly: what is stored after a pixel's last channel is the next pixel. A vector that would stand
    /// over is moved back, and computes some channels twice, or is of half the width.
    /// </summary>
    /// <param name="channels">Channels.</param>
    /// <param name="most">The most vectors of a block.</param>
    public static ChannelBlock[] Cover(int channels, int most)
    {
        var blocks = new List<ChannelBlock>();
        int start = 0;
        for (int lanes = Simd.Lanes; start < channels; lanes = lanes > 4 ? lanes / 2 : 1)
        {
            int left = channels - start, vectors = left / lanes, over = left % lanes;
            bool moves = over > 0 && channels >= lanes && (over > lanes / 2 || lanes == 4);
            if (moves) vectors++;
            for (int done = 0, groups = (vectors + most - 1) / most; done < groups; done++)
            {
                int first = done * vectors / groups, count = ((done + 1) * vectors / groups) - first;
                int last = moves && done == groups - 1 ? channels - lanes : start + ((first + count - 1) * lanes), begin = count == 1
                    ? last : start + (first * lanes);
                blocks.Add(new ChannelBlock(lanes, count, begin, last - begin));
            }

            start += moves ? left : vectors * lanes;
        }

        return [.. blocks];
    }
}
