using System.Reflection;
using System.Text.Json.Nodes;

namespace Pare.Recipes;

/// <summary>
/// The JSON schema of one mapping, built up call by call while a describing <see cref="SettingsReader"/> reads. A value that may be
/// left empty may be null: it then has its default.
/// </summary>
internal sealed class SettingsSchema(SchemaSummaries summaries)
{
    private readonly JsonObject _properties = [];
    private readonly JsonArray _required = [];
    private string? _description, _about;
    private bool _short;

    public SchemaSummaries Summaries => summaries;

    /// <summary>A name alone, where nothing must be set, or one name with its settings.</summary>
    public static JsonObject Named(IEnumerable<(string Name, SettingsSchema Settings)> alternatives)
    {
        var names = new JsonArray();
        var properties = new JsonObject();
        foreach ((string name, SettingsSchema settings) in alternatives)
        {
            if (settings._required.Count == 0) names.Add((JsonNode)name);
            properties[name] = settings.ValueOrSettings();
        }

        return AnyOf(
            new JsonObject { ["enum"] = names },
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = properties,
                ["additionalProperties"] = false,
                ["minProperties"] = 1,
                ["maxProperties"] = 1
            });
    }

    public void Ranged(string key, JsonNode? fallback, RangeAttribute? range, string type)
    {
        JsonObject value = Typed(type, fallback is null);
        if (range is not null)
        {
            value[range.AboveLeast ? "exclusiveMinimum" : "minimum"] = range.Least;
            if (range.Most < int.MaxValue) value[range.BelowMost ? "exclusiveMaximum" : "maximum"] = range.Most;
        }

        Add(key, value, fallback);
    }

    public void Switch(string key, bool fallback) => Add(key, Typed("boolean", false), fallback);

    public void Text(string key, string? fallback) => Add(key, Typed("string", true), fallback is { Length: > 0 } ? fallback : null);

    public void Numbers(string key, IEnumerable<double> fallback) =>
        Add(key, new JsonObject { ["type"] = "array", ["items"] = Typed("number", false) },
            Array(fallback.Select(static value => (JsonNode)value)));

    public void Choice(string key, string fallback, IEnumerable<string> choices) =>
        Add(key, new JsonObject { ["enum"] = Array(choices.Select(static choice => (JsonNode)choice)) }, fallback);

    public void Section(string key, SettingsSchema section)
    {
        Add(key, section.Settings(), null);
        if (section._required.Count > 0) Require(key);
    }

    public void OneOf(string key, string fallback, IEnumerable<(string Name, SettingsSchema Settings)> alternatives) =>
        Add(key, Named(alternatives), fallback);

    public void Optional(string key, SettingsSchema settings)
    {
        var values = new JsonArray(Typed("boolean", false));
        foreach (JsonNode value in settings.Short(true).Values()) values.Add(value);
        Add(key, settings.Described(new JsonObject { ["anyOf"] = values }), null);
    }

    public void List(string key, bool required, string definition)
    {
        Add(key, new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = $"#/$defs/{definition}" } }, null);
        if (required) Require(key);
    }

    /// <summary>A key that must be there, and that has a value.</summary>
    public void Require(string key)
    {
        _required.Add((JsonNode)key);
        if (_properties[key]?["type"] is JsonArray types) _properties[key]!["type"] = types[0]!.DeepClone();
    }

    /// <summary>Whether a single value stands for the first setting.</summary>
    public SettingsSchema Short(bool first)
    {
        _short = first;
        return this;
    }

    /// <summary>What the key says that comes next.</summary>
    public void About(string text) => _about = text;

    /// <summary>What the whole mapping is: a text, or the summary of a type or of an enumeration's value.</summary>
    public void Document(object what) => _description = what switch
    {
        string text => text,
        Enum value => summaries.Of(value),
        _ => summaries.Of(what.GetType()),
    };

    public void Document(string key, PropertyInfo property)
    {
        if (summaries.Of(property) is { } summary) _properties[key]!["description"] = summary;
    }

    /// <summary>The mapping itself.</summary>
    public JsonObject Settings()
    {
        JsonObject value = Typed("object", _required.Count == 0);
        value["properties"] = _properties;
        if (_required.Count > 0) value["required"] = _required;
        value["additionalProperties"] = false;
        return value;
    }

    private JsonObject Described(JsonObject value)
    {
        if (_description is not null) value["description"] = _description;
        return value;
    }

    private JsonObject ValueOrSettings() => Described(AnyOf([.. Values()]));

    private IEnumerable<JsonNode> Values()
    {
        if (_short && _properties.Count > 0) yield return _properties.First().Value!.DeepClone();
        yield return Settings();
    }

    private void Add(string key, JsonObject value, JsonNode? fallback)
    {
        if (fallback is not null) value["default"] = fallback;
        if (_about is not null) value["description"] = _about;
        _about = null;
        _properties[key] = value;
    }

    private static JsonObject Typed(string type, bool orNull) => new() { ["type"] = orNull ? Array([type, "null"]) : type };

    private static JsonObject AnyOf(params JsonNode[] values) => values is [JsonObject only] ? only : new() { ["anyOf"] = Array(values) };

    private static JsonArray Array(IEnumerable<JsonNode> values) => [.. values];
}
