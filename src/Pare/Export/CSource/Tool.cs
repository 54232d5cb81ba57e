using System.Diagnostics;

namespace Pare.Export.CSource;

/// <summary>A program that may be on the machine: a compiler, an emulator.</summary>
/// <param name="Path">Where it lies.</param>
internal sealed record Tool(string Path)
{
    /// <summary>The first of some programs that is on the path; null where none is.</summary>
    public static Tool? Find(params ReadOnlySpan<string> names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names)
        {
            foreach (string folder in folders)
            {
                string path = System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
                if (File.Exists(path)) return new Tool(path);
            }
        }

        return null;
    }

    /// <summary>Runs it and waits.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="seconds">How long it may take.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RunException">It cannot be started, or takes too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ToolResult Run(IEnumerable<string> arguments, string folder, byte[]? input = null, int seconds = 600,
        CancellationToken cancellation = default)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            using var output = new MemoryStream();
            Task reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancellation);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(seconds));

            // One that reads no more would be fed for ever, and one whose output nobody reads any more does not read.
            using CancellationTokenRegistration stop = limit.Token.Register(() => End(process));
            try
            {
                Feed(process, input);
                process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
                limit.Token.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new RunException($"It did not end within {seconds} seconds.", Path, "Try again on a machine that is less busy.");
            }
            finally
            {
                End(process);
            }

            reading.GetAwaiter().GetResult();
            return new ToolResult(process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new RunException($"It cannot be started: {error.Message}", Path, "Check that it may be executed.", error);
        }
    }

    /// <summary>Runs it as the compiler of a program that Pare wrote.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RunException">It refuses the program.</exception>
    public void Compile(IEnumerable<string> arguments, string folder, CancellationToken cancellation)
    {
        ToolResult result = Run(arguments, folder, cancellation: cancellation);
        if (result.ExitCode != 0)
            throw new RunException($"The compiler refuses the program: {result.FirstError}", Path,
                "This is a fault of Pare: report it with the model.");
    }

    private static void End(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
    }

    // A program that ends early closes its input; how it ended says why.
    private static void Feed(Process process, byte[]? input)
    {
        try
        {
            if (input is not null) process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
    }
}
