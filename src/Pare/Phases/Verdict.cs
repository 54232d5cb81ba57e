using System.Globalization;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>What a phase bought, against the last one that was kept.</summary>
/// <param name="Keep">Whether it is within what the parameters that it saves are worth.</param>
/// <param name="Why">The figures in one line.</param>
public sealed record Verdict(bool Keep, string Why)
{
    /// <summary>
    /// Judges a phase. All parameters together are worth <paramref name="tolerance"/>: a phase that saves a share of them may lose that
    /// share of it.
    /// One that saves none may lose what chance explains, one standard error of the difference.
    /// </summary>
    /// <param name="before">The last phase that was kept; null for the first.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="tolerance">In accuracy, 0 to 1.</param>
    /// <param name="validation">Images of the validation split, which is judged by.</param>
    /// <param name="test">Images of the test set, which is judged by where there is no validation split.</param>
    public static Verdict Of(PhaseOutcome? before, PhaseOutcome phase, double tolerance, int validation, int test)
    {
        if (before is null) return new Verdict(true, "what the others are measured against");
        bool held = before.Validation is not null && phase.Validation is not null;
        Spread was = held ? before.Validation!.Value : before.Test, now = held ? phase.Validation!.Value : phase.Test;
        double change = now.Mean - was.Mean, saved = 1 - ((double)phase.Parameters / before.Parameters);
        double error = StandardError(was, now, phase.Runs.Count, held ? validation : test), allowed = saved > 0 ? tolerance * saved : error;
        bool keep = change >= -allowed;
        string points = Points(change);
        string why = saved switch
        {
            0 when keep && Math.Abs(change) <= error => $"{points} points at the same size, which may be chance",
            0 => $"{points} points at the same size",
            _ => $"{Percent(-saved)} parameters for {points} points",
        };
        return new Verdict(keep, keep ? why : $"{why}, {Points(-allowed).TrimStart('-')} allowed");
    }

    // Of the difference of two means. One seed alone shows no spread, so that what is left is the chance of which images were held out.
    private static double StandardError(Spread was, Spread now, int seeds, int images)
    {
        double Variance(Spread spread) =>
            seeds > 1 && spread.Deviation is double deviation ? deviation * deviation / seeds : spread.Mean * (1 - spread.Mean) / images;
        return Math.Sqrt(Variance(was) + Variance(now));
    }

    private static string Points(double accuracy) => (100 * accuracy).ToString("+0.00;-0.00;+0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) =>
        (100 * share).ToString(Math.Abs(share) < 0.1 ? "+0.0;-0.0" : "+0;-0", CultureInfo.InvariantCulture) + " %";
}
