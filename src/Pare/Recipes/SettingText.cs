namespace Pare.Recipes;

/// <summary>Settings of a recipe as short texts, and what differs between recipes.</summary>
internal static class SettingText
{
    /// <summary>What stands where a recipe has no such setting.</summary>
    public const string None = "-";

    /// <summary>Such as <c>sgd (momentum 0.9, weight_decay 0.0005)</c>.</summary>
    public static string Of(Setting? setting) => setting switch
    {
        null or { Scalar: "" } or { Items.Count: 0 } or { Entries.Count: 0 } => None,
        { Scalar: { } text } => text,
        { Items: { } items } => string.Join(", ", items.Select(Of)),
        { Entries: { } entries } => string.Join(", ", entries.Select(static entry => entry.Value switch
        {
            { Scalar: not null } => $"{entry.Key} {Of(entry.Value)}",
            { Entries.Count: 0 } => entry.Key,
            _ => $"{entry.Key} ({Of(entry.Value)})",
        })),
        _ => None,
    };

    /// <summary>The settings that are not the same in all recipes: the key as <c>--set</c> takes it, and a text a recipe.</summary>
    /// <param name="recipes">Two or more.</param>
    public static IEnumerable<(string Key, IReadOnlyList<string> Values)> Differences(IReadOnlyList<Recipe> recipes) =>
        Differences("", [.. recipes.Select(static recipe => recipe.Resolved)])
            .Where(static difference => difference.Key is not ("name" or "description"));

    private static IEnumerable<(string Key, IReadOnlyList<string> Values)> Differences(string key, Setting?[] settings)
    {
        // A name alone, beside recipes in which it does not stand, is true, as --set takes it.
        bool isMissing = settings.Contains(null);
        string[] texts = [.. settings.Select(setting => isMissing && setting is { Entries.Count: 0 } ? "true" : Of(setting))];
        if (texts.All(text => text == texts[0])) return [];
        if (settings.All(static setting => setting?.Entries is not null))
        {
            // One of several that stand for each other, such as a layer.
            if (settings.All(static setting => setting!.Entries!.Count == 1)
                && settings.Select(static setting => setting!.Entries![0].Key).Distinct().Count() > 1) return [(key, texts)];
            return settings.SelectMany(static setting => setting!.Entries!).Select(static entry => entry.Key).Distinct()
                .SelectMany(name =>
                    Differences(key.Length == 0 ? name
                        : $"{key}.{name}", [.. settings.Select(setting => setting!.Entries!.Find(entry => entry.Key == name).Value)]));
        }

        if (!settings.All(static setting => setting?.Items is not null)) return [(key, texts)];
        List<Setting>[] lists = [.. settings.Select(static setting => setting!.Items!)];
        if (lists.All(list => list.Count == lists[0].Count))
            return Enumerable.Range(0, lists[0].Count)
                .SelectMany(i => Differences(Invariant($"{key}.{i}"), [.. lists.Select(list => list[i])]));

        // Lists of different lengths: what they begin and end with alike is left out.
        int shortest = lists.Min(static list => list.Count), first = 0, last = 0;
        while (first < shortest && lists.All(list => Of(list[first]) == Of(lists[0][first]))) first++;
        while (last < shortest - first && lists.All(list => Of(list[^(last + 1)]) == Of(lists[0][^(last + 1)]))) last++;
        Setting[] middles = [.. lists.Select(list => Setting.OfList(list[first..^last]))];
        string[] names = [.. middles.Select(InShort)];
        return [(key, names.Distinct().Count() == texts.Distinct().Count() ? names : [.. middles.Select(Of)])];
    }

    // Of each item its name and the first of its settings, where that is a size: conv 8, relu, linear 10.
    private static string InShort(Setting list) =>
        list.Items!.Count == 0 ? None : string.Join(", ", list.Items.Select(static item => item.Entries switch
    {
        [(string name, { Entries: [(_, { Scalar: { } first }), ..] })] =>
            first.All(char.IsAsciiDigit) && first.Length > 0 ? $"{name} {first}" : name,
        _ => Of(item),
    }));
}
