using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>Weights of a block of a convolution's channels in the order in which they are read.</summary>
/// <param name="Block">The channels, counted from their group's first.</param>
/// <param name="Weights"><c>[tap][weight of the block]</c>.</param>
/// <param name="Bias"><c>[weight of the block]</c>.</param>
/// <param name="Source">The group's first input channel.</param>
/// <param name="Target">The group's first output channel.</param>
internal sealed record PackedBlock(ChannelBlock Block, float[] Weights, float[] Bias, int Source, int Target)
{
    /// <summary>Packs a convolution.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="order">For each tap in the order in which it is read, the index of its weight among those of an output channel.</param>
    public static PackedBlock[] Of(LoweredOutputs convolution, int[] order)
    {
        var packed = new List<PackedBlock>();
        ChannelBlock[] blocks = ChannelBlock.Cover(convolution.OutputsOfGroup, ChannelConvolution.MostVectors);
        for (int group = 0; group < convolution.Groups; group++)
        {
            int first = group * convolution.OutputsOfGroup;
            foreach (ChannelBlock block in blocks)
            {
                var weights = new float[order.Length * block.Width];
                for (int at = 0; at < weights.Length; at++)
                    weights[at] = convolution.Weight(first + block.Channel(at % block.Width), order[at / block.Width]);
                float[] bias = [.. Enumerable.Range(0, block.Width).Select(weight => convolution.Shift(first + block.Channel(weight)))];
                packed.Add(new PackedBlock(block, weights, bias, group * convolution.InputsOfGroup, first));
            }
        }

        return [.. packed];
    }
}
