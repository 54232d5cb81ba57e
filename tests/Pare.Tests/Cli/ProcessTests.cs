using System.Diagnostics;
using System.Runtime.InteropServices;
using Pare.Cli;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>What only a process of its own shows: streams that are closed or full, and signals.</summary>
public sealed class ProcessTests
{
    [Theory]
    [InlineData("recipe list 2>&-", ExitCode.Done)]
    [InlineData("recipe list 2>/dev/full", ExitCode.Done)]
    [InlineData("recipe list >&-", ExitCode.Failed)]
    [InlineData("recipe list >/dev/full", ExitCode.Failed)]
    [InlineData("recipe list --json >/dev/full 2>/dev/full", ExitCode.Failed)]
    [InlineData("recipe list <&- >&- 2>&-", ExitCode.Failed)]
    [InlineData("--version >/dev/full", ExitCode.Failed)]
    [InlineData("trian 2>&-", ExitCode.Usage)]
    [InlineData("trian 2>/dev/full", ExitCode.Usage)]
    [InlineData("trian >&- 2>&-", ExitCode.Usage)]
    public void A_stream_that_takes_nothing_ends_with_the_right_exit_code(string line, int code)
    {
        (int got, string error) = Shell($"pare {line}");
        Assert.Equal(code, got);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(96)]
    public void A_process_that_may_open_too_few_files_says_so(int limit)
    {
        (int got, string error) = Shell($"ulimit -n {limit}; pare train glyphs");
        Assert.Equal(ExitCode.Failed, got);
        Assert.StartsWith("error: Too few files may be open at the same time.\n", error, StringComparison.Ordinal);
        Assert.Equal(3, error.Count(static letter => letter == '\n'));
    }

    // The signal comes while the process ends: once would not tell. With W^X the runtime itself makes large files.
    [Theory]
    [InlineData("--version")]
    [InlineData("recipe list")]
    [InlineData("recipe schema")]
    public void A_file_at_the_limit_of_a_files_size_ends_no_process_by_a_signal(string line)
    {
        using var folder = new DataFolder();
        for (int i = 0; i < 4; i++)
        {
            (int got, string error) = Shell($"export DOTNET_EnableWriteXorExecute=0; ulimit -f 0; pare {line} >'{folder["out"]}'");
            Assert.Equal(ExitCode.Failed, got);
            Assert.StartsWith("error: The result could not be written to standard output: a file may not grow so large here.\n", error,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    [InlineData(">/dev/full 2>/dev/full")]
    public void A_training_whose_words_nobody_can_hear_keeps_all_that_it_trained(string streams)
    {
        using var files = new CliData();
        string run = files.Folder["run"];
        (int got, string error) = Shell($"pare train {files.Recipe} --data {files.Data} --out {run} {streams}");
        Assert.Equal(ExitCode.Failed, got);
        Assert.DoesNotContain("--out FOLDER", error, StringComparison.Ordinal);
        Assert.True(RunFolder.IsFinished(run));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_stops_a_training_and_keeps_what_it_has(string signal, int code)
    {
        using var files = new CliData();
        string run = files.Folder["run"];
        (int got, string error) =
            Finish(Start("/usr/bin/env",
            [
                .. Unignored(), Host, Pare, "train", files.Recipe, "--data", files.Data, "--out", run, "--epochs", "1000000",
                "--threads", "1",
            ]),
            process =>
        {
            string metrics = Path.Combine(run, "metrics.csv");
            for (int i = 0; i < 600 && !process.HasExited && !(File.Exists(metrics) && new FileInfo(metrics).Length > 0); i++)
                Thread.Sleep(50);
            Finish(Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]));
        });
        Assert.Equal(code, got);
        Assert.EndsWith("Interrupted.\n", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "model.safetensors")));
        Assert.True(RunFolder.HasCheckpoint(run));
        Assert.False(File.Exists(Path.Combine(run, ".lock")));
    }

    // A shell starts its jobs in the background with signals ignored, which those that they start inherit.
    private static string[] Unignored()
    {
        if (!OperatingSystem.IsLinux()) return [];
        string? ignored = File.ReadLines("/proc/self/status")
            .FirstOrDefault(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return ignored is null || (Convert.ToUInt64(ignored[7..].Trim(), 16) & 0b11) == 0 ? [] : ["--default-signal=INT,HUP"];
    }

    private static string Pare => Path.Combine(AppContext.BaseDirectory, "Pare.Cli.dll");

    // The one that runs this: the program that runs the tests may be another.
    private static string Host => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private static (int Code, string Error) Shell(string script) =>
        Finish(Start("/bin/sh", ["-c", $"pare() {{ exec '{Host}' '{Pare}' \"$@\"; }}; {script}"]));

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("needs a POSIX shell and /dev/full");
        return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    private static (int Code, string Error) Finish(Process process, Action<Process>? meanwhile = null)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            meanwhile?.Invoke(process);
            Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "the command did not end");
            Task.WaitAll(output, error);
            return (process.ExitCode, error.Result);
        }
    }
}
