using System.Xml.Linq;
using Pare.Recipes;

namespace Pare.Reporting;

/// <summary>How the network was trained: data, split, optimizer, schedule, techniques, target.</summary>
internal static class SetupSection
{
    // Sections of a recipe that the section on the network shows better, or its heading.
    private static readonly string[] Elsewhere = ["name", "description", "model"];

    /// <summary>The settings of the phase that a source ends in; null where its recipe is missing.</summary>
    public static XElement? Create(ReportSource source)
    {
        if (source.Final.Shown is not { Recipe: { } recipe } run) return null;
        return Html.Section("Setup", Html.Styled("div", "settings", Html.Table(
            source.IsBuild ? $"How the networks of phase {source.Final.Name} were trained." : "How the network was trained.",
            ["setting", "value"],
            [
                .. Images(run),
                .. recipe.Resolved.Entries!.Where(static section => !Elsewhere.Contains(section.Key))
                .SelectMany(section => Rows(section.Key, section.Value)),
            ])));
    }

    private static IEnumerable<IReadOnlyList<object?>> Images(RunRecord run)
    {
        if (run.Split is not { } split)
        {
            if (run.Evaluation is { } evaluation) yield return ["images for testing", Figures.Count(evaluation.Result.Count)];
            yield break;
        }

        yield return ["images to train on", Figures.Count(split.TrainImages)];
        yield return ["images for validation", Figures.Count(split.ValidationImages)];
        yield return ["images for testing", Figures.Count(split.TestImages)
            + (split.IsTestDrawn ? ", drawn by the split" : ", the data set's own")];
        yield return ["data fingerprint", Html.Element("code", split.DataFingerprint)];
    }

    private static IEnumerable<IReadOnlyList<object?>> Rows(string section, Setting setting) =>
        setting.Entries is not { Count: > 0 } entries
        ? [[Name(section), SettingText.Of(setting)]]
        : entries.Select(entry => (IReadOnlyList<object?>)[$"{Name(section)}: {Name(entry.Key)}", SettingText.Of(entry.Value)]);

    private static string Name(string key) => key.Replace('_', ' ');
}
