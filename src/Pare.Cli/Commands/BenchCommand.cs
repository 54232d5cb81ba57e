using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pare.Evaluation;
using Pare.Kernels;

namespace Pare.Cli.Commands;

/// <summary><c>pare bench</c>: how fast the benchmark networks run here.</summary>
internal sealed class BenchCommand : CliCommand
{
    private const int DefaultBatch = 128;
    private const int DefaultSteps = 15;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string[]> _models = new("MODEL")
    {
        Description = $"Which: {string.Join(", ", BenchmarkNetworks.Names)}. Without it: all.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<int?> _batch = CommonOptions.WholeNumber("--batch", 1, "Images a step. Without it: 128.");
    private readonly Option<int?> _steps = CommonOptions.WholeNumber("--steps", 1, "Measured steps, of which the median counts. Without it: 15.");
    private readonly Option<bool> _json = CommonOptions.Json();

    public BenchCommand(CliConsole console, CancellationToken cancellation)
        : base("bench", "Measures how fast networks train and predict on this machine.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_models);
        foreach (Option option in new Option[] { _threads, _batch, _steps, _json }) Add(option);
        Examples = [("pare bench", null), ("pare bench resnet8 --threads 1 --json", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        string[] models = parsed.GetValue(_models) is { Length: > 0 } given ? given : [.. BenchmarkNetworks.Names];
        foreach (string model in models) CheckName(model);
        int threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        int batch = parsed.GetValue(_batch) ?? DefaultBatch;
        Messages messages = _console.Messages(json);
        messages.Fact("machine", $"{Amounts.Threads(threads)}, {Simd.InstructionSet}");
        messages.Fact("batch", string.Create(CultureInfo.InvariantCulture, $"{batch} images"));
        var table = new TextTable("model", ">parameters", ">train images/s", ">infer images/s", ">latency", ">train GFLOP/s", ">of the peak");
        foreach (string model in models)
        {
            _cancellation.ThrowIfCancellationRequested();
            messages.Live(_ => $"measuring {model}");
            BenchmarkResult result = Benchmark.Run(model, threads, batch, parsed.GetValue(_steps) ?? DefaultSteps);
            messages.EndLive();
            if (json) JsonOutput.WriteObject(_console.Out, writer => Write(writer, result));
            table.Add(
                result.Model, Amounts.Count(result.Parameters), Amounts.Count((long)result.TrainImagesPerSecond), Amounts.Count((long)result.InferImagesPerSecond),
                string.Create(CultureInfo.InvariantCulture, $"{result.LatencyMilliseconds:F3} ms"),
                string.Create(CultureInfo.InvariantCulture, $"{result.TrainGflops:F1}"),
                string.Create(CultureInfo.InvariantCulture, $"{100 * result.PeakFraction:F1} %"));
        }

        if (json) return ExitCode.Done;
        messages.Line();
        table.Write(_console.Out, messages.Bold);
        return ExitCode.Done;
    }

    private static void CheckName(string model)
    {
        if (BenchmarkNetworks.Names.Contains(model)) return;
        string near = Nearest.Find(model, BenchmarkNetworks.Names) is string found ? $"Did you mean {found}? " : "";
        throw new RecipeException($"There is no benchmark network `{model}`.", "pare bench", $"{near}There is: {string.Join(", ", BenchmarkNetworks.Names)}.");
    }

    private static void Write(Utf8JsonWriter json, BenchmarkResult result)
    {
        json.WriteString("model", result.Model);
        json.WriteNumber("parameters", result.Parameters);
        json.WriteNumber("batch", result.Batch);
        json.WriteNumber("threads", result.Threads);
        json.WriteNumber("train_images_per_second", Math.Round(result.TrainImagesPerSecond, 1));
        json.WriteNumber("infer_images_per_second", Math.Round(result.InferImagesPerSecond, 1));
        json.WriteNumber("latency_ms", Math.Round(result.LatencyMilliseconds, 4));
        json.WriteNumber("train_gflops", Math.Round(result.TrainGflops, 2));
        json.WriteNumber("peak_gflops", Math.Round(result.PeakGflops, 1));
        json.WriteNumber("peak_fraction", Math.Round(result.PeakFraction, 4));
    }
}
