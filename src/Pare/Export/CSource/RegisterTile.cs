namespace Pare.Export.CSource;

/// <summary>
/// How many output channels and pixels an inner loop computes at once, so that what is loaded is used several times and all sums stay in
/// registers: four channels by up to six pixels in the 32 of a small floating-point unit, a vector by as many where there are vectors.
/// </summary>
internal static class RegisterTile
{
    /// <summary>Channels of the smallest block; what remains makes a block of one to three.</summary>
    public const int Quad = 4;

    private const int Registers = 30, MostPixels = 6, LongestBody = 72;

    /// <summary>
    /// Channels of a block, for so many in all: 16, 8 or 4, so that blocks are alike and what remains is less than four; 0 where there are
    /// less than four. A block of 16 is one vector, two or four, as the machine has them.
    /// </summary>
    public static int Block(int channels)
    {
        int whole = channels - (channels % Quad);
        return whole == 0 ? 0 : whole % 16 == 0 ? 16 : whole % 8 == 0 ? 8 : Quad;
    }

    /// <summary>Pixels of a tile, for so many in a row and so many sums a pixel.</summary>
    public static int Pixels(int pixels, int channels)
    {
        int best = 1;
        long least = long.MaxValue;
        for (int tile = 1; tile <= Math.Min(MostPixels, pixels); tile++)
        {
            if ((tile * channels) + channels + 1 > Registers) break;
            long cost = (pixels + tile - 1) / tile * (Loads(tile, channels) + 1);
            if (cost < least) (best, least) = (tile, cost);
        }

        return best;
    }

    /// <summary>How often a loop over so many steps is unrolled, a divisor of them.</summary>
    public static int Unroll(int steps, int pixels, int channels)
    {
        int body = (int)Loads(pixels, channels);
        if (steps * body <= LongestBody) return steps;
        int most = 1;
        for (int unroll = 2; unroll <= 8 && unroll * body <= LongestBody; unroll++)
        {
            if (steps % unroll == 0) most = unroll;
        }

        return most;
    }

    // Loads and multiplications of a step.
    private static long Loads(int pixels, int channels) => (pixels * channels) + pixels + channels;
}
