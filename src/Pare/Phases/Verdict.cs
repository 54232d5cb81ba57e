using System.Globalization;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>What a phase bought, against the last one that was kept.</summary>
/// <param name="Keep">Whether nothing shows that it loses more than the parameters that it saves are worth.</param>
/// <param name="Why">The figures in one line, with what their bound covers.</param>
/// <param name="Difference">The figures; null for the first phase.</param>
public sealed record Verdict(bool Keep, string Why, PhaseDifference? Difference = null)
{
    /// <summary>
    /// Judges a phase. All parameters together are worth <paramref name="tolerance"/>: a phase that saves a share of them may lose that
    /// share of it, one that saves none nothing. It is left out when it loses more by more than chance explains, which befalls one that
    /// does not at most one time in twenty.
    /// </summary>
    /// <param name="before">The last phase that was kept; null for the first.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="tolerance">In accuracy, 0 to 1.</param>
    /// <param name="difference">How they differ; null for the first phase.</param>
    public static Verdict Of(PhaseOutcome? before, PhaseOutcome phase, double tolerance, PhaseDifference? difference)
    {
        if (before is null || difference is null) return new Verdict(true, "what the others are measured against");
        double saved = 1 - ((double)phase.Parameters / before.Parameters);
        difference = difference with { Allowed = tolerance * Math.Max(0, saved) };
        string points = $"{Points(difference.Change)} ± {Amount(difference.Reach)} points";
        string what = saved == 0 ? $"{points} at the same size" : $"{Percent(-saved)} parameters for {points}";
        string allowed = $"{Amount(difference.Allowed)} allowed";
        string judged = difference switch
        {
            { IsTooMuch: true } => $"{what}, {allowed}",
            { Change: var change, Allowed: > 0 and var most } when change < -most => $"{what}, {allowed}, the rest may be chance",
            _ when saved <= 0 && Math.Abs(difference.Change) <= difference.Reach => $"{what}, which may be chance",
            _ => what,
        };
        return new Verdict(!difference.IsTooMuch, $"{judged} ({Covers(difference)})", difference);
    }

    private static string Covers(PhaseDifference difference) => "one-sided 95 %; covers " + difference.Basis switch
    {
        DifferenceBasis.Seeds => "other seeds, not other images",
        DifferenceBasis.Images => "other images, not other seeds",
        _ => $"other images, not other seeds; not by pairs: {difference.Unpaired}",
    };

    private static string Points(double accuracy) => (100 * accuracy).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Amount(double accuracy) => (100 * accuracy).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) =>
        (100 * share).ToString(Math.Abs(share) < 0.1 ? "+0.0;-0.0" : "+0;-0", CultureInfo.InvariantCulture) + " %";
}
