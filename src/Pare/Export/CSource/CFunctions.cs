namespace Pare.Export.CSource;

/// <summary>Functions of a file, in the order of their first use; one that reads like another is that other.</summary>
internal sealed class CFunctions
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>What stands before the type of each, or nothing.</summary>
    public string Attribute { get; init; } = "";

    /// <summary>The functions.</summary>
    public CWriter Text { get; } = new();

    /// <summary>Adds a function, unless there is one that reads the same.</summary>
    /// <param name="kind">What its name begins with.</param>
    /// <param name="comment">What it does, in a line.</param>
    /// <param name="parameters">Its parameters in parentheses.</param>
    /// <param name="write">Writes the body.</param>
    /// <param name="attribute">What stands before it; null for <see cref="Attribute"/>.</param>
    /// <returns>The function's name.</returns>
    public string Add(string kind, string comment, string parameters, Action<CWriter> write, string? attribute = null)
    {
        var body = new CWriter();
        body.Open();
        write(body);
        body.Close();
        string key = $"{kind}{parameters}{body}";
        if (_names.TryGetValue(key, out string? name)) return name;
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        _names[key] = name = $"{kind}_{CText.Int(_counts[kind])}";
        Text.Line($"/* {CText.Comment(comment)} */");
        Text.Line($"static {attribute ?? Attribute}void {name}{parameters}");
        Text.Add(body);
        Text.Line();
        return name;
    }

    /// <summary>Writes the macro of functions that are not to become part of others.</summary>
    public static void WriteApart(CWriter writer)
    {
        writer.Line("/* A function of its own: its registers are not those of who calls it, and nothing of it is on the stack" +
            " before and after. */");
        writer.Line("#ifdef __GNUC__");
        writer.Line("#define APART __attribute__((noinline))");
        writer.Line("#else");
        writer.Line("#define APART");
        writer.Line("#endif");
        writer.Line();
    }
}
