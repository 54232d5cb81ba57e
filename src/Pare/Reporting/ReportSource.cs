using Pare.Recipes;
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

    /// <summary>What one must know before the figures: that they are not the end's, or that the recipe's target is missed.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>What could not be read, and why.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>What the savings are counted from.</summary>
    public PhaseRecord Baseline => Phases[0];

    /// <summary>The phase that it ends in: the last that was kept.</summary>
    public PhaseRecord Final => Phases.LastOrDefault(static phase => phase.Kept) ?? Phases[^1];

    /// <summary>The name of the data set.</summary>
    public string? Data =>
        Phases.SelectMany(static phase => phase.Runs).Select(static run => run.Data).FirstOrDefault(static data => data is not null);

    /// <summary>Reads a folder.</summary>
    /// <exception cref="RecipeException">There is neither a run nor a build in it.</exception>
    public static ReportSource Read(string folder)
    {
        if (File.Exists(Path.Combine(folder, BuildFolder.BuildFile)) || PhaseRecord.Find(folder).Count > 0) return ReadBuild(folder);
        if (AblationFolder.IsAt(folder))
            throw new RecipeException("An ablation is no network that others could be compared with.", folder,
                "Its rows are compared on its own page: name it alone.");
        if (RunRecord.IsAt(folder)) return ReadRun(folder);
        throw new RecipeException(
            Directory.Exists(folder) ? "There is neither a run nor a build in this folder." : "There is no such folder.",
            folder,
            RunsBelow.Suggest(folder) ?? "Name a folder that `pare train` or `pare down` made, such as runs/mnist-20260304-050607.");
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
            Remarks =
            [
                .. run.Interrupted ? [$"This run has no result: it was interrupted after {Epochs(run)}, or is still running."]
                    : Array.Empty<string>(),
                .. (run.Result?.Restarts ?? []).Select(static restart => $"In this run {restart.Describe()}."),
                .. run.Result?.Stopped is { } stopped ? [$"The training ended after {Epochs(run)}: {stopped}."] : Array.Empty<string>(),
                .. Missed(run.Result?.MissedTargets, run.Recipe, phase.Test?.Mean, run.Result is null ? null : phase.Parameters),
            ],
            Missing = run.Missing,
        };
    }

    private static ReportSource ReadBuild(string folder)
    {
        var missing = new List<string>();
        BuildRecord? record = JsonFiles.Read(folder, BuildFolder.BuildFile, missing, RunRecords.Read<BuildRecord>);
        PhaseRecord[] phases = [.. record?.Phases.Select(phase => PhaseRecord.Of(phase, folder)) ?? PhaseRecord.Find(folder)];
        if (phases.Length == 0 && record is null)
            throw new RunException(
                $"The record of the build cannot be read, and there are no runs beside it: {string.Join(", ", missing)}",
                Path.Combine(folder, BuildFolder.BuildFile),
                "Move it away and continue the build with `pare down`, which writes it again.");
        if (phases.Length == 0)
            throw new RunException("No phase of this build is done.", Path.Combine(folder, BuildFolder.BuildFile),
                "Continue the build with `pare down`.");
        foreach (PhaseRecord phase in phases)
        {
            if (phase.Runs.Count == 0) missing.Add($"the runs of {phase.Name}: they are not there");
            missing.AddRange(phase.Runs.SelectMany(static run => run.Missing.Select(what => $"{run.Folder}: {what}")));
        }

        return new ReportSource
        {
            Folder = folder,
            Name = record?.Recipe ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Description = record?.Description ?? string.Empty,
            IsBuild = true,
            Phases = phases,
            Environment = record is null ? []
            : JsonFiles.Read(folder, BuildFolder.BuildFile, missing, static path => JsonFiles.Facts(path, "environment")) ?? [],
            Remarks = record switch
            {
                null => ["The record of this build is damaged: what is shown was put together from its runs."],
                { Finished: false } =>
                [
                    "This build is not finished: phases, or seeds of phases, are still to be trained.",
                    .. Missed(record.MissedTargets ?? [], null, null, null),
                ],
                _ => Missed(record.MissedTargets, phases[^1].Shown?.Recipe, record.EpochsScale < 1 ? null : record.Final?.Test.Mean,
                    record.Final?.Parameters),
            },
            Missing = missing,
        };
    }

    // Records of earlier versions do not say what was missed; their recipes do.
    private static IReadOnlyList<string> Missed(IReadOnlyList<string>? recorded, Recipe? recipe, double? accuracy, long? parameters)
    {
        if (recorded is null && recipe is not null && parameters is long count) recorded = recipe.Missed(accuracy, count);
        return [.. recorded?.Select(static what => $"The target is missed: {what}") ?? []];
    }

    private static string Epochs(RunRecord run) => run.Recipe is { } recipe
        ? $"{Figures.Count(run.Epochs)} of {Figures.Count(recipe.Training.Epochs, "epoch")}" : Figures.Count(run.Epochs, "epoch");
}
