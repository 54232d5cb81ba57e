using System.Globalization;
using Pare.Evaluation;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>What lies in a run's folder, as far as it is there.</summary>
internal sealed class RunRecord
{
    private const long MostMetricsBytes = 64 << 20;

    private readonly List<string> _missing = [];

    private RunRecord(string folder)
    {
        Folder = folder;
        Recipe = JsonFiles.Read(folder, RunFolder.RecipeFile, _missing, static path => RecipeStore.Open(path));
        Metrics = JsonFiles.Read(folder, MetricsLog.CsvFile, _missing, ReadMetrics) ?? [];
        Interrupted = RunFolder.IsUnfinished(folder);
        Result = JsonFiles.Read(folder, RunFolder.ResultFile, _missing, RunRecords.Read<RunSummary>);
        Environment = JsonFiles.Read(folder, RunFolder.EnvironmentFile, _missing, static path => ReadEnvironment(path)) ?? [];
        Evaluation =
            JsonFiles.Read(folder, RunFolder.EvaluationFile, _missing, static path => RunRecords.Read<EvaluationFile>(path).ToRecord());
        if (File.Exists(Path.Combine(folder, RunFolder.SplitFile)))
            Split = JsonFiles.Read(folder, RunFolder.SplitFile, _missing, RunRecords.Read<RunSplit>);
        if (File.Exists(Path.Combine(folder, RunFolder.RobustnessFile)))
            Robustness = JsonFiles.Read(folder, RunFolder.RobustnessFile, _missing, RunRecords.Read<RobustnessFile>);
        (Network, Lowered, ConfidenceRule? confidence) = JsonFiles.Read(folder, RunFolder.ModelFile, _missing, ReadModel);
        Confidence = confidence ?? ConfidenceRule.None;
        Cost = Recipe is null ? null : Cost.Of(Recipe.Graph);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The resolved recipe.</summary>
    public Recipe? Recipe { get; }

    /// <summary>What the network costs.</summary>
    public Cost? Cost { get; }

    /// <summary>Whether the run has no result: it was interrupted, or is still running.</summary>
    public bool Interrupted { get; }

    /// <summary>What came out of it.</summary>
    public RunSummary? Result { get; }

    /// <summary>Epochs that were measured.</summary>
    public int Epochs => Metrics.Count == 0 ? 0 : Metrics.First().Value.Length;

    /// <summary>What each epoch measured, by name, such as <c>train/loss</c>; not a number where nothing was.</summary>
    public IReadOnlyDictionary<string, double[]> Metrics { get; }

    /// <summary>Machine, command line, seed and data, as the run wrote them.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; }

    /// <summary>What the network does on the test set.</summary>
    public EvaluationRecord? Evaluation { get; }

    /// <summary>Which images it was tested on and chosen by; null for a run of a version that kept no list.</summary>
    public RunSplit? Split { get; }

    /// <summary>How it stands what was not in its training set; null where nobody measured it.</summary>
    public RobustnessFile? Robustness { get; }

    /// <summary>The trained network.</summary>
    public Network? Network { get; }

    /// <summary>The same, as it runs.</summary>
    public InferenceGraph? Lowered { get; }

    /// <summary>How sure it is said to be, as its file keeps it.</summary>
    public ConfidenceRule Confidence { get; }

    /// <summary>What could not be read, and why.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>The name of the data set.</summary>
    public string? Data => Evaluation?.Data ?? Recipe?.DatasetName;

    /// <summary>Whether something of a run lies in a folder.</summary>
    public static bool IsAt(string folder) =>
        new[] { RunFolder.RecipeFile, RunFolder.ResultFile, MetricsLog.CsvFile }.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <summary>Reads a folder.</summary>
    public static RunRecord Read(string folder) => new(folder);

    /// <summary>A column of the metrics; empty when nothing was measured.</summary>
    public double[] Metric(string name) =>
        Metrics.TryGetValue(name, out double[]? values) && values.Any(double.IsFinite) ? values : [];

    private (Network? Network, InferenceGraph? Lowered, ConfidenceRule? Confidence) ReadModel(string path)
    {
        SafetensorsFile file = Safetensors.Read(path);
        ModelContent? content = ModelFile.Read(file, path);
        if (Recipe is null)
        {
            if (content is null) throw new FormatException("an earlier version wrote it, and it cannot be read without its recipe.");
            return (content.Network, content.Graph, content.Confidence);
        }

        var trained = TrainedModel.Read(file, path, Recipe);
        var preprocessing = new Preprocessing(trained.Normalization.Mean, trained.Normalization.StandardDeviation);
        return (trained.Network, Lowerer.Lower(trained.Network, preprocessing, trained.Classes), content?.Confidence);
    }

    // As the run wrote it, in whatever version; what is no such record is not shown.
    private static IReadOnlyList<(string Name, string Value)> ReadEnvironment(string path)
    {
        RunRecords.Read<RunEnvironment>(path);
        return JsonFiles.Facts(path);
    }

    private static Dictionary<string, double[]> ReadMetrics(string path)
    {
        using FileStream stream = RunRecords.Open(path, MostMetricsBytes);
        using var reader = new StreamReader(stream);
        string[] names = (reader.ReadLine() ?? "").Split(',');
        if (names[0] != "epoch") throw new FormatException("it is not a table of epochs.");
        var columns = names.Select(static _ => new List<double>()).ToArray();
        while (reader.ReadLine() is string line)
        {
            string[] cells = line.Split(',');
            int row = columns[0].Count + 1;
            if (cells.Length != names.Length)
                throw new FormatException(
                    Invariant($"row {row} has {cells.Length} cells, and the header has {names.Length}."));
            for (int i = 0; i < names.Length; i++)
            {
                double value = double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    && double.IsFinite(number) ? number : double.NaN;
                if (names[i].EndsWith("/accuracy", StringComparison.Ordinal) && (value < 0 || value > 1))
                    throw new FormatException(
                        Invariant($"row {row} says that {names[i]} is {cells[i]}."));
                columns[i].Add(value);
            }
        }

        return names.Zip(columns).DistinctBy(static column => column.First)
            .ToDictionary(static column => column.First, static column => column.Second.ToArray());
    }
}
