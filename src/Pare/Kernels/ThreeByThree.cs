using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>
/// Eight neighbouring outputs of a filter of three rows by three columns. Of what a row of taps reads, each output but the first and the
/// last two takes what its neighbours take, too: a loaded pixel serves three multiply-adds.
/// </summary>
internal static class ThreeByThree
{
    /// <summary>
    /// Floats from tap to tap of a row where the taps are three rows of three pixels and the next output reads one of these on: positive,
    /// or negative where they go from right to left. 0 for all others.
    /// </summary>
    /// <param name="offsets">In floats, one a tap.</param>
    /// <param name="sourceStep">Floats between the source pixels of neighbouring outputs.</param>
    public static int Direction(ReadOnlySpan<int> offsets, int sourceStep)
    {
        if (offsets.Length != 9) return 0;
        int direction = offsets[1] - offsets[0];
        if (Math.Abs(direction) != sourceStep) return 0;
        for (int t = 0; t < 9; t += 3)
        {
            if (offsets[t + 1] - offsets[t] != direction || offsets[t + 2] - offsets[t + 1] != direction) return 0;
        }

        return direction;
    }

    /// <summary>
    /// Adds a row of three taps of the weights w0 to w2 to the outputs a0 to a7: output i reads the pixels i to i + 2, which lie so many
    /// floats from each other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRow<TLanes, TVector>(ref float pixel, nint step, TVector w0, TVector w1, TVector w2, ref TVector a0,
        ref TVector a1, ref TVector a2, ref TVector a3, ref TVector a4, ref TVector a5, ref TVector a6, ref TVector a7)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector v = TLanes.Load(ref pixel, 0);
        a0 = TLanes.MultiplyAdd(w0, v, a0);
        v = TLanes.Load(ref pixel, step);
        a1 = TLanes.MultiplyAdd(w0, v, a1);
        a0 = TLanes.MultiplyAdd(w1, v, a0);
        v = TLanes.Load(ref pixel, 2 * step);
        a2 = TLanes.MultiplyAdd(w0, v, a2);
        a1 = TLanes.MultiplyAdd(w1, v, a1);
        a0 = TLanes.MultiplyAdd(w2, v, a0);
        v = TLanes.Load(ref pixel, 3 * step);
        a3 = TLanes.MultiplyAdd(w0, v, a3);
        a2 = TLanes.MultiplyAdd(w1, v, a2);
        a1 = TLanes.MultiplyAdd(w2, v, a1);
        v = TLanes.Load(ref pixel, 4 * step);
        a4 = TLanes.MultiplyAdd(w0, v, a4);
        a3 = TLanes.MultiplyAdd(w1, v, a3);
        a2 = TLanes.MultiplyAdd(w2, v, a2);
        v = TLanes.Load(ref pixel, 5 * step);
        a5 = TLanes.MultiplyAdd(w0, v, a5);
        a4 = TLanes.MultiplyAdd(w1, v, a4);
        a3 = TLanes.MultiplyAdd(w2, v, a3);
        v = TLanes.Load(ref pixel, 6 * step);
        a6 = TLanes.MultiplyAdd(w0, v, a6);
        a5 = TLanes.MultiplyAdd(w1, v, a5);
        a4 = TLanes.MultiplyAdd(w2, v, a4);
        v = TLanes.Load(ref pixel, 7 * step);
        a7 = TLanes.MultiplyAdd(w0, v, a7);
        a6 = TLanes.MultiplyAdd(w1, v, a6);
        a5 = TLanes.MultiplyAdd(w2, v, a5);
        v = TLanes.Load(ref pixel, 8 * step);
        a7 = TLanes.MultiplyAdd(w1, v, a7);
        a6 = TLanes.MultiplyAdd(w2, v, a6);
        a7 = TLanes.MultiplyAdd(w2, TLanes.Load(ref pixel, 9 * step), a7);
    }
}
