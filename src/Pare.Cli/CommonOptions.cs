using System.CommandLine;
using System.Globalization;
using Pare.Recipes;

namespace Pare.Cli;

/// <summary>Options that mean the same in every command that has them.</summary>
internal static class CommonOptions
{
    /// <summary>More than the processors of any machine there is; a thread takes memory before it does anything.</summary>
    private const int MostThreads = 1024;

    public static Argument<string> Recipe() => new("RECIPE")
    {
        Description = $"A recipe file, the folder of a run, or one of the shipped recipes: {string.Join(", ", RecipeStore.Names)}.",
    };

    public static Argument<string> RecipeOr(string planned) => new("RECIPE")
    {
        Description =
            $"A recipe file, or one of the shipped recipes: {string.Join(", ", RecipeStore.Names)}. The folder of {planned}: resumes it, " +
            "and makes its table.",
    };

    public static Option<string?> Data() => new("--data")
    {
        HelpName = "PATH",
        Description =
            "The data set: a folder or an archive. Default: the recipe's dataset.path, or else what PARE_DATA names or was downloaded.",
    };

    public static Option<string?> PlanOnly() => new("--plan-only")
    {
        HelpName = "FOLDER",
        Description = "Trains nothing, but writes the list of runs to a folder, for `pare run` and `pare submit`.",
    };

    public static Argument<string> Planned() => new("FOLDER")
    {
        Description =
            "The folder of a build or an ablation, as `pare down` without --auto or `pare ablate` makes it, with or without --plan-only.",
    };

    public static Option<string?> PlannedData() => new("--data")
    {
        HelpName = "PATH",
        Description = "The path of the images on the cluster's machines. Default: their path when the plan was made.",
    };

    public static Option<bool> Json() =>
        new("--json") { Description = "Prints the result as JSON on standard output, and messages on standard error." };

    public static Option<string[]> Set() => new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "Overrides a key of the recipe, such as training.batch_size=64; may be repeated.",
    };

    public static Option<string?> Phase(string description =
        "The phase to use, of a recipe with phases. Default: the one that its `train:` names, or else the last.") =>
        new("--phase") { HelpName = "NAME", Description = description };

    public static Option<int?> Threads(string result = " The result is the same with any number.") =>
        WholeNumber("--threads", 1, $"Number of threads. Default: one per processor.{result}", MostThreads);

    /// <summary>A number above 0, or from <paramref name="least"/> on where that is above 0.</summary>
    public static Option<double?> PositiveNumber(string name, string description, double most = 1e6, double least = 0,
        string example = "0.1") => new(name)
        {
            HelpName = "X",
            Description = description,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value >= least
                    && value <= most)
                    return value;
                string comma = text.Contains(',', StringComparison.Ordinal) ? "; decimals take a point" : "";
                result.AddError(
                    string.Create(CultureInfo.InvariantCulture,
                    $"{name} needs a number {(least > 0 ? $"from {least} to" : "above 0 and up to")} {most}, such as {example}, not ") +
                    $"`{text}`{comma}.");
                return null;
            },
        };

    /// <summary>A whole number between two ends.</summary>
    public static Option<int?> WholeNumber(string name, int least, string description, int most = int.MaxValue) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least
                && value <= most) return value;
            string comma = text.Contains(',', StringComparison.Ordinal) ? "; thousands take no comma" : "";
            result.AddError(
                string.Create(CultureInfo.InvariantCulture, $"{name} needs a whole number from {least} to {most}, not `{text}`{comma}."));
            return null;
        },
    };
}
