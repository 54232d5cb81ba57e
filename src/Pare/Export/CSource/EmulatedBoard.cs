namespace Pare.Export.CSource;

/// <summary>A small machine that the emulator knows.</summary>
/// <param name="Machine">What the emulator calls it.</param>
/// <param name="Cpu">What the emulator calls its processor; null for the machine's only one.</param>
/// <param name="Flags">The compiler's flags for it.</param>
/// <param name="FlashKilobytes">Memory for code and constants, from address 0.</param>
/// <param name="RamKilobytes">Memory that is written to, from address 0x20000000.</param>
/// <param name="Megahertz">How fast its timer counts.</param>
internal sealed record EmulatedBoard(
    string Machine, string? Cpu, string[] Flags, int FlashKilobytes, int RamKilobytes, int Megahertz)
{
    /// <summary>A Cortex-M4 with a floating-point unit, the one that instructions are counted on.</summary>
    public static EmulatedBoard M4 { get; } = new("mps2-an386", "cortex-m4",
        ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"], 4096, 4096, 25);

    /// <summary>A Cortex-M7 with one.</summary>
    public static EmulatedBoard M7 { get; } = new("mps2-an500", "cortex-m7",
        ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"], 4096, 4096, 25);

    /// <summary>A Cortex-M3, which has none.</summary>
    public static EmulatedBoard M3 { get; } = new("mps2-an385", "cortex-m3", ["-mcpu=cortex-m3", "-mthumb"], 4096, 4096, 25);

    /// <summary>A micro:bit: a Cortex-M0, whose instructions are those of a Cortex-M0+, with 16 KB of memory.</summary>
    public static EmulatedBoard M0 { get; } = new("microbit", null, ["-mcpu=cortex-m0plus", "-mthumb"], 256, 16, 16);

    /// <summary>The first address after its memory.</summary>
    public uint RamEnd => 0x20000000u + ((uint)RamKilobytes << 10);
}
