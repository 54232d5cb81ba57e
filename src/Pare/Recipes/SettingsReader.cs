using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Pare.Training;
using Pare.Training.Losses;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// Reads one mapping of a recipe. Each setting is declared once, by the call that reads it with its default and range; from these
/// calls come the list of known keys, the errors that name line and key, the resolved recipe with every default, and the schema:
/// a describing reader has nothing to read and writes down what each call would take.
/// </summary>
internal sealed class SettingsReader
{
    private readonly YamlMappingNode _node;
    private readonly HashSet<string> _known = [];

    // The value that stands for the first setting, where no mapping is written.
    private YamlNode? _first;

    // The reader of the section that this one is in.
    private SettingsReader? _outer;

    // Null unless the reader only describes.
    private readonly SettingsSchema? _schema;

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
            _ when path.Length == 0 => throw Error("A recipe must hold settings, each 'key: value'.", Line, path,
                "Write its keys (name, dataset, model, training), each at the beginning of a line."),
            _ => throw Error($"'{path}' must hold settings, each 'key: value'.", Line, path, "Write its settings below it, indented."),
        };
    }

    private SettingsReader(string path, SettingsSchema schema)
        : this(string.Empty, path, null, 1) => _schema = schema;

    public string File { get; }

    public string Path { get; }

    public long Line { get; }

    /// <summary>Whether there is nothing to read, and the calls only tell what they would take.</summary>
    public bool Describes => _schema is not null;

    /// <summary>What has been read so far, defaults included, in the order of the calls.</summary>
    public List<KeyValuePair<string, Setting>> Resolved { get; } = [];

    /// <summary>
    /// What is taken at a key, collected while <paramref name="read"/> reads: each alternative is read once, with defaults for all values.
    /// </summary>
    public static SettingsSchema Describe(SchemaSummaries summaries, string path, Action<SettingsReader> read, string? about = null)
    {
        var schema = new SettingsSchema(summaries);
        if (about is not null) schema.Document(about);
        read(new SettingsReader(path, schema));
        return schema;
    }

    /// <summary>Says in the schema what the setting is that is read next.</summary>
    public SettingsReader About(string text)
    {
        _schema?.About(text);
        return this;
    }

    /// <summary>Says in the schema what the whole mapping is: the summary of a record's type, or of an enumeration's value.</summary>
    public void Document(object read) => _schema?.Document(read);

    /// <summary>A reader of an item's settings.</summary>
    /// <param name="settings">What is written.</param>
    /// <param name="path">The item's dotted path.</param>
    /// <param name="line">Its line.</param>
    /// <param name="single">Whether a single value stands for the first setting, as in <c>conv: 16</c>.</param>
    public SettingsReader Item(YamlNode? settings, string path, long line, bool single)
    {
        if (!single || settings is not YamlScalarNode { Value: { Length: > 0 } } first) return new(File, path, settings, line);
        return new(File, path, null, line) { _first = first };
    }

    /// <summary>The line at which a key stands, or else the mapping.</summary>
    public long LineOf(string key) =>
        _node.Children.Keys.FirstOrDefault(node => (node as YamlScalarNode)?.Value == key)?.Start.Line ?? Line;

    public int Int(string key, int fallback, int min = 1, int max = int.MaxValue) => OptionalInt(key, fallback, min, max)!.Value;

    public int? OptionalInt(string key, int? fallback, int min, int max = int.MaxValue) =>
        Ranged(key, fallback, fallback, new RangeAttribute(min, max), "integer", "a whole number", Whole<int>);

    public double Number(string key, double fallback, double min, double max) => OptionalNumber(key, fallback, min, max)!.Value;

    public double? OptionalNumber(string key, double? fallback, double min, double max) =>
        Ranged(key, fallback, fallback, new RangeAttribute(min, max), "number", "a number", Finite<double>);

    public bool Switch(string key, bool fallback)
    {
        _schema?.Switch(key, fallback);
        return Scalar<bool>(key, fallback, "true or false", RecipeYaml.Truth)!.Value;
    }

    /// <summary>A text that has no default; while describing, the example.</summary>
    public string RequiredText(string key, string example, string remedy)
    {
        string? value = Text(key, null, remedy);
        _schema?.Require(key);
        if (value is null && _schema is null) throw Error($"'{key}' is missing.", Line, Path, remedy);
        return value ?? example;
    }

    public string? Text(string key, string? fallback, string remedy = "Write the value behind the colon; quotes make one of any text.")
    {
        _schema?.Text(key, fallback);
        string? value = OneValue(key, remedy)?.Value ?? fallback;
        Resolved.Add(new(key, Setting.OfText(value ?? string.Empty)));
        return value;
    }

    /// <summary>The value of one of several names.</summary>
    public T Choice<T>(string key, string fallback, IReadOnlyDictionary<string, T> choices)
    {
        _schema?.Choice(key, fallback, choices.Keys);
        YamlScalarNode? node = OneValue(key, UseOneOf(choices.Keys));
        string name = node?.Value ?? fallback;
        if (!choices.TryGetValue(name, out T? choice)) throw Unknown("value", name, node!.Start.Line, Full(key), choices.Keys);
        Resolved.Add(new(key, Setting.OfText(name)));
        return choice;
    }

    /// <summary>
    /// The settings under a key; <paramref name="read"/> must read all of them. <paramref name="validate"/> checks them together and throws
    /// <see cref="ArgumentException"/>.
    /// </summary>
    public T Section<T>(string key, Func<SettingsReader, T> read, Action<T>? validate = null)
    {
        SettingsReader reader = _schema is null ? new(File, Full(key), Take(key), Line) { _outer = this }
            : new(Full(key), new SettingsSchema(_schema.Summaries));
        T value = reader.ReadAll(read, validate ?? (static _ => { }));
        _schema?.Section(key, reader._schema!);
        Resolved.Add(new(key, Setting.OfEntries(reader.Resolved)));
        return value;
    }

    /// <summary>
    /// One of several named alternatives with settings of its own: <c>key: { name: { settings } }</c>, or <c>key: name</c>.
    /// <paramref name="validate"/> checks the settings together and throws <see cref="ArgumentException"/>.
    /// </summary>
    public T OneOf<T>(string key, string fallback, IReadOnlyDictionary<string, Func<T>> alternatives, Func<SettingsReader, T, T> read,
        Action<T> validate)
        where T : class
    {
        _schema?.OneOf(key, fallback,
            alternatives.Select(named =>
            (named.Key,
                Describe(_schema.Summaries, $"{Full(key)}.{named.Key}", section => section.Document(read(section, named.Value()))))));
        YamlNode? node = Take(key);
        (string name, YamlNode? settings, long line) = node is null or YamlScalarNode { Value: null or "" } ? (fallback, null, Line)
            : Named(node, Full(key), alternatives.Keys);
        if (!alternatives.TryGetValue(name, out Func<T>? make)) throw Unknown("name", name, line, Full(key), alternatives.Keys);
        var reader = new SettingsReader(File, $"{Full(key)}.{name}", settings, line) { _outer = this };
        T value = reader.ReadAll(section => read(section, make()), validate);
        Resolved.Add(new(key, Setting.OfEntries([new(name, Setting.OfEntries(reader.Resolved))])));
        return value;
    }

    /// <summary>
    /// Something that is off unless it is named: <c>key: { settings }</c>; <c>key: true</c> takes all defaults, <c>key: value</c> sets its
    /// first setting, <c>key: false</c> leaves it off.
    /// </summary>
    public T? Optional<T>(string key, Func<SettingsReader, T> read, Action<T> validate)
        where T : class
    {
        _schema?.Optional(key, Describe(_schema.Summaries, Full(key), section => section.Document(read(section))));
        YamlNode? node = Take(key);
        bool? isOn = RecipeYaml.Truth((node as YamlScalarNode)?.Value);
        if (node is null || isOn == false) return null;
        var reader = new SettingsReader(File, Full(key), node is YamlScalarNode ? null : node, node.Start.Line) { _outer = this };
        if (isOn is null && node is YamlScalarNode { Value: not (null or "") } first) reader._first = first;
        T value = reader.ReadAll(read, validate);
        Resolved.Add(new(key, Setting.OfEntries(reader.Resolved)));
        return value;
    }

    /// <summary>A property of an option record, of any of the types that they have.</summary>
    public object? Value(PropertyInfo property, object? fallback)
    {
        string key = RecordSettings.Key(property.Name);
        bool required = property.IsDefined(typeof(RequiredMemberAttribute));
        object? value = Value(key, property, required ? null : fallback);
        _schema?.Document(key, property);
        if (!required) return value;
        _schema?.Require(key);
        if (value is null && _schema is null)
            throw Error($"'{key}' is missing.", Line, Path,
                $"Write {key}{(property.GetCustomAttribute<RangeAttribute>() is { } range ? $", a number {range}" : string.Empty)}.");
        return value ?? fallback;
    }

    private object? Value(string key, PropertyInfo property, object? fallback)
    {
        Type type = property.PropertyType;
        RangeAttribute? range = property.GetCustomAttribute<RangeAttribute>();
        if (type == typeof(int) || type == typeof(int?))
            return Ranged(key, (int?)fallback, (int?)fallback, range, "integer", "a whole number", Whole<int>);
        if (type == typeof(long) || type == typeof(long?))
            return Ranged(key, (long?)fallback, (long?)fallback, range, "integer", "a whole number", Whole<long>);
        if (type == typeof(float) || type == typeof(float?))
            return Ranged(key, (float?)fallback, (float?)fallback, range, "number", "a number", Finite<float>);
        if (type == typeof(double) || type == typeof(double?))
            return Ranged(key, (double?)fallback, (double?)fallback, range, "number", "a number", Finite<double>);
        if (type == typeof(bool)) return Switch(key, (bool)fallback!);
        if (type == typeof(Teacher)) return Text(key, null) is { } path ? TeacherFile.Named(path, File) : null;
        if (type == typeof(string)) return Text(key, (string?)fallback);
        if (type == typeof(IReadOnlyList<double>)) return Numbers(key, (IReadOnlyList<double>)fallback!);
        if (type.IsEnum)
        {
            IEnumerable<string> names = property.GetCustomAttribute<ChoicesAttribute>()?.Values.Select(static value => value.ToString()!)
                ?? Enum.GetNames(type);
            return Enum.Parse(type, Choice(key, RecordSettings.Key(fallback!.ToString()!), names.ToDictionary(RecordSettings.Key)));
        }

        throw new NotSupportedException($"No setting is of type {type}.");
    }

    /// <summary>Whether the key is there with a value.</summary>
    public bool Has(string key) => Take(key) is not (null or YamlScalarNode { Value: null or "" });

    /// <summary>
    /// The items of a list, each a name with settings; <paramref name="read"/> gets name, settings and line and returns the resolved
    /// settings.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="required">Whether it must be there.</param>
    /// <param name="definition">What the schema calls an item.</param>
    /// <param name="read">Reads an item.</param>
    /// <returns>Whether the key is there.</returns>
    public bool List(string key, bool required, string definition, Func<string, YamlNode?, string, long, Setting> read)
    {
        _schema?.List(key, required, definition);
        if (_schema is not null) return false;
        YamlNode? node = Take(key);
        if (node is not YamlSequenceNode sequence)
        {
            if (!required && node is null or YamlScalarNode { Value: null or "" }) return false;
            throw Error($"'{Full(key)}' must be a list.", node?.Start.Line
                ?? Line, Full(key), "Write each item on a line of its own, begun with '- '.");
        }

        var items = new List<Setting>();
        foreach (YamlNode item in sequence)
        {
            string path = $"{Full(key)}[{items.Count}]";
            (string name, YamlNode? settings, long line) = Named(item, path);
            items.Add(Setting.OfEntries([new(name, read(name, settings, $"{path}.{name}", line))]));
        }

        if (items.Count == 0 && required)
            throw Error($"'{Full(key)}' is an empty list.", sequence.Start.Line, Full(key),
                $"Write one {definition} or more, each on a line of its own, begun with '- '.");
        if (items.Count > 0) Resolved.Add(new(key, Setting.OfList(items)));
        return true;
    }

    /// <summary>The settings under a key as they stand, for another reader; null when there are none.</summary>
    public YamlMappingNode? Unread(string key) => Take(key) switch
    {
        null or YamlScalarNode { Value: null or "" } => null,
        YamlMappingNode mapping => mapping,
        { } other =>
        throw Error($"'{key}' must hold settings, each 'key: value'.", other.Start.Line, Full(key),
            "Write its settings below it, indented."),
    };

    /// <summary>Refuses the first key that no call has read.</summary>
    /// <param name="elsewhere">Keys that have been read and taken out before, for suggestions.</param>
    public void RefuseUnknown(params string[] elsewhere)
    {
        foreach (YamlNode key in _node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw Error($"A key is a name, and {Given(key)} stands there.", key.Start.Line, Path,
                    "Write each setting as 'key: value'.");
            }

            if (_known.Contains(name)) continue;
            if (DecimalComma(name) is { } number)
                throw Error($"Unknown key '{name}'.", key.Start.Line, Path,
                    $"If it belongs to the number before it, use a point: {number}.");
            throw Unknown("key", name, key.Start.Line, Full(name), [.. _known, .. elsewhere.Where(other => other != name)]);
        }
    }

    /// <summary>An error at a line of this recipe.</summary>
    public RecipeException Error(string what, long line, string key, string remedy, Exception? inner = null) =>
        new(what, $"{File}, line {line}" + (key.Length == 0 ? string.Empty : $", key {key}"), remedy, inner);

    /// <summary>The error about a name that nothing knows, with the nearest one that something does.</summary>
    public RecipeException Unknown(string kind, string name, long line, string key, IEnumerable<string> known)
    {
        for (SettingsReader? outer = _outer; outer is not null; outer = outer._outer)
        {
            if (outer._known.Contains(name))
                return Error($"Unknown {kind} '{name}'.", line, key,
                    outer.Path.Length == 0 ? $"'{name}' stands at the top level of a recipe, not under '{Path}'."
                        : $"'{name}' stands under '{outer.Path}', not under '{Path}'.");
        }

        string? nearest = name.Length == 0 ? null : Nearest.Find(name, known);
        return Error($"Unknown {kind} '{name}'.", line, key, !known.Any() ? "There are none here."
            : nearest is null ? UseOneOf(known) : $"Did you mean '{nearest}'?");
    }

    // A number within its range, which the schema gets, too.
    private T? Ranged<T>(string key, T? fallback, JsonNode? shown, RangeAttribute? range, string type, string what, Func<string, T?> parse)
        where T : struct, INumber<T>, IConvertible
    {
        _schema?.Ranged(key, shown, range, type);
        return Scalar(key, fallback, range is null ? what : $"{what} {range}", text =>
            parse(text) is { } given && range?.Holds(double.CreateChecked(given)) != false ? given : null,
            text => range?.Most <= 1 ? Share(key, text, range.Least, range.Most) : null);
    }

    private static T? Whole<T>(string text)
        where T : struct, IBinaryInteger<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T value) ? value : null;

    private static T? Finite<T>(string text)
        where T : struct, IFloatingPoint<T> =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value) ? value : null;

    private double[] Numbers(string key, IReadOnlyList<double> fallback)
    {
        _schema?.Numbers(key, fallback);
        YamlNode? node = Take(key);
        double[] values = [.. fallback];
        if (node is YamlSequenceNode sequence)
            values =
                [.. sequence.Select(item => item is YamlScalarNode { Value: { } text }
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        if ((node is not null && node is not YamlSequenceNode) || values.Any(double.IsNaN))
            throw Error($"'{key}' must be a list of numbers.", node!.Start.Line, Full(key), "Write it like [0.5, 0.75].");
        Resolved.Add(
            new(key, Setting.OfList([.. values.Select(static value => Setting.OfText(value.ToString(CultureInfo.InvariantCulture)))])));
        return values;
    }

    private T ReadAll<T>(Func<SettingsReader, T> read, Action<T> validate)
    {
        T value = read(this);
        RefuseUnknown();
        try
        {
            validate(value);
        }
        catch (ArgumentException error)
        {
            throw Error(error.Message, Line, Path, "Change this setting.", error);
        }

        return value;
    }

    private T? Scalar<T>(string key, T? fallback, string expected, Func<string, T?> parse, Func<string, string?>? meant = null)
        where T : struct, IConvertible
    {
        T? value = fallback;
        if (OneValue(key, $"Write {expected}.") is { Value: { } written } node)
        {
            value = parse(written);
            if (value is null)
            {
                string pointed = written.Replace(',', '.');
                throw Error($"'{key}' is {written}; it must be {expected}.", node.Start.Line, Full(key),
                    pointed != written && parse(pointed) is not null ? $"Use a point: {pointed}."
                    : FollowingKey(key) is { } next && DecimalComma(next) is { } number ? $"Use a point: {number}."
                    : $"Write {meant?.Invoke(pointed) ?? expected}.");
            }
        }

        string resolved = value is bool flag ? (flag ? "true" : "false") : value?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
        Resolved.Add(new(key, Setting.OfText(resolved)));
        return value;
    }

    // What somebody means who writes a share in per cent, or a change of pixels in steps of a byte.
    private static string? Share(string key, string written, double min, double max)
    {
        if (!double.TryParse(written.TrimEnd('%', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || number <= 1)
            return null;
        (int whole, string of) = key == "epsilon" ? (255, Invariant($"{number}/255")) : (100, Invariant($"{number} %"));
        return number / whole >= min && number / whole <= max ? Invariant($"{number / whole:0.######} for {of}") : null;
    }

    // What is written at a key that takes one value, null where nothing is.
    private YamlScalarNode? OneValue(string key, string remedy) => Take(key) switch
    {
        null or YamlScalarNode { Value: null or "" } => null,
        YamlScalarNode scalar => scalar,
        { } other => throw Error($"'{key}' takes one value, and {Given(other)} is given.", other.Start.Line, Full(key), remedy),
    };

    // 'name', or 'name: settings' with a single name.
    private (string Name, YamlNode? Settings, long Line) Named(YamlNode node, string path, IEnumerable<string>? known = null) => node switch
    {
        YamlScalarNode { Value: { Length: > 0 } name } => (name, null, node.Start.Line),
        YamlMappingNode { Children.Count: 1 } mapping when mapping.First().Key is YamlScalarNode { Value: { Length: > 0 } name } =>
        (name, mapping.First().Value, node.Start.Line),
        _ => throw Error($"Expected a name, or one name with its settings, and {Given(node)} is given.", node.Start.Line, path,
            "Write 'name' or 'name: { key: value }'." + (known is null ? string.Empty : $" {UseOneOf(known)}")),
    };

    private static string Given(YamlNode node) => node switch
    {
        YamlSequenceNode => "a list",
        YamlMappingNode { Children.Count: > 1 and var count } => Invariant($"a mapping of {count} keys"),
        YamlMappingNode => "a mapping",
        _ => "nothing",
    };

    /// <summary>The remedy where one of some names is wanted.</summary>
    public static string UseOneOf(IEnumerable<string> known) => $"Use one of: {string.Join(", ", known)}.";

    private YamlNode? Take(string key)
    {
        if (_known.Add(key) && _known.Count == 1 && _first is not null) return _first;
        return _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;
    }

    private string Full(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private string? FollowingKey(string key) => _node.Children.Keys.OfType<YamlScalarNode>().Select(static name => name.Value)
        .SkipWhile(name => name != key).Skip(1).FirstOrDefault();

    // In '{ rate: 0,5 }' the comma ends the value, and what follows is a key without one.
    private string? DecimalComma(string name)
    {
        YamlNode[] keys = [.. _node.Children.Keys];
        int at = Array.FindIndex(keys, key => (key as YamlScalarNode)?.Value == name);
        bool digits = name.Length > 0 && name.All(char.IsAsciiDigit) && _node.Children[keys[at]] is YamlScalarNode { Value: null or "" };
        return digits && at > 0 && _node.Children[keys[at - 1]] is YamlScalarNode { Value: { Length: > 0 } whole }
            && whole.TrimStart('-').All(char.IsAsciiDigit) ? $"{whole}.{name}" : null;
    }
}
