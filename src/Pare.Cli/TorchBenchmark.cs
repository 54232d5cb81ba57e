using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Pare.Cli;

/// <summary>
/// Runs a benchmark network in the user's own PyTorch. The script goes through standard input, so that it needs no file that the
/// interpreter can reach.
/// </summary>
internal static class TorchBenchmark
{
    private const string Script = "bench_torch.py";

    // The script's exit code when `import torch` fails.
    private const int NoTorch = 3;

    /// <summary>Measures one network.</summary>
    /// <param name="python">The interpreter: a path, or a name on the search path.</param>
    /// <param name="model">The network.</param>
    /// <param name="threads">PyTorch's threads.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="steps">Measured steps; the median counts.</param>
    /// <param name="cancellation">Ends the child, too.</param>
    /// <exception cref="RunException">There is no such interpreter, it has no PyTorch, or the script failed.</exception>
    public static async Task<TorchResult> RunAsync(string python, string model, int threads, int batch, int steps,
        CancellationToken cancellation)
    {
        using Process process =
            Start(python, [model, .. new[] { threads, batch, steps }.Select(static n => n.ToString(CultureInfo.InvariantCulture))]);
        using CancellationTokenRegistration kill = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation),
            errors = process.StandardError.ReadToEndAsync(cancellation);
        await SendScriptAsync(process, cancellation).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        string lastError = LastLine(await errors.ConfigureAwait(false));
        return process.ExitCode switch
        {
            0 => Parse(await output.ConfigureAwait(false), python),
            NoTorch =>
            throw new RunException($"`{python}` has no PyTorch: {lastError}", $"--torch {python}",
                "Install it there (`python -m pip install torch`), or name a Python that has it: --torch .venv/bin/python."),
            int code =>
            throw Failed(python,
                string.Create(CultureInfo.InvariantCulture,
                $"PyTorch's run of {model} ended with exit code {code}: {(lastError.Length > 0 ? lastError : "it did not say why")}")),
        };
    }

    private static Process Start(string python, IEnumerable<string> arguments)
    {
        var start =
            new ProcessStartInfo(python, ["-", .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new RunException($"The Python `{python}` cannot be started: {error.Message}", $"--torch {python}",
                "Give the path of a Python that has PyTorch, such as --torch .venv/bin/python.", error);
        }
    }

    private static async Task SendScriptAsync(Process process, CancellationToken cancellation)
    {
        using Stream script = typeof(TorchBenchmark).Assembly.GetManifestResourceStream(Script)!;
        try
        {
            using Stream input = process.StandardInput.BaseStream;
            await script.CopyToAsync(input, cancellation).ConfigureAwait(false);
        }
        catch (IOException) when (!cancellation.IsCancellationRequested)
        {
            // It ended before it had read the script; its exit code and its last line say why.
        }
    }

    private static TorchResult Parse(string output, string python)
    {
        string line = LastLine(output);
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            return new TorchResult(
                root.GetProperty("torch").GetString()!, root.GetProperty("parameters").GetInt64(),
                root.GetProperty("train_images_per_second").GetDouble(),
                root.GetProperty("infer_images_per_second").GetDouble(), root.GetProperty("latency_ms").GetDouble());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Failed(python, $"It printed `{line}` where its figures were expected.", error);
        }
    }

    private static RunException Failed(string python, string what, Exception? inner = null) =>
        new(what, $"--torch {python}",
            $"Check that `{python} -c \"import torch; print(torch.__version__)\"` prints PyTorch's version, 2.0 or later.", inner);

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1].Trim();
}
