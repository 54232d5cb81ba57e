using System.Globalization;
using Pare.Recipes;

namespace Pare.Runs;

/// <summary>The settings of a recipe as a list that runs can be compared by.</summary>
internal static class Hyperparameters
{
    /// <summary>
    /// Each setting by the dotted key that <c>--set</c> takes, with its value: a number, true or false, or a text. A list, such as the
    /// layers of a network, is one text.
    /// </summary>
    /// <param name="recipe">The recipe, with every default.</param>
    public static IReadOnlyList<(string Key, object Value)> Of(Recipe recipe)
    {
        var settings = new List<(string Key, object Value)>();
        Add("", recipe.Resolved);
        return settings;

        void Add(string key, Setting setting)
        {
            if (RecipeDifference.WithoutEffect.Contains(key)) return;
            if (setting.Entries is { Count: > 0 } entries)
            {
                foreach ((string name, Setting value) in entries) Add(key.Length == 0 ? name : $"{key}.{name}", value);
            }
            else if (setting.Entries is not null)
            {
                // A name alone: that it stands there is its value. A whole part of the recipe in which nothing stands has none.
                if (key.Contains('.')) settings.Add((key, true));
            }
            else if (SettingText.Of(setting) is var text && text != SettingText.None)
            {
                settings.Add((key, Typed(text)));
            }
        }
    }

    private static object Typed(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            => number,
        _ => text,
    };
}
