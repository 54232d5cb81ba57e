using System.Globalization;
using System.Text.Json;
using Pare.Benchmarking;
using Pare.Kernels;

namespace Pare.Cli;

/// <summary>What <c>pare bench --json</c> wrote before, an object a network.</summary>
internal sealed class EarlierBench
{
    private const int LargestFile = 1 << 20;

    private readonly Dictionary<string, Figures> _networks = [];

    private EarlierBench(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Reads such a file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="models">The networks that are to be compared.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="threads">Threads.</param>
    /// <exception cref="DataException">It cannot be read, holds something else, or not these networks measured in this way.</exception>
    public static EarlierBench Read(string path, IEnumerable<string> models, int batch, int threads)
    {
        if (Directory.Exists(path))
            throw new DataException("This is a folder.", path, "Name a file that `pare bench --json` has written.");
        var earlier = new EarlierBench(path);
        string? wrong = null;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile }) wrong = "It is larger than such a file can be.";
            else foreach (string line in File.ReadLines(path)) wrong ??= earlier.Add(line);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(error.Message, path, "Name a file that `pare bench --json` has written.", error);
        }

        if (wrong is null && earlier._networks.Count == 0) wrong = "It is empty.";
        if (wrong is not null)
            throw new DataException($"The file does not hold what `pare bench --json` writes: {wrong}", path,
                "Write it again, each network once: pare bench --json > before.json");
        foreach (string model in models) earlier.Require(model, batch, threads);
        return earlier;
    }

    /// <summary>The ratios of one of the networks to the figures before.</summary>
    public BenchRatios Compare(BenchmarkResult result)
    {
        Figures before = _networks[result.Model];
        return new BenchRatios(result.TrainImagesPerSecond / before.Train, result.InferImagesPerSecond / before.Infer,
            before.Latency / result.LatencyMilliseconds, before.Storage);
    }

    /// <summary>
    /// What one must know of a network's ratios, which may be what one compares: that the one of its name was another there; that the
    /// feature maps of its training were kept in another storage, or that the file does not say in which.
    /// </summary>
    /// <param name="model">One of the networks.</param>
    /// <param name="parameters">Those that it has now.</param>
    /// <param name="storage">How its maps are kept now.</param>
    public IEnumerable<string> Doubts(string model, long parameters, MapStorage storage)
    {
        (long? had, string? kept, string now) = (_networks[model].Parameters, _networks[model].Storage, Amounts.Storage(storage));
        if (had is { } other && other != parameters)
            yield return $"{model} had {Amounts.Count(other, "parameter")} there and has {Amounts.Count(parameters)} here: its ratios " +
                "are of two networks";
        if (kept is null) yield return $"{Path} does not say in which storage {model} was measured; here it is {now}";
        else if (kept != now)
            yield return $"{model} was measured there with storage {kept}, here with {now}: the ratio of its training is of both";
    }

    private void Require(string model, int batch, int threads)
    {
        if (!_networks.TryGetValue(model, out Figures? before))
            throw new DataException($"The file has no figures of {model}.", Path, $"It has those of: {string.Join("; ", _networks.Keys)}.");
        if (before.Batch != batch || before.Threads != threads)
            throw new DataException(
                string.Create(CultureInfo.InvariantCulture,
                $"{model} was measured there with a batch of {before.Batch} on {Amounts.Threads(before.Threads)}."), Path,
                string.Create(CultureInfo.InvariantCulture, $"Measure in the same way: --batch {before.Batch} --threads {before.Threads}"));
    }

    // What is wrong with a line; null for nothing.
    private string? Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            var figures =
                new Figures(root.GetProperty("batch").GetInt32(), root.GetProperty("threads").GetInt32(),
                root.TryGetProperty("parameters", out JsonElement parameters) ? parameters.GetInt64() : null,
                root.TryGetProperty("storage", out JsonElement storage) ? storage.GetString() : null,
                root.GetProperty("train_images_per_second").GetDouble(), root.GetProperty("infer_images_per_second").GetDouble(),
                root.GetProperty("latency_ms").GetDouble());
            double[] measured = [figures.Train, figures.Infer, figures.Latency];
            if (!measured.All(static figure => figure > 0 && double.IsFinite(figure))) return "A figure is not a number above 0.";
            string name = root.GetProperty("model").GetString() ?? "";
            return _networks.TryAdd(name, figures) ? null : $"It has two lines of {name}.";
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return "A line is not the object of a network.";
        }
    }

    private sealed record Figures(int Batch, int Threads, long? Parameters, string? Storage, double Train, double Infer, double Latency);
}
