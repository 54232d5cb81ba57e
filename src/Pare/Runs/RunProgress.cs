using System.Globalization;
using Pare.Training;

namespace Pare.Runs;

/// <summary>How far a run of a plan is, as its folder says.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Epoch">Epochs that are done and kept.</param>
/// <param name="Epochs">Epochs that it has.</param>
/// <param name="Seconds">Wall time so far, as far as it is kept.</param>
/// <param name="Holder">Who trains it; null for nobody that is known to go on.</param>
public sealed record RunProgress(RunState State, int Epoch, int Epochs, double Seconds, string? Holder)
{
    // Bounds what is read of a checkpoint.
    private const long MostParameters = 10_000_000;

    /// <summary>The accuracy on the test set, 0 to 1; null where it is not finished, or failed.</summary>
    public double? TestAccuracy { get; private init; }

    /// <summary>The accuracy on the validation split, 0 to 1; null without one, and where it is not finished, or failed.</summary>
    public double? ValidationAccuracy { get; private init; }

    /// <summary>How far all runs of a plan are, in its order.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">Its folder.</param>
    public static IReadOnlyList<RunProgress> Of(RunPlan plan, string folder)
    {
        var all = new List<RunProgress>();
        foreach (PlannedRun run in plan.Runs)
        {
            PlannedRun[] missing = [.. run.Needs.Where(need => all[need].State != RunState.Finished).Select(need => plan.Runs[need])];
            all.Add(plan.Kind == PlanKind.Build ? OfBuild(plan, run, folder, missing) : OfAblation(plan, run, folder));
        }

        return all;
    }

    /// <summary>
    /// The time that is left, at the speed of the runs so far and with as many at once as are being trained; null where nothing is known
    /// yet.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="runs">How far its runs are.</param>
    public static TimeSpan? Left(RunPlan plan, IReadOnlyList<RunProgress> runs)
    {
        double? all = SecondsAnEpoch(runs);
        if (all is null) return null;
        double?[] rows = [.. plan.Rows.Index().Select(row => SecondsAnEpoch([.. runs.Where((_, i) => plan.Runs[i].Row == row.Index)]))];
        double seconds = runs.Index().Sum(run => (rows[plan.Runs[run.Index].Row] ?? all.Value) * run.Item.EpochsLeft);
        return TimeSpan.FromSeconds(seconds / Math.Max(1, runs.Count(static run => run.State == RunState.Training)));
    }

    private int EpochsLeft => State is RunState.Finished or RunState.Failed ? 0 : Math.Max(0, Epochs - Epoch);

    private static double? SecondsAnEpoch(IReadOnlyList<RunProgress> runs)
    {
        int epochs = runs.Sum(static run => run.Epoch);
        return epochs == 0 ? null : runs.Sum(static run => run.Epoch > 0 ? run.Seconds : 0) / epochs;
    }

    private static RunProgress OfBuild(RunPlan plan, PlannedRun run, string folder, PlannedRun[] missing)
    {
        string place = RunPlan.PathOf(run, folder);
        int epochs = plan.Rows[run.Row].Epochs;
        bool isWaiting = missing.Length > 0;
        if (RunSummary.Read(Path.Combine(place, RunFolder.ResultFile)) is { } summary)
        {
            // Its weights are gone; or what it learned from is trained once more, or was: then so is this.
            if (!RunFolder.IsFinished(place) || missing.Any(need => RunFolder.IsBegun(RunPlan.PathOf(need, folder)))
                || IsOutdated(plan, run, folder))
                return new RunProgress(isWaiting ? RunState.Waiting : RunState.Open, 0, epochs, 0, null);
            return new RunProgress(RunState.Finished, epochs, epochs, summary.Seconds, null)
            {
                TestAccuracy = summary.TestAccuracy,
                ValidationAccuracy = summary.ValidationAccuracy,
            };
        }

        string? holder = plan.HolderOf(run, folder);
        (int done, double seconds) = MetricsLog.ReadTimes(place);
        RunState state = holder is not null ? RunState.Training : RunFolder.IsUnfinished(place) ? RunState.Stopped
            : isWaiting ? RunState.Waiting : RunState.Open;
        return new RunProgress(state, Math.Min(done, epochs), epochs, seconds, holder);
    }

    private static bool IsOutdated(RunPlan plan, PlannedRun run, string folder)
    {
        if (plan.Rows[run.Row].Teacher is not int teacher) return false;
        PlannedRun taught = plan.Runs.First(other => other.Row == teacher && other.Seed == run.Seed);
        return RunEnvironment.Read(Path.Combine(RunPlan.PathOf(run, folder), RunFolder.EnvironmentFile))?.Teacher is { } recorded
            && TeacherIdentity.OfFile(Path.Combine(RunPlan.PathOf(taught, folder), RunFolder.ModelFile)) is { } now && now != recorded;
    }

    private static RunProgress OfAblation(RunPlan plan, PlannedRun run, string folder)
    {
        int epochs = plan.Rows[run.Row].Epochs;
        var place = AblationFolder.ForRuns(folder);
        string row = plan.Rows[run.Row].Name;
        if (place.Find(row, run.Seed)?.File.Run is { } ended)
        {
            if (ended.Failure is not null) return new RunProgress(RunState.Failed, 0, epochs, ended.Seconds, null);
            return new RunProgress(RunState.Finished, epochs, epochs, ended.Seconds, null)
            {
                TestAccuracy = ended.TestAccuracy,
                ValidationAccuracy = ended.ValidationAccuracy,
            };
        }

        string? holder = plan.HolderOf(run, folder);
        TrainingState? begun = place.CheckpointsOf(row, run.Seed).Read(MostParameters, out _)?.State;
        RunState state = holder is not null ? RunState.Training : begun is not null ? RunState.Stopped : RunState.Open;
        return new RunProgress(state, Math.Min(begun?.Metrics.Count ?? 0, epochs), epochs, begun?.Seconds ?? 0, holder);
    }
}
