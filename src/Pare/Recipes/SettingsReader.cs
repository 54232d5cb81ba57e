using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// Reads one mapping of a recipe. Each setting is declared once, by the call that reads it with its default and range; from these
/// calls come the list of known keys, the errors that name line and key, and the resolved recipe with every default.
/// </summary>
internal sealed class SettingsReader
{
    private readonly YamlMappingNode _node;
    private readonly HashSet<string> _known = [];

    /// <param name="file">Name of the recipe's file, for errors.</param>
    /// <param name="path">Dotted path of the mapping, empty at the top.</param>
    /// <param name="node">The mapping; null reads as an empty one.</param>
    /// <param name="line">Line of the mapping, from 1, for errors about what is missing.</param>
    public SettingsReader(string file, string path, YamlNode? node, long line)
    {
        (File, Path, Line) = (file, path, node?.Start.Line ?? line);
        _node = node switch
        {
            null or YamlScalarNode { Value: null or "" } => [],
            YamlMappingNode mapping => mapping,
            _ => throw Error($"'{path}' must hold settings, each 'key: value'.", Line, path, "Write its settings below it, indented."),
        };
    }

    public string File { get; }

    public string Path { get; }

    public long Line { get; }

    /// <summary>What has been read so far, defaults included, in the order of the calls.</summary>
    public List<KeyValuePair<string, Setting>> Resolved { get; } = [];

    public int Int(string key, int fallback, int min = 1, int max = int.MaxValue) => OptionalInt(key, fallback, min, max)!.Value;

    public int? OptionalInt(string key, int? fallback, int min = 0, int max = int.MaxValue) =>
        Scalar(key, fallback, $"a whole number from {min}" + (max == int.MaxValue ? " on" : $" to {max}"), text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max ? value : null);

    public double Number(string key, double fallback, double min = 0, double max = double.MaxValue) => OptionalNumber(key, fallback, min, max)!.Value;

    public double? OptionalNumber(string key, double? fallback, double min = 0, double max = double.MaxValue) =>
        Scalar(key, fallback, Invariant($"a number from {min}") + (max == double.MaxValue ? " on" : Invariant($" to {max}")), text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= min && value <= max ? value : null);

    public bool Switch(string key, bool fallback) =>
        Scalar<bool>(key, fallback, "true or false", static text => text switch { "true" => true, "false" => false, _ => null })!.Value;

    public string? Text(string key, string? fallback)
    {
        YamlNode? node = Take(key);
        if (node is not null and not YamlScalarNode) throw Error($"'{key}' must be a single value.", node.Start.Line, Full(key), "Write the value behind the colon.");
        string? value = node is YamlScalarNode { Value: { Length: > 0 } text } ? text : fallback;
        Resolved.Add(new(key, Setting.OfText(value ?? string.Empty)));
        return value;
    }

    public T Choice<T>(string key, T fallback, IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        YamlNode? node = Take(key);
        string name = choices.First(choice => choice.Value.Equals(fallback)).Key;
        if (node is not null)
        {
            name = (node as YamlScalarNode)?.Value ?? string.Empty;
            if (!choices.ContainsKey(name)) throw Unknown("value", name, node.Start.Line, Full(key), choices.Keys);
        }

        Resolved.Add(new(key, Setting.OfText(name)));
        return choices[name];
    }

    /// <summary>The settings under a key; <paramref name="read"/> must read all of them.</summary>
    public T Section<T>(string key, Func<SettingsReader, T> read)
    {
        var reader = new SettingsReader(File, Full(key), Take(key), Line);
        T value = read(reader);
        reader.RefuseUnknown();
        Resolved.Add(new(key, Setting.OfEntries(reader.Resolved)));
        return value;
    }

