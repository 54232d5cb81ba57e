using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pare.Benchmarking;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare bench</c>: how fast the benchmark networks, and those of recipes, run here.</summary>
internal sealed class BenchCommand : CliCommand
{
    private const int DefaultBatch = 128;
    private const int DefaultSteps = 15;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string[]> _models = new("MODEL")
    {
        Description = $"One or more of {string.Join(", ", BenchmarkNetworks.Names)}; or a recipe, its file or the folder of a run. " +
            "Default: all three.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _threads = CommonOptions.Threads(result: "");
    private readonly Option<int?> _batch =
        CommonOptions.WholeNumber("--batch", 1, "Images per step, the batch size. Default: 128.", 1 << 16);
    private readonly Option<int?> _steps =
        CommonOptions.WholeNumber("--steps", 1, "Number of measured steps, of which the median is taken. Default: 15.", 1_000_000);
    private readonly Option<bool> _profile =
        new("--profile") { Description = "Measures every operation of a training step instead, on one thread." };
    private readonly Option<bool> _epoch =
        new("--epoch") { Description = "Measures what shuffling, augmentation, evaluation and SAM add to the bare steps instead." };
    private readonly Option<string?> _torch =
        new("--torch")
        {
            HelpName = "PYTHON",
            Description = "Also runs the same networks in this Python's PyTorch, and says how many times as fast Pare is."
        };
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<string?> _against =
        new("--against")
        {
            HelpName = "FILE",
            Description = "A file from `pare bench --json`, of another version or machine: says how many times as fast this one is."
        };
    private readonly Option<bool> _json = CommonOptions.Json();

    public BenchCommand(CliConsole console, CancellationToken cancellation)
        : base("bench", "Measures how fast networks train and predict on this machine.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_models);
        AddOptions(_threads, _batch, _steps, _phase, _profile, _epoch, _torch, _against, _json);
        Examples =
        [
            ("pare bench", null),
            ("pare bench resnet8 --threads 1 --json", null),
            ("pare bench --torch .venv/bin/python", "side by side with PyTorch"),
            ("pare bench bench-cifar --profile", "where the time goes"),
            ("pare bench my.yaml --profile --batch 32", "where the time of your own network goes"),
            ("pare bench mnist --phase blur_pool --against before.json", "an earlier version wrote before.json with --json"),
            ("pare bench bench-cifar --epoch", "what a whole epoch adds to its steps"),
        ];
        Check(result =>
        {
            if (result.GetValue(_epoch) && (result.GetValue(_profile) || result.GetResult(_torch) is not null))
                result.AddError("--epoch goes with neither --profile nor --torch.");
            string[] models = result.GetValue(_models) ?? [];
            if (Array.Find(models, model => models.Count(other => other == model) > 1) is { } twice)
                result.AddError($"`{twice}` is named twice; each network is measured once.");
            if (result.GetResult(_against) is not null && (result.GetValue(_epoch) || result.GetValue(_profile)))
                result.AddError("--against goes with neither --epoch nor --profile.");
            if (!result.GetValue(_profile)) return;
            if (result.GetResult(_torch) is not null) result.AddError("--profile and --torch do not go together.");
            else if (result.GetValue(_threads) > 1) result.AddError("--profile measures on one thread.");
        });
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string[] models = parsed.GetValue(_models) is { Length: > 0 } given ? given : [.. BenchmarkNetworks.Names];
        bool json = parsed.GetValue(_json), profile = parsed.GetValue(_profile);
        string? only = profile ? null : parsed.GetValue(_epoch) ? _epoch.Name : parsed.GetResult(_torch) is not null ? _torch.Name : null;
        string? phase = parsed.GetValue(_phase);
        (Graph Graph, MapStorage Storage)[] networks =
            [.. models.Select(model => Open(model, phase, only))];
        int threads = profile ? 1 : parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        int batch = parsed.GetValue(_batch) ?? DefaultBatch, steps = parsed.GetValue(_steps) ?? DefaultSteps;
        if (phase is not null) models = [.. models.Select(model => $"{model}, {phase}")];
        EarlierBench? earlier = parsed.GetValue(_against) is string file ? EarlierBench.Read(file, models, batch, threads) : null;
        Messages messages = _console.Messages(json);
        messages.Fact("machine", $"{Amounts.Threads(threads)}, {Simd.InstructionSet}");
        messages.Fact("batch", Amounts.Count(batch, "image"));
        messages.Fact("storage", StoragesOf(models, networks));
        foreach ((string model, (Graph graph, MapStorage storage)) in models.Zip(networks))
        {
            foreach (string doubt in earlier?.Doubts(model, Cost.Of(graph).Parameters, storage) ?? []) messages.Fact("note", doubt);
        }

        if (profile) Profile(messages, json, models, networks, batch, steps);
        else if (parsed.GetValue(_epoch)) Epoch(messages, json, models, threads, batch, steps);
        else
        {
            await MeasureAsync(messages, json, models, networks, threads, batch, steps, parsed.GetValue(_torch), earlier)
                .ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    private void Profile(Messages messages, bool json, string[] models, (Graph Graph, MapStorage Storage)[] networks, int batch, int steps)
    {
        foreach ((string model, (Graph graph, MapStorage storage)) in models.Zip(networks))
        {
            _cancellation.ThrowIfCancellationRequested();
            messages.Live(_ => $"measuring {model}");
            NetworkProfile profile = Profiler.Run(model, graph, batch, steps, storage);
            messages.EndLive();
            if (json) JsonOutput.WriteObject(_console.Out, writer => ProfileView.Write(writer, profile));
            else ProfileView.Write(messages, profile);
        }
    }

    private void Epoch(Messages messages, bool json, string[] models, int threads, int batch, int steps)
    {
        var table = new TextTable("model", ">bare images/s", ">from bytes", ">augmented", ">by one worker", ">SAM",
            ">evaluation");
        foreach (string model in models)
        {
            _cancellation.ThrowIfCancellationRequested();
            messages.Live(_ => $"measuring {model}");
            EpochCost cost = EpochBenchmark.Run(model, threads, batch, steps);
            messages.EndLive();
            if (json) JsonOutput.WriteObject(_console.Out, writer => Write(writer, cost, batch, threads));
            table.Add(cost.Model, Amounts.Count((long)cost.BareImagesPerSecond), Extra(cost.FromBytes), Extra(cost.Augmented),
                Extra(cost.AugmentedByWorker), Extra(cost.Sam), Extra(cost.Evaluation));
        }

        if (json) return;
        messages.Line();
        table.Write(messages);
        messages.Paragraph(
            "each as time beyond the bare steps; augmented: affine, random_crop, horizontal_flip and mixup; SAM: its steps instead of " +
            "plain ones; evaluation: a tenth as many images");
    }

    private async Task MeasureAsync(Messages messages, bool json, string[] models, (Graph Graph, MapStorage Storage)[] networks,
        int threads, int batch, int steps, string? python, EarlierBench? earlier)
    {
        string[] columns = ["model", ">parameters", ">train images/s", ">infer images/s", ">latency", ">train GFLOP/s", ">of the peak"];
        var table = new TextTable(columns);
        var comparison =
            new TextTable("model", ">PyTorch: train images/s", ">infer images/s", ">latency", ">Pare: train", ">infer", ">latency");
        var progress = new TextTable("model", ">train", ">infer", ">latency");
        string version = "";
        foreach ((string model, (Graph graph, MapStorage storage)) in models.Zip(networks))
        {
            _cancellation.ThrowIfCancellationRequested();
            TorchResult? torch = null;
            if (python is not null)
            {
                messages.Live(_ => $"measuring {model} in PyTorch");
                torch = await TorchBenchmark.RunAsync(python, model, threads, batch, steps, _cancellation).ConfigureAwait(false);
                version = torch.Version;
            }

            messages.Live(_ => $"measuring {model}");
            BenchmarkResult result = Benchmark.Measure(model, graph, threads, batch, steps, storage);
            messages.EndLive();
            BenchRatios? ratios = earlier?.Compare(result);
            if (json) JsonOutput.WriteObject(_console.Out, writer => Write(writer, result, torch, ratios));
            if (ratios is not null) progress.Add(result.Model, Times(ratios.Train), Times(ratios.Infer), Times(ratios.Latency));
            table.Add(
                result.Model, Amounts.Count(result.Parameters), Amounts.Count((long)result.TrainImagesPerSecond),
                Amounts.Count((long)result.InferImagesPerSecond),
                Latency(result.LatencyMilliseconds),
                string.Create(CultureInfo.InvariantCulture, $"{result.TrainGflops:F1}"),
                string.Create(CultureInfo.InvariantCulture, $"{100 * result.PeakFraction:F1} %"));
            if (torch is not null)
            {
                comparison.Add(
                    result.Model, Amounts.Count((long)torch.TrainImagesPerSecond), Amounts.Count((long)torch.InferImagesPerSecond),
                    Latency(torch.LatencyMilliseconds),
                    Times(result.TrainImagesPerSecond / torch.TrainImagesPerSecond),
                    Times(result.InferImagesPerSecond / torch.InferImagesPerSecond),
                    Times(torch.LatencyMilliseconds / result.LatencyMilliseconds));
            }
        }

        if (json) return;
        messages.Line();
        table.Write(messages);
        if (earlier is not null)
        {
            messages.Line();
            messages.Line($"against {earlier.Path}: times as fast");
            progress.Write(messages);
        }

        if (python is null) return;
        messages.Line();
        messages.Line($"beside PyTorch {version}, its better memory format");
        comparison.Write(messages);
    }

    private static string Latency(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F3} ms");

    private static string Extra(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:+0.0;-0.0;0.0} %");

    private static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:F2} x");

    // Of the training steps: one name where all are kept alike, else what each has.
    private static string StoragesOf(string[] models, (Graph Graph, MapStorage Storage)[] networks)
    {
        string[] storages = [.. networks.Select(static network => Amounts.Storage(network.Storage))];
        return storages.Distinct().Count() == 1 ? storages[0]
            : string.Join("; ", models.Zip(storages, static (model, storage) => $"{model}: {storage}"));
    }

    // A reference network, or a recipe's as its training keeps it; where an option is for the reference networks alone, its name.
    private static (Graph Graph, MapStorage Storage) Open(string model, string? phase, string? only)
    {
        if (BenchmarkNetworks.Names.Contains(model))
        {
            if (phase is not null)
                throw new RecipeException("Only a recipe has phases.", $"pare bench {model} --phase {phase}",
                    "Name a recipe, or leave out --phase.");
            return (BenchmarkNetworks.Create(model), MapStorage.Float32);
        }

        if (!Path.Exists(model) && !RecipeStore.Names.Contains(model))
        {
            string near = Nearest.Find(model, BenchmarkNetworks.Names.Concat(RecipeStore.Names)) is string found
                ? $"Did you mean {found}? " : "";
            throw new RecipeException($"There is no reference network and no recipe `{model}`.", "pare bench",
                $"{near}Name a recipe, its file or the folder of a run, or one of: {string.Join(", ", BenchmarkNetworks.Names)}.");
        }

        if (only is not null)
            throw new RecipeException($"{only} is for the reference networks, and `{model}` is a recipe.", $"pare bench {model} {only}",
                $"Leave out {only}, or name one of: {string.Join(", ", BenchmarkNetworks.Names)}.");
        Recipe recipe = RecipeInputs.Open(model, [], phase);
        return (recipe.Graph, recipe.Training.Storage);
    }

    private static void Write(Utf8JsonWriter json, EpochCost cost, int batch, int threads)
    {
        json.WriteString("model", cost.Model);
        json.WriteNumber("batch", batch);
        json.WriteNumber("threads", threads);
        json.WriteString("storage", Amounts.Storage(MapStorage.Float32));
        json.WriteNumber("bare_images_per_second", Math.Round(cost.BareImagesPerSecond, 1));
        json.WriteNumber("from_bytes", Math.Round(cost.FromBytes, 4));
        json.WriteNumber("augmented", Math.Round(cost.Augmented, 4));
        json.WriteNumber("augmented_by_worker", Math.Round(cost.AugmentedByWorker, 4));
        json.WriteNumber("sam", Math.Round(cost.Sam, 4));
        json.WriteNumber("evaluation", Math.Round(cost.Evaluation, 4));
    }

    private static void Write(Utf8JsonWriter json, BenchmarkResult result, TorchResult? torch, BenchRatios? ratios)
    {
        json.WriteString("model", result.Model);
        json.WriteNumber("parameters", result.Parameters);
        json.WriteNumber("batch", result.Batch);
        json.WriteNumber("threads", result.Threads);
        json.WriteString("storage", Amounts.Storage(result.Storage));
        json.WriteNumber("train_images_per_second", Math.Round(result.TrainImagesPerSecond, 1));
        json.WriteNumber("infer_images_per_second", Math.Round(result.InferImagesPerSecond, 1));
        json.WriteNumber("latency_ms", Math.Round(result.LatencyMilliseconds, 4));
        json.WriteNumber("train_gflops", Math.Round(result.TrainGflops, 2));
        json.WriteNumber("peak_gflops", Math.Round(result.PeakGflops, 1));
        json.WriteNumber("peak_fraction", Math.Round(result.PeakFraction, 4));
        if (ratios is not null)
        {
            json.WriteNumber("train_ratio_against", Math.Round(ratios.Train, 3));
            json.WriteNumber("infer_ratio_against", Math.Round(ratios.Infer, 3));
            json.WriteNumber("latency_ratio_against", Math.Round(ratios.Latency, 3));
            json.WriteString("storage_against", ratios.Storage);
        }

        if (torch is null) return;
        json.WriteString("torch_version", torch.Version);
        json.WriteNumber("torch_parameters", torch.Parameters);
        json.WriteNumber("torch_train_images_per_second", Math.Round(torch.TrainImagesPerSecond, 1));
        json.WriteNumber("torch_infer_images_per_second", Math.Round(torch.InferImagesPerSecond, 1));
        json.WriteNumber("torch_latency_ms", Math.Round(torch.LatencyMilliseconds, 4));
        json.WriteNumber("train_ratio", Math.Round(result.TrainImagesPerSecond / torch.TrainImagesPerSecond, 3));
        json.WriteNumber("infer_ratio", Math.Round(result.InferImagesPerSecond / torch.InferImagesPerSecond, 3));
        json.WriteNumber("latency_ratio", Math.Round(torch.LatencyMilliseconds / result.LatencyMilliseconds, 3));
    }
}
