using System.Globalization;

namespace Pare.Recipes;

/// <summary>
/// The first key in which two recipes differ for a training. Meanings are compared, every default filled in: a recipe that was written by a
/// version without some key is the same as one that has its default. What a run is called, is for and claims, and where its images lie,
/// changes no training.
/// </summary>
/// <param name="Key">The dotted key.</param>
/// <param name="Before">Its value in the first recipe.</param>
/// <param name="Now">Its value in the second.</param>
internal sealed record RecipeDifference(string Key, string Before, string Now)
{
    /// <summary>The key of what a recipe learns from.</summary>
    public const string TeacherKey = "techniques.distillation.teacher";

    private const string Nothing = "nothing";

    /// <summary>
    /// What is no setting of a training: what a run is called, is for and claims, and where its images lie, which have an identity of their
    /// own, which is compared where they are read.
    /// </summary>
    public static readonly string[] WithoutEffect = ["name", "description", "target", "dataset.path"];

    /// <summary>Compares two recipes; null when they train the same.</summary>
    /// <param name="before">The first.</param>
    /// <param name="now">The second.</param>
    /// <param name="sameTeacher">Whether two different names are those of the same teacher; without it they never are.</param>
    public static RecipeDifference? First(Recipe before, Recipe now, Func<string, string, bool>? sameTeacher = null) =>
        First(string.Empty, before.Resolved, now.Resolved, sameTeacher ?? (static (_, _) => false));

    /// <summary>Compares two recipes with phases, phase by phase; null when they build the same.</summary>
    /// <inheritdoc cref="First(Recipe, Recipe, Func{string, string, bool}?)"/>
    public static RecipeDifference? First(PhasedRecipe before, PhasedRecipe now, Func<string, string, bool>? sameTeacher = null)
    {
        string Names(PhasedRecipe recipe) => string.Join(", ", recipe.Phases.Select(static phase => phase.Name));
        if (Names(before) != Names(now)) return new RecipeDifference("phases", Names(before), Names(now));
        if (before.Tolerance != now.Tolerance) return new RecipeDifference("tolerance", Number(before.Tolerance), Number(now.Tolerance));
        return before.Phases.Zip(now.Phases)
            .Select(pair => First(before.Resolve(pair.First), now.Resolve(pair.Second), sameTeacher) is { } found
                ? found with { Key = $"{found.Key} of phase {pair.Second.Name}" } : null)
            .FirstOrDefault(static found => found is not null);
    }

    /// <summary>A recipe's text without what it is called, is for and claims: on the same images equal texts train the same.</summary>
    /// <param name="recipe">The recipe.</param>
    public static string TrainedText(Recipe recipe) =>
        RecipeWriter.Write(Setting.OfEntries([.. recipe.Resolved.Entries!.Where(static entry => !WithoutEffect.Contains(entry.Key))]));

    /// <summary>In one sentence's middle: <c>training.epochs is 5 there, 6 now</c>.</summary>
    public override string ToString() => $"{Key} is {Before} there, {Now} now";

    private static RecipeDifference? First(string path, Setting before, Setting now, Func<string, string, bool> sameTeacher)
    {
        if (WithoutEffect.Contains(path)) return null;
        if (before.Scalar is { } old && now.Scalar is { } text)
            return old == text || (path == TeacherKey && sameTeacher(old, text)) ? null
                : new RecipeDifference(path, Shown(before), Shown(now));
        if (Shown(before) == Nothing && Shown(now) == Nothing) return null;
        if ((before.Entries is null) != (now.Entries is null) || (before.Items is null) != (now.Items is null))
            return new RecipeDifference(path, Shown(before), Shown(now));
        if (before.Entries is [(string one, _)] && now.Entries is [(string other, _)] && one != other)
            return new RecipeDifference(path, one, other);
        (string Key, Setting? Value)[] there = Children(before), here = Children(now);
        foreach (string key in here.Concat(there).Select(static child => child.Key).Distinct())
        {
            string full = path.Length == 0 ? key : $"{path}.{key}";
            Setting? first = Array.Find(there, child => child.Key == key).Value, second = Array.Find(here, child => child.Key == key).Value;
            RecipeDifference? found = first is not null && second is not null ? First(full, first, second, sameTeacher)
                : WithoutEffect.Contains(full) ? null : new RecipeDifference(full, Present(first), Present(second));
            if (found is not null) return found;
        }

        return null;
    }

    // Named settings by their names, the items of a list by their numbers.
    private static (string Key, Setting? Value)[] Children(Setting setting) => setting switch
    {
        { Entries: { } entries } => [.. entries.Select(static entry => (entry.Key, (Setting?)entry.Value))],
        { Items: { } items } => [.. items.Select(static (item, i) => (i.ToString(CultureInfo.InvariantCulture), (Setting?)item))],
        _ => [],
    };

    // A name alone, beside a recipe in which it does not stand, is true, as --set takes it.
    private static string Present(Setting? setting) => setting is { Entries.Count: 0 } ? "true" : Shown(setting);

    private static string Shown(Setting? setting) => setting switch
    {
        null or { Scalar: "" } or { Entries.Count: 0 } or { Items.Count: 0 } => Nothing,
        { Scalar: { } scalar } => scalar,
        { Entries: { } entries } => string.Join(", ", entries.Select(static entry =>
            entry.Value.Scalar is { Length: > 0 } value ? $"{entry.Key} {value}" : entry.Key)),
        _ => Invariant($"a list of {setting.Items!.Count}"),
    };

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
