using System.Diagnostics;

namespace Pare.Tests.Support.Faults;

/// <summary>The library of <c>faults.c</c>, made by the C compiler of this machine.</summary>
internal static class FaultLibrary
{
    private static readonly Lazy<(string? Path, string WhyNot)> s_made = new(Make);

    /// <summary>What lets the library fail: <c>kill</c> and so on, as <c>faults.c</c> explains them, with an error's number.</summary>
    public static IReadOnlyList<(string Mode, int Error)> Modes { get; } =
        [("kill", 0), ("half", 0), ("cut", 0), ("torn", 0), ("fail", 5), ("fail", 28), ("full", 28)];

    /// <summary>Its path; skips the test where it cannot be made.</summary>
    public static string Path => s_made.Value.Path ?? Skipped(s_made.Value.WhyNot);

    private static string Skipped(string why)
    {
        Assert.Skip(why);
        return string.Empty;
    }

    private static (string? Path, string WhyNot) Make()
    {
        if (!OperatingSystem.IsLinux()) return (null, "libraries are preloaded on Linux");
        string source = System.IO.Path.Combine(AppContext.BaseDirectory, "Support", "Faults", "faults.c");
        string library = System.IO.Path.Combine(Directory.CreateTempSubdirectory("pare-faults-").FullName, "faults.so");
        foreach (string compiler in new[] { "gcc", "clang", "cc" })
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(compiler,
                    ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"])
                { RedirectStandardError = true })!;
                string errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.True(process.ExitCode == 0, errors);
                return (library, string.Empty);
            }
            catch (System.ComponentModel.Win32Exception)
            {
            }
        }

        return (null, "needs a C compiler, gcc or clang, for the library that lets files fail");
    }
}