    /// <summary>
    /// One of several named alternatives with settings of its own: <c>key: { name: { settings } }</c>, or <c>key: name</c>.
    /// <paramref name="validate"/> checks the settings together and throws <see cref="ArgumentException"/>.
    /// </summary>
    public T OneOf<T>(string key, string fallback, IReadOnlyDictionary<string, Func<SettingsReader, T>> alternatives, Action<T> validate)
    {
        YamlNode? node = Take(key);
        (string name, YamlNode? settings, long line) = node is null or YamlScalarNode { Value: null or "" } ? (fallback, null, Line) : Named(node, Full(key));
        if (!alternatives.TryGetValue(name, out Func<SettingsReader, T>? read)) throw Unknown("name", name, line, Full(key), alternatives.Keys);
        var reader = new SettingsReader(File, $"{Full(key)}.{name}", settings, line);
        T value = read(reader);
        reader.RefuseUnknown();
        try
        {
            validate(value);
        }
        catch (ArgumentException error)
        {
            throw reader.Error(error.Message, reader.Line, reader.Path, "Change one of these settings.", error);
        }

        Resolved.Add(new(key, Setting.OfEntries([new(name, Setting.OfEntries(reader.Resolved))])));
        return value;
    }

    /// <summary>The items of a list, each a name with settings; <paramref name="read"/> gets name, settings and line and returns the resolved settings.</summary>
    public bool List(string key, bool required, Func<string, YamlNode?, string, long, Setting> read)
    {
        YamlNode? node = Take(key);
        if (node is not YamlSequenceNode sequence)
        {
            if (node is null && !required) return false;
            throw Error($"'{Full(key)}' must be a list.", node?.Start.Line ?? Line, Full(key), "Write each item on a line of its own, begun with '- '.");
        }

        var items = new List<Setting>();
        foreach (YamlNode item in sequence)
        {
            string path = $"{Full(key)}[{items.Count}]";
            (string name, YamlNode? settings, long line) = Named(item, path);
            items.Add(Setting.OfEntries([new(name, read(name, settings, $"{path}.{name}", line))]));
        }

        Resolved.Add(new(key, Setting.OfList(items)));
        return true;
    }

    /// <summary>Refuses the first key that no call has read.</summary>
    public void RefuseUnknown()
    {
        foreach (YamlNode key in _node.Children.Keys)
        {
            string name = (key as YamlScalarNode)?.Value ?? string.Empty;
            if (!_known.Contains(name)) throw Unknown("key", name, key.Start.Line, Full(name), _known);
        }
    }

    /// <summary>An error at a line of this recipe.</summary>
    public RecipeException Error(string what, long line, string key, string remedy, Exception? inner = null) =>
        new(what, $"{File}, line {line}" + (key.Length == 0 ? string.Empty : $", key {key}"), remedy, inner);

    /// <summary>The error about a name that nothing knows, with the nearest one that something does.</summary>
    public RecipeException Unknown(string kind, string name, long line, string key, IEnumerable<string> known)
    {
        string? nearest = Nearest.Find(name, known);
        return Error($"Unknown {kind} '{name}'.", line, key, nearest is null ? $"Use one of: {string.Join(", ", known)}." : $"Did you mean '{nearest}'?");
    }

    private T? Scalar<T>(string key, T? fallback, string expected, Func<string, T?> parse)
        where T : struct, IConvertible
    {
        YamlNode? node = Take(key);
        T? value = fallback;
        if (node is not null && node is not YamlScalarNode { Value: null or "" })
        {
            value = node is YamlScalarNode { Value: { } text } ? parse(text) : null;
            if (value is null) throw Error($"'{key}' is {(node as YamlScalarNode)?.Value ?? "not a single value"}; it must be {expected}.", node.Start.Line, Full(key), $"Write {expected}.");
        }

        string resolved = value is bool flag ? (flag ? "true" : "false") : value?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
        Resolved.Add(new(key, Setting.OfText(resolved)));
        return value;
    }

    // 'name', or 'name: settings' with a single name.
    private (string Name, YamlNode? Settings, long Line) Named(YamlNode node, string path) => node switch
    {
        YamlScalarNode { Value: { } name } => (name, null, node.Start.Line),
        YamlMappingNode { Children.Count: 1 } mapping when mapping.First().Key is YamlScalarNode { Value: { } name } => (name, mapping.First().Value, node.Start.Line),
        _ => throw Error("Expected a name, or one name with its settings.", node.Start.Line, path, "Write 'name' or 'name: { key: value }'."),
    };

    private YamlNode? Take(string key)
    {
        _known.Add(key);
        return _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;
    }

    private string Full(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
