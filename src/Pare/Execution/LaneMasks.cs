using Pare.Kernels;

namespace Pare.Execution;

/// <summary>For each number of images, a vector with all bits set in that many lanes.</summary>
internal static class LaneMasks
{
    private static readonly float[] Values = Make();

    public static ReadOnlySpan<float> Of(int images) => Values.AsSpan(images * Simd.Lanes, Simd.Lanes);

    private static float[] Make()
    {
        int lanes = Simd.Lanes;
        var masks = new float[(lanes + 1) * lanes];
        for (int images = 0; images <= lanes; images++)
            masks.AsSpan(images * lanes, images).Fill(BitConverter.UInt32BitsToSingle(uint.MaxValue));
        return masks;
    }
}
