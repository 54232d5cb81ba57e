using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pare.Recipes;

/// <summary>
/// The summaries of option records and their properties, out of the XML documentation that the compiler writes beside the library; empty
/// where that file was not shipped.
/// </summary>
internal sealed partial class SchemaSummaries
{
    private readonly Dictionary<string, string> _summaries;

    private SchemaSummaries(Dictionary<string, string> summaries) => _summaries = summaries;

    /// <summary>Reads the file beside the program.</summary>
    public static SchemaSummaries Load()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "Pare.xml");
        if (!File.Exists(file)) return new([]);
        return new(XDocument.Load(file).Descendants("member")
            .Where(static member => member.Element("summary") is not null)
            .ToDictionary(static member => member.Attribute("name")!.Value, static member => Text(member.Element("summary")!)));
    }

    public string? Of(Type type) => _summaries.GetValueOrDefault($"T:{type.FullName}");

    public string? Of(Enum value) => _summaries.GetValueOrDefault($"F:{value.GetType().FullName}.{value}");

    public string? Of(PropertyInfo property) => _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    // A reference to another property becomes that property's key.
    private static string Text(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(static node => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref") is { } reference => RecordSettings.Key(reference.Value.Split('.')[^1]),
        XElement element when element.Attribute("name") is { } name => name.Value,
        XElement element => element.Value,
        _ => string.Empty,
    })), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
