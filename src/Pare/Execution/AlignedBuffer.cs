using System.Runtime.InteropServices;

namespace Pare.Execution;

/// <summary>Floats that start on a cache line and never move, so that a vector load touches one line.</summary>
internal sealed class AlignedBuffer
{
    /// <summary>Floats of a cache line.</summary>
    public const int Line = 16;

    private readonly float[] _values;
    private readonly int _start;

    /// <exception cref="RecipeException">No array is so long.</exception>
    public AlignedBuffer(long length)
    {
        long most = Array.MaxLength - Line;
        if (length > most)
        {
            (string needed, string held) = Rounding.Apart(length * sizeof(float), most * sizeof(float), AvailableMemory.Text);
            throw new RecipeException($"The network needs {needed} in one piece, and an array holds {held}.", "training.batch_size",
                "Make the batch or the network smaller.");
        }

        AvailableMemory.Require(length * sizeof(float), "The feature maps and gradients of a batch", static () =>
            "training.batch_size", "Make the batch or the network smaller.");
        _values = GC.AllocateArray<float>((int)length + Line, pinned: true);
        _start = StartOf(_values);
        Length = (int)length;
        HugePages.Ask(Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0), length * sizeof(float));
    }

    public int Length { get; }

    /// <summary>Where the values lie; they never move.</summary>
    public nint AddressOf(int offset) => Marshal.UnsafeAddrOfPinnedArrayElement(_values, _start + offset);

    public Span<float> Span => new(_values, _start, Length);

    public Span<float> Slice(int offset, int length) => new(_values, _start + offset, length);

    /// <summary>Where the first cache line of a pinned array begins.</summary>
    public static int StartOf(float[] pinned) =>
        (int)((64 - (Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) & 63)) & 63) / sizeof(float);

    /// <summary>Rounds a number of floats up to whole cache lines.</summary>
    public static int RoundUp(int length) => checked(length + Line - 1) & ~(Line - 1);
}
