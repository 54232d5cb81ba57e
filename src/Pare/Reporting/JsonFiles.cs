using System.Text.Json;

namespace Pare.Reporting;

/// <summary>Reads what may be missing or damaged.</summary>
internal static class JsonFiles
{
    /// <summary>The object in a file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="missing">Told why there is none.</param>
    public static JsonElement? Object(string folder, string name, ICollection<string> missing) => Read(folder, name, missing, static path =>
    {
        using FileStream stream = File.OpenRead(path);
        using JsonDocument json = JsonDocument.Parse(stream);
        return json.RootElement.ValueKind == JsonValueKind.Object ? (JsonElement?)json.RootElement.Clone() : throw new FormatException("it is not an object.");
    });

    /// <summary>Something read from a file; null when that fails.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="missing">Told why there is none.</param>
    /// <param name="read">Reads the file at a path.</param>
    public static T? Read<T>(string folder, string name, ICollection<string> missing, Func<string, T?> read)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            missing.Add($"{name}: it is not there");
            return default;
        }

        try
        {
            return read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException or InvalidOperationException or PareException)
        {
            missing.Add($"{name}: {error.Message}");
            return default;
        }
    }

    /// <summary>A text; null when it is missing.</summary>
    public static string? Text(this JsonElement json, string name) => Find(json, name, JsonValueKind.String)?.GetString();

    /// <summary>A number; null when it is missing.</summary>
    public static double? Number(this JsonElement json, string name) => Find(json, name, JsonValueKind.Number)?.GetDouble();

    /// <summary>The elements of an array; none when it is missing.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) => Find(json, name, JsonValueKind.Array)?.EnumerateArray() ?? Enumerable.Empty<JsonElement>();

    /// <summary>An object; null when it is missing.</summary>
    public static JsonElement? Inner(this JsonElement json, string name) => Find(json, name, JsonValueKind.Object);

    /// <summary>The properties of an object as texts, in their order; an array's elements are joined by spaces.</summary>
    public static IReadOnlyList<(string Name, string Value)> Facts(this JsonElement json) =>
        [.. json.EnumerateObject().Select(static property => (property.Name, property.Value.ValueKind == JsonValueKind.Array ? string.Join(' ', property.Value.EnumerateArray().Select(static element => Figures.Argument(element.ToString()))) : property.Value.ToString()))];

    private static JsonElement? Find(JsonElement json, string name, JsonValueKind kind) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? value : null;
}
