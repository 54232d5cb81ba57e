using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// A vector of single-precision lanes, one image a lane. Kernels are written once over this interface; the JIT
/// makes a copy for each width, in which every call below is one instruction.
/// </summary>
/// <typeparam name="TVector">The hardware vector.</typeparam>
internal interface ILanes<TVector>
    where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Load(ref readonly float source, nint offset);

    static abstract void Store(TVector value, ref float target, nint offset);

    /// <summary>
    /// Stores past the caches, whose lines are then not read first. The target lies at a whole vector of memory that does not move.
    /// </summary>
    static abstract void StoreNonTemporal(TVector value, ref float target, nint offset);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a b + c, rounded once where the hardware can; in software that would cost a hundred times as much.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>
    /// The larger one in one instruction; b where b is NaN, and on some processors b, too, where a is: what may be NaN belongs on the
    /// right.
    /// </summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>The smaller one; of NaN as <see cref="Max"/>.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>The larger one; NaN where either is.</summary>
    static abstract TVector LargerOrNaN(TVector a, TVector b);

    static abstract TVector Exp(TVector a);

    /// <summary>0 in the lanes where a is at most b, <paramref name="value"/> in the others: also where a or b is NaN.</summary>
    static abstract TVector UnlessAtMost(TVector a, TVector b, TVector value);

    /// <summary><paramref name="yes"/> in the lanes where a is at most b, <paramref name="no"/> in the others.</summary>
    static abstract TVector IfAtMost(TVector a, TVector b, TVector yes, TVector no);

    /// <summary>All bits set in the lanes where a equals b, none in the others.</summary>
    static abstract TVector EqualMask(TVector a, TVector b);

    /// <summary><paramref name="value"/> in the lanes where a equals b, 0 in the others.</summary>
    static abstract TVector IfEqual(TVector a, TVector b, TVector value);

    /// <summary>All bits set in the lanes where a is NaN, none in the others.</summary>
    static abstract TVector NaNMask(TVector a);

    /// <summary>Whether any lane is NaN.</summary>
    static abstract bool HasNaN(TVector a);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector Xor(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector AndNot(TVector a, TVector notB);

    static abstract float Sum(TVector a);

    /// <summary>The sums of four vectors, in order; cheaper than one by one.</summary>
    static abstract Vector128<float> SumEach(TVector a, TVector b, TVector c, TVector d);

    /// <summary>The bfloat16 in the lower half of each lane.</summary>
    static abstract TVector WidenLower(TVector pair);

    /// <summary>The bfloat16 in the upper half of each lane.</summary>
    static abstract TVector WidenUpper(TVector pair);

    /// <summary>
    /// Both rounded to bfloat16, nearest and to even, in the halves of each lane. A NaN stays one, an infinity what it is, and what is too
    /// large becomes one.
    /// </summary>
    static abstract TVector Narrow(TVector lower, TVector upper);
}
