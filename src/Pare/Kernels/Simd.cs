using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pare.Kernels;

/// <summary>
/// The vector width of this machine, chosen once. The runtime's switches (<c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c>) lower
/// it.
/// </summary>
public static class Simd
{
    /// <summary>Images a tile: the lanes of the widest vector that the hardware runs, 16, 8 or 4.</summary>
    public static int Lanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated && Fma.IsSupported ? 8 : 4;

    /// <summary>Whether there are 32 vector registers, as with AVX-512 and NEON, and not 16.</summary>
    internal static bool HasManyRegisters => Vector512.IsHardwareAccelerated || AdvSimd.Arm64.IsSupported;

    /// <summary>The instruction set behind <see cref="Lanes"/>, for the run's record.</summary>
    public static string InstructionSet => Lanes switch
    {
        16 => "AVX-512",
        8 => "AVX2",
        _ => AdvSimd.IsSupported ? "NEON" : Fma.IsSupported ? "FMA 128-bit" : Vector128.IsHardwareAccelerated ? "SSE" : "scalar",
    };
}
