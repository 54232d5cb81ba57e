using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>What a file says, as <c>metadata_props</c>, of its classes and of how a picture becomes its input.</summary>
internal static partial class OnnxMetadata
{
    private const string ClassesKey = "classes", PreprocessingKey = "preprocessing";
    private const string RecipeKey = "recipe", DataKey = "data", FingerprintKey = "data_fingerprint", SeedKey = "seed",
        AccuracyKey = "test_accuracy", TemperatureKey = "temperature", ThresholdKey = "sure_threshold", WishedKey = "sure_accuracy";
    private const string CoverRule = "cover", Formula = "(byte / 255 - mean) / standard_deviation";

    public static IEnumerable<KeyValuePair<string, string>> Of(InferenceGraph graph, bool inside)
    {
        if (graph.NamesClasses) yield return new(ClassesKey, JsonSerializer.Serialize([.. graph.Classes], Json.Default.StringArray));
        Preprocessing preprocessing = graph.Preprocessing;
        var record = new PreprocessingRecord
        {
            Mean = [.. preprocessing.Mean],
            StandardDeviation = [.. preprocessing.StandardDeviation],
            Inside = inside,
        };
        yield return new(PreprocessingKey, JsonSerializer.Serialize(record, Json.Default.PreprocessingRecord));
    }

    /// <summary>Where a network comes from, as far as it is known.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(ModelOrigin origin)
    {
        foreach ((string key, string? value) in new[]
        {
            (RecipeKey, origin.Recipe), (DataKey, origin.Data), (FingerprintKey, origin.DataFingerprint),
            (SeedKey, origin.Seed?.ToString(CultureInfo.InvariantCulture)),
            (AccuracyKey, origin.TestAccuracy?.ToString("R", CultureInfo.InvariantCulture)),
        })
        {
            if (value is not null) yield return new(key, value);
        }
    }

    /// <summary>Where a network comes from; what is missing or not as Pare writes it is not known.</summary>
    public static ModelOrigin Origin(IReadOnlyDictionary<string, string> metadata) => new()
    {
        Recipe = metadata.GetValueOrDefault(RecipeKey),
        Data = metadata.GetValueOrDefault(DataKey),
        DataFingerprint = metadata.GetValueOrDefault(FingerprintKey),
        Seed = int.TryParse(metadata.GetValueOrDefault(SeedKey), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed)
            ? seed : null,
        TestAccuracy = float.TryParse(metadata.GetValueOrDefault(AccuracyKey), NumberStyles.Float, CultureInfo.InvariantCulture,
            out float accuracy) && accuracy is >= 0 and <= 1 ? accuracy : null,
    };

    /// <summary>How sure it is said to be.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(ConfidenceRule rule)
    {
        foreach ((string key, double? value) in new[]
        {
            (TemperatureKey, rule.Temperature == 1 ? null : rule.Temperature), (ThresholdKey, rule.Threshold),
            (WishedKey, rule.WishedAccuracy),
        })
        {
            if (value is { } number) yield return new(key, number.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>How sure it is said to be; no rule where the file says nothing.</summary>
    /// <exception cref="DataException">It says what cannot be.</exception>
    public static ConfidenceRule Confidence(IReadOnlyDictionary<string, string> metadata, string path)
    {
        var rule = new ConfidenceRule
        {
            Temperature = Number(TemperatureKey) ?? 1,
            Threshold = Number(ThresholdKey),
            WishedAccuracy = Number(WishedKey),
        };
        try
        {
            rule.Validate();
            return rule;
        }
        catch (ArgumentException error)
        {
            throw new DataException($"The model cannot be used: {error.Message}.", path, "Export the network again.", error);
        }

        double? Number(string key) => !metadata.TryGetValue(key, out string? text) ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
    }

    /// <summary>The class names; null where the file has none.</summary>
    /// <exception cref="DataException">They are there and cannot be read.</exception>
    public static string[]? Classes(IReadOnlyDictionary<string, string> metadata, string path) =>
        Read(metadata, ClassesKey, path, Json.Default.StringArray, static names => names.All(static name => name is not null));

    /// <summary>The preprocessing that a caller must do; null where the file says nothing, or does it itself.</summary>
    /// <exception cref="DataException">It is there and cannot be read.</exception>
    public static Preprocessing? Preprocessing(IReadOnlyDictionary<string, string> metadata, string path) =>
        Read(metadata, PreprocessingKey, path, Json.Default.PreprocessingRecord, static record => record.IsKnown)
            is { Inside: false } record
            ? new Preprocessing(record.Mean, record.StandardDeviation) : null;

    private static T? Read<T>(IReadOnlyDictionary<string, string> metadata, string key, string path,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Func<T, bool> isKnown)
        where T : class
    {
        if (!metadata.TryGetValue(key, out string? text)) return null;
        try
        {
            return JsonSerializer.Deserialize(text, type) is { } read && isKnown(read) ? read
                : throw new JsonException("not as Pare writes it");
        }
        catch (JsonException error)
        {
            throw new DataException($"The metadata '{key}' cannot be read.", path,
                $"Export the network again, or remove '{key}' from the file's metadata_props.", error);
        }
    }

    /// <summary>(byte / 255 - mean) / standard deviation, a channel each.</summary>
    internal sealed record PreprocessingRecord
    {
        public required float[] Mean { get; init; }

        public required float[] StandardDeviation { get; init; }

        public string Resize { get; init; } = CoverRule;

        public string Bytes { get; init; } = Formula;

        /// <summary>Whether the file does it, and takes bytes.</summary>
        public required bool Inside { get; init; }

        /// <summary>Whether nothing is asked for that is not done.</summary>
        [JsonIgnore]
        public bool IsKnown => Mean is not null && StandardDeviation is not null && Resize == CoverRule && Bytes == Formula;
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(string[]))]
    [JsonSerializable(typeof(PreprocessingRecord))]
    private sealed partial class Json : JsonSerializerContext;
}
