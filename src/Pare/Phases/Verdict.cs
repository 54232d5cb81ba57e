using System.Globalization;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>What a phase bought, against the last one that was kept.</summary>
/// <param name="Keep">Whether nothing shows that it loses more than the parameters that it saves are worth.</param>
/// <param name="Why">The figures in one line, with what their bound covers.</param>
/// <param name="Difference">The figures; null for the first phase.</param>
internal sealed record Verdict(bool Keep, string Why, PhaseDifference? Difference = null)
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
        bool isAbove = Rounding.IsBelow(difference.Change, -difference.Allowed);
        int digits = isAbove && (difference.IsTooMuch || difference.Allowed > 0) ? Digits(difference) : 2;
        string points = $"{Points(difference.Change, digits)} ± {Amount(difference.Reach, digits)} points";
        string what = saved == 0 ? $"{points} at the same size" : $"{Percent(-saved)} parameters for {points}";
        string allowed = $"{Amount(difference.Allowed, digits)} allowed";
        string judged = difference switch
        {
            { IsTooMuch: true } => $"{what}, {allowed}",
            { Allowed: > 0 } when isAbove => $"{what}, {allowed}, the rest may be chance",
            _ when saved <= 0 && Math.Abs(difference.Change) <= difference.Reach => $"{what}, which may be chance",
            _ => what,
        };
        return new Verdict(!difference.IsTooMuch, $"{judged} ({Covers(difference)})", difference);
    }

    private static string Covers(PhaseDifference difference)
    {
        string covers = difference.Basis switch
        {
            DifferenceBasis.Seeds => "other seeds, not other images",
            DifferenceBasis.Images => "other images, not other seeds",
            DifferenceBasis.UnpairedImages => $"other images, not other seeds; not by pairs: {difference.Unpaired}",
            _ => $"other seeds and other images; not by pairs: {difference.Unpaired}",
        };
        return $"one-sided 95 % on {difference.On} images; covers {covers}";
    }

    // Of a loss above what is allowed: two, or as many more as it takes for that, and for what chance explains of it, to be seen.
    private static int Digits(PhaseDifference difference) => Rounding.Digits(2, digits =>
    {
        decimal lost = -Shown(difference.Change), allowed = Shown(difference.Allowed);
        return lost > allowed && lost - Shown(difference.Reach) > allowed == difference.IsTooMuch;

        decimal Shown(double accuracy) => Math.Round(100 * (decimal)accuracy, digits, MidpointRounding.AwayFromZero);
    });

    private static string Points(double accuracy, int digits)
    {
        string amount = $"0.{new string('0', digits)}";
        return (100 * (decimal)accuracy).ToString($"+{amount};-{amount};{amount}", CultureInfo.InvariantCulture);
    }

    private static string Amount(double accuracy, int digits) =>
        (100 * (decimal)accuracy).ToString($"0.{new string('0', digits)}", CultureInfo.InvariantCulture);

    private static string Percent(double share)
    {
        string amount = $"0.{new string('0', Rounding.PercentDigits(100 * share, Math.Abs(share) < 0.1 ? 1 : 0))}";
        return (100 * share).ToString($"+{amount};-{amount}", CultureInfo.InvariantCulture) + " %";
    }
}
