using System.Text.Json;

namespace Pare.Export;

/// <summary>The JSON header of a safetensors file, with every offset checked against the bytes that follow it.</summary>
internal sealed class SafetensorsHeader
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private SafetensorsHeader(List<Entry> entries, Dictionary<string, string> metadata) => (Entries, Metadata) = (entries, metadata);

    /// <summary>The tensors in the order of their bytes.</summary>
    public List<Entry> Entries { get; }

    public Dictionary<string, string> Metadata { get; }

    /// <param name="json">The header without its length; trailing spaces are padding.</param>
    /// <param name="dataLength">The bytes that follow the header.</param>
    /// <param name="source">The file, for messages.</param>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long dataLength, string source)
    {
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Error("The header is not a JSON object.", source);
            int count = document.RootElement.GetPropertyCount();
            if (count > Safetensors.MaxTensors + 1)
                throw Error($"The header lists {count} tensors; {Safetensors.MaxTensors} are possible.", source);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(Safetensors.MetadataKey)) ReadMetadata(property.Value, metadata, source);
                else entries.Add(ReadEntry(property.Name, property.Value, source));
            }
        }
        // InvalidOperationException: a string of the header is not valid UTF-8 or UTF-16.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new DataException($"The header is not valid JSON: {exception.Message}", source, Safetensors.Remedy, exception);
        }

        CheckOffsets(entries, dataLength, source);
        return new SafetensorsHeader(entries, metadata);
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string source)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Error("__metadata__ is not an object of texts.", source);
        foreach (JsonProperty text in value.EnumerateObject())
        {
            if (text.Value.ValueKind != JsonValueKind.String) throw Error($"__metadata__ '{text.Name}' is not a text.", source);
            metadata.Add(text.Name, text.Value.GetString()!);
        }
    }

    private static Entry ReadEntry(string name, JsonElement value, string source)
    {
        string where = $"{source}, tensor '{name}'";
        if (name.Length == 0) throw Error("A tensor has no name.", source);
        if (value.ValueKind != JsonValueKind.Object) throw Error("The tensor's description is not an object.", where);
        if (!value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String)
            throw Error("The tensor has no dtype.", where);
        SafetensorsType type = dtype.GetString() switch
        {
            "F32" => SafetensorsType.Float32,
            "I64" => SafetensorsType.Int64,
            var other => throw new DataException($"The tensor's dtype is {other}.", where, "Pare reads F32 and I64; convert the file."),
        };
        long[] offsets = ReadNumbers(value, "data_offsets", where);
        if (offsets.Length != 2) throw Error($"data_offsets has {offsets.Length} numbers, not 2.", where);
        long[] sides = ReadNumbers(value, "shape", where);
        if (sides.FirstOrDefault(static side => side > int.MaxValue) is var large and not 0)
            throw Error($"A dimension of {large} is too large.", where);
        return new Entry(name, type, Array.ConvertAll(sides, static side => (int)side), offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(JsonElement tensor, string key, string where)
    {
        if (!tensor.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Error($"The tensor has no list '{key}'.", where);
        var numbers = new long[list.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
                throw Error($"'{key}' holds {item.GetRawText()}, which is not a whole number of 0 or more.", where);
            numbers[count++] = number;
        }

        return numbers;
    }

    private static void CheckOffsets(List<Entry> entries, long dataLength, string source)
    {
        // An empty tensor may start where the next one does, hence the second key.
        entries.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long position = 0;
        foreach (Entry entry in entries)
        {
            string where = $"{source}, tensor '{entry.Name}'";
            if (entry.End < entry.Begin || entry.End > dataLength)
                throw Error($"Bytes {entry.Begin} to {entry.End} lie outside the {dataLength} bytes of data.", where);
            if (entry.Begin != position)
                throw Error(
                    $"Its bytes start at {entry.Begin}, where {position} was due: tensors " +
                    $"{(entry.Begin < position ? "overlap" : "leave a gap")}.", where);
            long count = SafetensorsTensor.CountOf(entry.Shape), size = entry.End - entry.Begin;
            if (count < 0 || count > long.MaxValue / entry.ElementSize || count * entry.ElementSize != size)
                throw Error($"Shape [{string.Join(", ", entry.Shape)}] does not fit its {size} bytes.", where);
            if (size > int.MaxValue)
                throw Error($"The tensor has {size} bytes; more than {int.MaxValue} in one tensor are not supported.", where);
            position = entry.End;
        }

        if (position != dataLength) throw Error($"{dataLength - position} bytes at the end belong to no tensor.", source);
    }

    private static DataException Error(string what, string where) => new(what, where, Safetensors.Remedy);

    /// <summary>One tensor's line of the header; the offsets count from the end of the header.</summary>
    internal sealed record Entry(string Name, SafetensorsType Type, int[] Shape, long Begin, long End)
    {
        public int ElementSize => Type == SafetensorsType.Float32 ? sizeof(float) : sizeof(long);
    }
}
