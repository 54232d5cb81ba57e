using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pare.Kernels;

/// <summary>
/// Memory that the next piece of work will read. The kernels ask for it line by line between their multiply-adds, so that it
/// travels to the second-level cache while they compute: activations of a whole batch do not stay in any cache. The addresses
/// must belong to memory that does not move. Nothing depends on it but speed.
/// </summary>
internal sealed class Prefetcher
{
    /// <summary>Bytes of a cache line.</summary>
    public const int LineBytes = 64;

    private const int MaxRegions = 5;

    private readonly Region[] _regions = new Region[MaxRegions];
    private int _count;
    private int _current;
    private int _plane;
    private int _line;
    private bool _twice;

    /// <summary>Forgets what was asked for.</summary>
    public void Clear() => (_count, _current, _plane, _line, _twice) = (0, 0, 0, 0, false);

    /// <summary>Asks for the same run of bytes in several planes.</summary>
    /// <param name="first">Start of the run in the first plane.</param>
    /// <param name="bytes">Length of the run.</param>
    /// <param name="planes">Number of planes.</param>
    /// <param name="planeBytes">From one plane to the next.</param>
    public void Add(nint first, int bytes, int planes, nint planeBytes)
    {
        if (_count < MaxRegions && planes > 0 && bytes > 0)
            _regions[_count++] = bytes == planeBytes ? new Region(first, bytes * planes / LineBytes, 1, 0)
                : new Region(first, bytes / LineBytes, planes, planeBytes);
    }

    /// <summary>
    /// Tells how many times lines will be asked for: where that is too seldom for one line a time, it is two. Few channels
    /// have little to compute for each line.
    /// </summary>
    public void SpreadOver(long times)
    {
        long lines = 0;
        for (int i = 0; i < _count; i++) lines += (long)_regions[i].Lines * _regions[i].Planes;
        _twice = lines > times;
    }

    /// <summary>As <see cref="Take(int, out int)"/>, for a caller that asks for two lines a time.</summary>
    /// <param name="times">How many times.</param>
    /// <param name="step">Bytes from one time to the next.</param>
    /// <param name="second">Bytes from the first line of a time to the second, 0 where one is enough.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Take(int times, out int step, out int second)
    {
        nint address = Take(_twice ? 2 * times : times, out step);
        second = _twice ? step : 0;
        step += second;
        return address;
    }

    /// <summary>Hands out a run of lines, whose length is the caller's.</summary>
    /// <param name="lines">How many lines the caller will ask for.</param>
    /// <param name="step">Bytes to the next line, 0 when nothing is left to fetch.</param>
    /// <returns>The address of the first.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Take(int lines, out int step)
    {
        if (_current == _count)
        {
            step = 0;
            return _regions[0].First;
        }

        ref Region region = ref _regions[_current];
        nint address = region.First + (_plane * region.PlaneBytes) + ((nint)_line * LineBytes);
        step = LineBytes;
        _line += lines;
        if (_line >= region.Lines)
        {
            _line = 0;
            if (++_plane == region.Planes)
            {
                _plane = 0;
                _current++;
            }
        }

        return address;
    }

    /// <summary>The lines that so many vectors fill.</summary>
    public static int Lines(int vectors) => ((vectors * Simd.Lanes * sizeof(float)) + LineBytes - 1) / LineBytes;

    /// <summary>Asks for one line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Fetch(nint address)
    {
        if (Sse.IsSupported) Sse.Prefetch1((void*)address);
    }

    /// <summary>Asks for three lines, and goes on behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchThree(ref nint line, int step)
    {
        Fetch(line);
        Fetch(line + step);
        Fetch(line + (2 * step));
        line += 3 * step;
    }

    /// <summary>Asks for all lines of some bytes, wherever they lie.</summary>
    public static unsafe void Fetch(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            for (int i = 0; i < bytes.Length; i += LineBytes) Fetch((nint)(first + i));
        }
    }

    private readonly record struct Region(nint First, int Lines, int Planes, nint PlaneBytes);
}
