using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Pare.Kernels;

/// <summary>The processor that computes.</summary>
internal static class Processor
{
    private const string LinuxFile = "/proc/cpuinfo";

    /// <summary>What it calls itself, such as <c>AMD EPYC 9B14</c>; its architecture where it has no name.</summary>
    public static string Name { get; } = (X86Base.IsSupported ? Brand() : Listed()) is { Length: > 0 } name ? name
        : RuntimeInformation.ProcessArchitecture.ToString();

    // CPUID, leaves 80000002 to 80000004: 48 letters.
    private static string Brand()
    {
        const uint highest = 0x80000000, first = 0x80000002, last = 0x80000004;
        if ((uint)X86Base.CpuId(unchecked((int)highest), 0).Eax < last) return string.Empty;
        var letters = new List<byte>();
        for (uint leaf = first; leaf <= last; leaf++)
        {
            (int a, int b, int c, int d) = X86Base.CpuId((int)leaf, 0);
            foreach (int four in new[] { a, b, c, d }) letters.AddRange(BitConverter.GetBytes(four));
        }

        return Cleaned(Encoding.ASCII.GetString([.. letters.TakeWhile(static letter => letter != 0)]));
    }

    // Linux on other processors: the first line that names a model.
    private static string Listed()
    {
        try
        {
            string? line = File.Exists(LinuxFile) ? File.ReadLines(LinuxFile)
                .FirstOrDefault(static line => line.StartsWith("model name", StringComparison.OrdinalIgnoreCase)) : null;
            return line is null ? string.Empty : Cleaned(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static string Cleaned(string name) => string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
