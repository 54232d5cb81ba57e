using System.Globalization;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>What the commands say of a plan.</summary>
internal static class PlanText
{
    /// <summary>Refuses two folders for one plan.</summary>
    public static void CheckFolder(string? given, string planned)
    {
        if (given is not null && Path.GetFullPath(given) != Path.GetFullPath(planned))
            throw new RecipeException("The plan is to lie in one folder and its runs in another.", "--plan-only and --out",
                "Name the folder once: --plan-only FOLDER.");
    }

    /// <summary>Refuses a wave that a plan does not have.</summary>
    public static void CheckWave(RunPlan plan, int wave)
    {
        if (wave >= plan.Waves)
            throw new RecipeException(Invariant($"There is no wave {wave}: the plan's are 0 to {plan.Waves - 1}."), "--wave",
                "Name one of them.");
    }

    /// <summary>Tells of a plan that was written, and how its runs are trained.</summary>
    /// <param name="messages">Where it is told.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="before">The plan in whose place it lies; null for none.</param>
    public static void Show(Messages messages, RunPlan plan, string folder, RunPlan? before)
    {
        if (before is not null && !before.Runs.Select(before.NameOf).SequenceEqual(plan.Runs.Select(plan.NameOf)))
            messages.Fact("note", $"it takes the place of a plan of {Count(before.Runs.Count)}, and run numbers mean others now: " +
                "what still waits in a cluster's queue for that plan is to be cancelled and submitted again");
        string waves = plan.Waves > 1 ? $" in {plan.Waves} waves, each needing those before it"
            : plan.Runs.Count > 1 ? " independent of each other" : "";
        messages.Fact("plan", $"{Count(plan.Runs.Count)}{waves}");
        messages.Exact("file", Path.Combine(folder, RunPlan.FileName));
        string quoted = CommandLine.Quoted(folder);
        messages.Exact("next", $"pare run {quoted} --index 0");
        messages.Exact("or", $"pare submit slurm {quoted}");
        messages.Exact("then", $"{Gather(plan, folder)} collects the runs into table and report");
    }

    /// <summary>The command that trains what is missing and gathers the rest.</summary>
    public static string Gather(RunPlan plan, string folder) =>
        $"pare {(plan.Kind == PlanKind.Build ? "down" : "ablate")} {CommandLine.Quoted(folder)}";

    /// <summary>Such as <c>12 runs</c>.</summary>
    public static string Count(int runs) => runs == 1 ? "1 run" : $"{Amounts.Count(runs)} runs";

    /// <summary>Such as <c>4 of 12: narrow, seed 2</c>, counted from 0 as a plan's runs are.</summary>
    public static string Name(RunPlan plan, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{index} of 0 to {plan.Runs.Count - 1}: {plan.NameOf(plan.Runs[index])}");
}
