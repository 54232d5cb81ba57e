using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pare.Tests.Samples;

/// <summary>A sample as a process of its own.</summary>
internal static class SampleProcess
{
    /// <summary>Starts one.</summary>
    /// <param name="sample">Its name.</param>
    /// <param name="folder">Where it works, and writes what is temporary.</param>
    /// <param name="arguments">Its command line.</param>
    public static Process Start(string sample, string folder, params string[] arguments)
    {
        // The one that runs this: the program that runs the tests may be another.
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return Process.Start(new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, $"{sample}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["TMPDIR"] = folder, ["TEMP"] = folder, ["TMP"] = folder },
        })!;
    }
}
