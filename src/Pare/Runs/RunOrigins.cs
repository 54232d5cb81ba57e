using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>
/// What the runs of a table were computed with, as far as their files say. The width of vectors and the version of the library change the
/// bits of a training, and so what it comes to.
/// </summary>
/// <param name="InstructionSets">The instruction sets, each once.</param>
/// <param name="PareVersions">The versions of the library, each once.</param>
public sealed record RunOrigins(IReadOnlyList<string> InstructionSets, IReadOnlyList<string> PareVersions)
{
    /// <summary>That the runs have more than one instruction set or version, in one sentence; null where they do not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note
    {
        get
        {
            string[] several =
            [
                .. Several("with several instruction sets", InstructionSets), .. Several("by several versions of Pare", PareVersions),
            ];
            return several.Length == 0 ? null : $"The runs were computed {string.Join(" and ", several)}: the same training then comes to "
                + "other bits, and a difference may be due to that.";
        }
    }

    /// <summary>Of each run what its file says.</summary>
    internal static RunOrigins Of(IEnumerable<(string? InstructionSet, string? PareVersion)> runs)
    {
        (string? InstructionSet, string? PareVersion)[] all = [.. runs];
        return new RunOrigins(Once(all.Select(static run => run.InstructionSet)), Once(all.Select(static run => run.PareVersion)));
    }

    /// <summary>Holds what was read against what can be.</summary>
    internal void Check()
    {
        Checks.List(InstructionSets, "instruction_sets");
        Checks.List(PareVersions, "pare_versions");
    }

    private static string[] Several(string what, IReadOnlyList<string> names) =>
        names.Count > 1 ? [$"{what} ({string.Join(", ", names)})"] : [];

    private static string[] Once(IEnumerable<string?> texts) => [.. texts.OfType<string>().Distinct().Order(StringComparer.Ordinal)];
}
