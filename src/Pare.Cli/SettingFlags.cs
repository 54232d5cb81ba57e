namespace Pare.Cli;

/// <summary>What the command line calls the settings that the library's errors name.</summary>
internal static class SettingFlags
{
    private static readonly Dictionary<string, string> Flags = new(StringComparer.OrdinalIgnoreCase)
    {
        ["overrides"] = "--set KEY=VALUE",
        ["alternatives"] = "--vary KEY=VALUE,VALUE",
        ["grid"] = "--grid KEY=VALUE,VALUE",
        ["phase"] = "--phase NAME",
        ["folder"] = "--out FOLDER",
        ["file"] = "--out FILE",
        ["data"] = "--data PATH",
        ["threads"] = "--threads N",
        ["seeds"] = "--seeds N",
        ["steps"] = "--steps N",
        ["minRate"] = "--min-rate RATE",
        ["maxRate"] = "--max-rate RATE",
        ["auto"] = "--auto",
        ["only"] = "--only PHASE",
        ["all"] = "--all",
        ["resume"] = "--resume RUN",
        ["acceptOtherWidth"] = "--accept-other-width",
        ["kinds"] = "--kinds NAMES",
        ["initialWeights"] = "--init-from MODEL",
    };

    // Options that stand for a key of the recipe, and go before what --set says of it.
    private static readonly (string Option, string Key)[] Keys =
    [
        ("--epochs", "training.epochs"), ("--extend", "training.epochs"), ("--minutes", "training.minutes"), ("--seed", "training.seed"),
    ];

    /// <summary>
    /// Where and remedy of an error, with the flag: in the setting's stead where the place begins with it, behind the remedy otherwise.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="args">The command line that failed.</param>
    public static (string Where, string Remedy) Of(PareException error, IReadOnlyList<string> args)
    {
        string command = args.Count > 0 ? args[0] : "";
        if (error.Setting is not { } setting || !Flags.TryGetValue(setting, out string? flag)) return (error.Where, error.Remedy);

        // The plan says where its runs lie.
        if (command == "run" && setting == "folder") return (error.Where, error.Remedy);

        // What these take is no option.
        if (setting == "data" && (command == "init" || args is ["data", "check", ..])) return (error.Where, error.Remedy);

        // An export has no option for this, and says nothing of images that were trained on.
        if (setting == "all" && command == "export")
            return (error.Where, "Name the data set of the run with --data PATH, or bring test images in `test/<class>/`.");
        foreach ((string option, string key) in Keys)
        {
            string before = $"{setting} {key}=";
            if (setting == "overrides" && error.Where.StartsWith(before, StringComparison.Ordinal)
                && args.Any(word => word == option || word.StartsWith(option + '=', StringComparison.Ordinal)))
                return ($"{option} {error.Where[before.Length..]}", error.Remedy);
        }

        return error.Where.StartsWith(setting, StringComparison.Ordinal)
            ? (flag.Split(' ')[0] + error.Where[setting.Length..], error.Remedy)
            : (error.Where, $"{error.Remedy.TrimEnd('.')} ({flag}).");
    }
}
