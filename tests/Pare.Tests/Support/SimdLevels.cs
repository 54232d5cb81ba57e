using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>
/// Runs tests of this assembly again in a child process of which the runtime may not use some of the machine's vector instructions.
/// </summary>
internal static class SimdLevels
{
    private const string Expected = "PARE_TESTS_EXPECTED_LANES";

    /// <summary>The lanes that this process must have: those that its parent asked for, or all that the machine has.</summary>
    public static int ExpectedLanes => IsChild
        ? int.Parse(Environment.GetEnvironmentVariable(Expected)!, CultureInfo.InvariantCulture)
        : Vector512.IsHardwareAccelerated ? 16 : Avx2.IsSupported ? 8 : 4;

    /// <summary>Whether this process is such a child.</summary>
    public static bool IsChild => Environment.GetEnvironmentVariable(Expected) is { Length: > 0 };

    /// <summary>Runs a child to its end.</summary>
    /// <param name="runtimeSwitch">Environment variable that is set to 0.</param>
    /// <param name="lanes">What the child must find itself with.</param>
    /// <param name="classes">Full names of the test classes to run; a star stands for anything.</param>
    /// <returns>The exit status and all output.</returns>
    public static (int Status, string Output) Run(string runtimeSwitch, int lanes, params string[] classes)
    {
        string program = Environment.ProcessPath!, assembly = typeof(SimdLevels).Assembly.Location;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(assembly);
        foreach (string argument in classes.SelectMany(static name => new[] { "-class", name }).Append("-noColor"))
            start.ArgumentList.Add(argument);
        start.Environment[runtimeSwitch] = "0";
        start.Environment[Expected] = lanes.ToString(CultureInfo.InvariantCulture);
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output + errors.Result);
    }

    /// <summary>Why a level lower than this machine's cannot be tried here, or null when it can.</summary>
    public static string? WhyNot(int lanes) =>
        Simd.Lanes > lanes ? null : $"this machine runs {Simd.Lanes} lanes, so it has no {lanes} to fall back to";
}
