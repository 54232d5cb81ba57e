using System.Text.Json;

namespace Pare.Export;

/// <summary>
/// Reads a <see cref="ModelRecord"/> from its JSON. The serializer would do it, too; but what it builds for each type of property is
/// compiled when the program runs, which took a fifth of a first prediction.
/// </summary>
internal static class ModelRecordReader
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads a record; what this version does not know is passed over.</summary>
    /// <exception cref="JsonException">It is not valid JSON, or a value is of another kind.</exception>
    public static ModelRecord Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json, s_strict);
        JsonElement record = Object(document.RootElement);
        return new ModelRecord
        {
            Format = Number(record, "format") ?? 0,
            Version = Text(record, "version") ?? "",
            Recipe = Text(record, "recipe"),
            Seed = Number(record, "seed"),
            Data = Text(record, "data"),
            DataFingerprint = Text(record, "data_fingerprint"),
            TestAccuracy = Real(record, "test_accuracy"),
            Temperature = Double(record, "temperature"),
            SureThreshold = Double(record, "sure_threshold"),
            SureAccuracy = Double(record, "sure_accuracy"),
            Parameters = Find(record, "parameters") is { } count ? ToCount(count) : 0,
            Preprocessing = Find(record, "preprocessing") is { } preprocessing ? ToPreprocessing(Object(preprocessing)) : new(),
            Layers = Array(record, "layers", static item => ToLayer(Object(item))),
            Operations = Array(record, "operations", static item => ToOperation(Object(item))),
        };
    }

    /// <summary>Reads a list of texts.</summary>
    /// <exception cref="JsonException">It is not valid JSON, or something else.</exception>
    public static string[] ReadTexts(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json, s_strict);
        return Items(document.RootElement, ToText);
    }

    private static ModelRecord.PreprocessingRecord ToPreprocessing(JsonElement record)
    {
        var ours = new ModelRecord.PreprocessingRecord();
        return new()
        {
            Colour = Text(record, "colour") ?? ours.Colour,
            Orientation = Text(record, "orientation") ?? ours.Orientation,
            Resize = Text(record, "resize") ?? ours.Resize,
            Mean = Array(record, "mean", ToReal) ?? [],
            StandardDeviation = Array(record, "standard_deviation", ToReal) ?? [],
        };
    }

    private static ModelRecord.LayerRecord ToLayer(JsonElement record) => new()
    {
        Name = Needed(record, "name"),
        Kind = Needed(record, "kind"),
        Inputs = Array(record, "inputs", ToText),
        WeightsOf = Text(record, "weights_of"),
        Shape = Array(record, "shape", ToNumber),
        Channels = Number(record, "channels"),
        Units = Number(record, "units"),
        Kernel = Number(record, "kernel"),
        Stride = Number(record, "stride"),
        Padding = Number(record, "padding"),
        Groups = Number(record, "groups"),
        Filter = Number(record, "filter"),
        Bias = Flag(record, "bias"),
        Scale = Flag(record, "scale"),
        Shift = Flag(record, "shift"),
        CountPadding = Flag(record, "count_padding"),
        RoundsWeights = Flag(record, "rounds_weights"),
        Momentum = Real(record, "momentum"),
        Epsilon = Real(record, "epsilon"),
        Probability = Real(record, "probability"),
    };

    private static ModelRecord.OperationRecord ToOperation(JsonElement record) => new()
    {
        Name = Needed(record, "name"),
        Kind = Needed(record, "kind"),
        Inputs = Array(record, "inputs", ToText),
        Shape = Array(record, "shape", ToNumber),
        Window = Array(record, "window", ToNumber),
        Strides = Array(record, "strides", ToNumber),
        Dilations = Array(record, "dilations", ToNumber),
        Borders = Array(record, "borders", ToNumber),
        Groups = Number(record, "groups"),
        Weights = Text(record, "weights"),
        Scale = Text(record, "scale"),
        Shift = Text(record, "shift"),
        Function = Text(record, "function"),
        A = Real(record, "a"),
        B = Real(record, "b"),
        Mode = Text(record, "mode"),
        Filter = Number(record, "filter"),
        Stride = Number(record, "stride"),
        Range = Array(record, "range", ToReal),
        SumRange = Array(record, "sum_range", ToReal),
    };

    private static JsonElement? Find(JsonElement record, string name) =>
        record.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement Object(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value : throw Wrong(value, "an object");

    private static string Needed(JsonElement record, string name) =>
        Text(record, name) ?? throw new JsonException($"a node lacks its {name}");

    private static string? Text(JsonElement record, string name) => Find(record, name) is { } value ? ToText(value) : null;

    private static int? Number(JsonElement record, string name) => Find(record, name) is { } value ? ToNumber(value) : null;

    private static float? Real(JsonElement record, string name) => Find(record, name) is { } value ? ToReal(value) : null;

    private static double? Double(JsonElement record, string name) => Find(record, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : ToReal(value);

    private static bool? Flag(JsonElement record, string name) => Find(record, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(value, "true or false"),
    };

    private static T[]? Array<T>(JsonElement record, string name, Func<JsonElement, T> read) =>
        Find(record, name) is { } list ? Items(list, read) : null;

    private static T[] Items<T>(JsonElement list, Func<JsonElement, T> read)
    {
        if (list.ValueKind != JsonValueKind.Array) throw Wrong(list, "a list");
        var items = new T[list.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in list.EnumerateArray()) items[count++] = read(item);
        return items;
    }

    private static string ToText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(value, "a text");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("a text is not valid UTF-16", error);
        }
    }

    private static int ToNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(value, "a whole number");

    private static long ToCount(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(value, "a whole number");

    // A number that is not finite stands as a text: whoever needs a finite one refuses it.
    private static float ToReal(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number)) return number;
        return value.ValueKind != JsonValueKind.String ? throw Wrong(value, "a number") : ToText(value) switch
        {
            "NaN" => float.NaN,
            "Infinity" => float.PositiveInfinity,
            "-Infinity" => float.NegativeInfinity,
            _ => throw Wrong(value, "a number"),
        };
    }

    private static JsonException Wrong(JsonElement value, string what) => new($"{value.ValueKind} where {what} belongs");
}
