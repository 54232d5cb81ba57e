using System.Text.Json;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>Reads what may be missing or damaged.</summary>
internal static class JsonFiles
{
    private const long MostBytes = 16 << 20;

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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or ArgumentException or OverflowException or NotSupportedException or PareException)
        {
            missing.Add($"{name}: {error.Message}");
            return default;
        }
    }

    /// <summary>
    /// The properties of an object in a file as texts, in their order, but for the number of the file's form; an array's elements are
    /// joined by spaces.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The object's property in the file's; null for the file's own object.</param>
    public static IReadOnlyList<(string Name, string Value)> Facts(string path, string? name = null)
    {
        using FileStream stream = RunRecords.Open(path, MostBytes);
        using JsonDocument json = JsonDocument.Parse(stream);
        JsonElement facts = name is null ? json.RootElement : json.RootElement.GetProperty(name);
        return
        [
            .. facts.EnumerateObject().Where(static property => property.Name != "format")
                .Select(static property => (property.Name, Text(property.Value))),
        ];
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? string.Join(' ', value.EnumerateArray().Select(static element => Figures.Argument(element.ToString())))
        : value.ToString();
}
