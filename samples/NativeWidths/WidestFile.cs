using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeWidths;

/// <summary>
/// A native file has the vectors for which it was compiled. Where files for wider ones lie beside it (<c>NativeWidths.targets</c> puts them
/// there), the one that starts, which every x86-64 runs, hands over to the widest that this processor has.
/// </summary>
internal static partial class WidestFile
{
    // What the system saves of a thread: the upper halves of the registers with 256 bits, the registers 16 to 31 with 512.
    private const int UpperHalves = 2, Upper512 = 7;

    /// <summary>
    /// Continues in the wider file, the same process with the same arguments; returns where there is none to continue in.
    /// </summary>
    /// <param name="arguments">Those of the program.</param>
    public static void Start(string[] arguments)
    {
        if (RuntimeFeature.IsDynamicCodeSupported || !OperatingSystem.IsLinux() || Vector256.IsHardwareAccelerated
            || Environment.ProcessPath is not { } file || Widest() is not { } width)
            return;
        string wider = $"{file}.{width}";
        if (File.Exists(wider)) _ = Replace(wider, [file, .. arguments, null]);
    }

    // The runtime's switches count here as they do under the JIT, which prefers 256 bits on the processors that slow down with 512, too.
    internal static string? Widest()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 0xD) return null;
        if (IsOff("DOTNET_EnableHWIntrinsic") || IsOff("DOTNET_EnableAVX") || IsOff("DOTNET_EnableAVX2")) return null;
        (int model, _, int one, _) = X86Base.CpuId(1, 0);
        (_, int seven, _, _) = X86Base.CpuId(7, 0);
        int extended = X86Base.CpuId(unchecked((int)0x80000001), 0).Ecx;
        // FMA, MOVBE, OSXSAVE, AVX, F16C; LZCNT; BMI1, AVX2, BMI2.
        if (!Has(one, 12, 22, 27, 28, 29) || !Has(extended, 5) || !Has(seven, 3, 5, 8) || !Saves(UpperHalves)) return null;
        // AVX-512 F, DQ, CD, BW, VL. Skylake and Cannon Lake: family 6, models 0x55 and 0x66.
        bool slows = (model & 0xF0FF0) is 0x50650 or 0x60660 && X86Base.CpuId(0, 0).Ebx == 0x756E6547;
        return Has(seven, 16, 17, 28, 30, 31) && Saves(Upper512) && !slows && !IsOff("DOTNET_EnableAVX512") ? "x86-64-v4" : "x86-64-v3";
    }

    private static bool Has(int register, params ReadOnlySpan<int> bits)
    {
        foreach (int bit in bits)
        {
            if ((register >>> bit & 1) == 0) return false;
        }

        return true;
    }

    // Whether the area that is saved reaches to the end of that part; where a part begins differs by processor.
    private static bool Saves(int part)
    {
        (int size, int offset, _, _) = X86Base.CpuId(0xD, part);
        return size > 0 && X86Base.CpuId(0xD, 0).Ebx >= offset + size;
    }

    private static bool IsOff(string name) => Environment.GetEnvironmentVariable(name) is "0";

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Replace(string file, string?[] arguments);
}
