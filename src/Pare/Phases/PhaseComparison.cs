using Pare.Data;
using Pare.Evaluation;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>Compares the runs of two phases, by what lies in their folders.</summary>
/// <param name="pathOf">Where a run of the build lies.</param>
/// <param name="data">The images.</param>
internal sealed class PhaseComparison(Func<string, string> pathOf, Dataset data)
{
    /// <summary>
    /// On the validation split, or on the test set where one of them has none: with one seed image by image, with several seed by seed;
    /// where the two hold out different images, as the accuracies of each.
    /// </summary>
    /// <param name="before">The phase to compare with.</param>
    /// <param name="phase">The phase; with the same seeds.</param>
    /// <exception cref="RunException">A run's result cannot be read back.</exception>
    public PhaseDifference Compare(PhaseOutcome before, PhaseOutcome phase)
    {
        bool held = before.Validation is not null && phase.Validation is not null;
        string on = held ? "validation" : "test";
        double[] first = Accuracies(before, held), second = Accuracies(phase, held);
        int[] there = held ? HeldOut(before) : [], here = held ? HeldOut(phase) : [];
        if (!there.AsSpan().SequenceEqual(here))
            return Apart(Invariant($"the two phases hold out different images, {there.Length:N0} and {here.Length:N0}"));
        if (first.Length > 1)
            return PhaseDifference.OfSeeds(before.Name, on, first, second, held ? here.Length : data.Test.Count);
        RunPredictions? was = Read(before, out string why), now = was is null ? null : Read(phase, out why);
        if (was is not null && now is not null)
        {
            if (PartOf(was, held) is { } one && PartOf(now, held) is { } other && one.Against(other) is { } pairs)
                return PhaseDifference.Of(before.Name, on, pairs);
            why = "the two runs were not asked about the same images";
        }

        return Apart(why);

        PhaseDifference Apart(string reason) => PhaseDifference.OfAccuracies(before.Name, on, first, held ? there.Length : data.Test.Count,
            second, held ? here.Length : data.Test.Count, reason);
    }

    // The same for every seed.
    private int[] HeldOut(PhaseOutcome phase) => RecipeStore.Open(pathOf(phase.Runs[0])).Training.Split(data).Validation;

    private static RunPredictions.Part? PartOf(RunPredictions predictions, bool held) => held ? predictions.Validation : predictions.Test;

    private double[] Accuracies(PhaseOutcome phase, bool held) => [.. phase.Runs.Select(run =>
    {
        string folder = pathOf(run);
        RunSummary summary = RunSummary.Read(Path.Combine(folder, RunFolder.ResultFile))
            ?? throw new RunException("The run's result cannot be read back.", folder, "Check the disk, and start the build again.");
        return (double)(held ? summary.ValidationAccuracy ?? summary.TestAccuracy : summary.TestAccuracy);
    })];

    private RunPredictions? Read(PhaseOutcome phase, out string why)
    {
        try
        {
            why = $"{phase.Name} kept no predictions";
            return RunPredictions.Read(pathOf(phase.Runs[0]));
        }
        catch (RecipeException)
        {
            why = $"the predictions of {phase.Name} cannot be read";
            return null;
        }
    }
}
