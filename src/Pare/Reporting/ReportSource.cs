using System.Text.Json;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>What a report is made of: a build with its phases, or a single run.</summary>
internal sealed record ReportSource
{
    /// <summary>The folder, as the user would type it.</summary>
    public required string Folder { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the recipe is for.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it is a build.</summary>
    public required bool IsBuild { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<PhaseRecord> Phases { get; init; }

    /// <summary>Machine and command line.</summary>
    public required IReadOnlyList<(string Name, string Value)> Environment { get; init; }

    /// <summary>What could not be read, and why.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>What the savings are counted from.</summary>
    public PhaseRecord Baseline => Phases[0];

    /// <summary>The phase that it ends in: the last that was kept.</summary>
    public PhaseRecord Final => Phases.LastOrDefault(static phase => phase.Kept) ?? Phases[^1];

    /// <summary>The name of the data set.</summary>
    public string? Data => Phases.SelectMany(static phase => phase.Runs).Select(static run => run.Data).FirstOrDefault(static data => data is not null);

    /// <summary>Reads a folder.</summary>
    /// <exception cref="RecipeException">There is neither a run nor a build in it.</exception>
    public static ReportSource Read(string folder)
    {
        if (File.Exists(Path.Combine(folder, BuildFolder.BuildFile))) return ReadBuild(folder);
        if (RunRecord.IsAt(folder)) return ReadRun(folder);
        throw new RecipeException(
            Directory.Exists(folder) ? "There is neither a run nor a build in this folder." : "There is no such folder.",
            folder, "Name a folder that `pare train` or `pare down` made, such as runs/mnist-20260304-050607.");
    }

    private static ReportSource ReadRun(string folder)
    {
        RunRecord run = RunRecord.Read(folder);
        var phase = PhaseRecord.Of(run);
        return new ReportSource
        {
            Folder = folder,
            Name = phase.Name,
            Description = run.Recipe?.Description ?? string.Empty,
            IsBuild = false,
            Phases = [phase],
            Environment = run.Environment,
            Missing = run.Missing,
        };
    }

    private static ReportSource ReadBuild(string folder)
    {
        var missing = new List<string>();
        JsonElement json = JsonFiles.Object(folder, BuildFolder.BuildFile, missing) ?? throw new RunException($"The record of the build cannot be read: {string.Join(", ", missing)}", Path.Combine(folder, BuildFolder.BuildFile), "Continue the build with `pare down`, which writes it again.");
        PhaseRecord[] phases = [.. json.Items("phases").Select(phase => PhaseRecord.Read(phase, folder))];
        if (phases.Length == 0) throw new RunException("No phase of this build is done.", Path.Combine(folder, BuildFolder.BuildFile), "Continue the build with `pare down`.");
        foreach (PhaseRecord phase in phases)
        {
            if (phase.Runs.Count == 0) missing.Add($"the runs of {phase.Name}: they are not there");
            missing.AddRange(phase.Runs.SelectMany(static run => run.Missing.Select(what => $"{run.Folder}: {what}")));
        }

        return new ReportSource
        {
            Folder = folder,
            Name = json.Text("recipe") ?? "build",
            Description = json.Text("description") ?? string.Empty,
            IsBuild = true,
            Phases = phases,
            Environment = json.Inner("environment")?.Facts() ?? [],
            Missing = missing,
        };
    }
}
