namespace Pare.Recipes;

/// <summary>A resolved value of a recipe, as it was read or as its default stands: a scalar, a list or named settings.</summary>
/// <param name="Scalar">The text of a scalar; null for a list or settings.</param>
/// <param name="Items">The items of a list; null otherwise.</param>
/// <param name="Entries">Named settings in the order in which they are declared; null otherwise.</param>
internal sealed record Setting(string? Scalar, List<Setting>? Items, List<KeyValuePair<string, Setting>>? Entries)
{
    public Setting this[string key] => Entries!.Find(entry => entry.Key == key).Value;

    public static Setting OfText(string text) => new(text, null, null);

    public static Setting OfList(List<Setting> items) => new(null, items, null);

    public static Setting OfEntries(List<KeyValuePair<string, Setting>> entries) => new(null, null, entries);
}
