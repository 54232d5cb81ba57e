using System.CommandLine;
using System.Globalization;
using Pare.Recipes;

namespace Pare.Cli;

/// <summary>Options that mean the same in every command that has them.</summary>
internal static class CommonOptions
{
    public static Argument<string> Recipe() => new("RECIPE")
    {
        Description = $"A recipe file, or one of those that come with it: {string.Join(", ", RecipeStore.Names)}.",
    };

    public static Option<string?> Data() => new("--data")
    {
        HelpName = "PATH",
        Description = "The data set: a folder or an archive. Without it: PARE_DATA, then what was downloaded.",
    };

    public static Option<bool> Json() => new("--json") { Description = "The result as JSON on standard output, messages on standard error." };

    public static Option<string[]> Set() => new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "Overrides a key of the recipe, such as training.batch_size=64; may be repeated.",
    };

    public static Option<string?> Phase() => new("--phase") { HelpName = "NAME", Description = "Of a recipe with phases the one to take. Without it: the one that the recipe names, or the last." };

    public static Option<int?> Threads() => WholeNumber("--threads", 1, "Threads to compute with. Without it: one a processor. The result is the same with any number.");

    public static Option<double?> PositiveNumber(string name, string description) => new(name)
    {
        HelpName = "X",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value > 0) return value;
            result.AddError($"{name} needs a number above 0, not `{text}`.");
            return null;
        },
    };

    public static Option<int?> WholeNumber(string name, int least, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least) return value;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} needs a whole number of at least {least}, not `{text}`."));
            return null;
        },
    };
}
