using System.Globalization;
using Pare.Evaluation;

namespace Pare.Ablation;

/// <summary>
/// What the rows of an ablation are worth on other axes than accuracy: balanced accuracy, corrupted images by a quick subset, and speed.
/// Tables of their own, since that of accuracy is wide already.
/// </summary>
public static class AblationAxes
{
    /// <summary>The axis of the ablation's own table.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>The accuracy on corrupted images, a quick subset.</summary>
    public const string Robust = "robust";

    /// <summary>How long an image and a training take.</summary>
    public const string Speed = "speed";

    /// <summary>The balanced accuracy, which is shown wherever test images are uneven, without being asked for.</summary>
    public const string Balanced = "balanced";

    // What the ablation's own table shows beside the test set, where that one has no room for it.
    internal const string Validation = "validation";

    /// <summary>The axes to ask for.</summary>
    public static IReadOnlyList<string> Names => [Accuracy, Robust, Speed];

    /// <summary>The columns for a reader; those of numbers begin with <c>&gt;</c>.</summary>
    /// <param name="axes">Some of <see cref="Names"/>, or <see cref="Balanced"/>.</param>
    public static IReadOnlyList<string> Columns(IReadOnlyCollection<string> axes) =>
    [
        "technique",
        .. axes.Contains(Validation) ? Differences("validation") : [],
        .. axes.Contains(Balanced) ? Differences("balanced") : [],
        .. axes.Contains(Robust) ? Differences("corrupted") : [],
        .. axes.Contains(Speed) ? [">ms per image", ">difference", ">training s"] : Array.Empty<string>(),
    ];

    /// <summary>A row's cells under <see cref="Columns"/>.</summary>
    /// <param name="row">The row.</param>
    /// <param name="axes">Some of <see cref="Names"/>, or <see cref="Balanced"/>.</param>
    /// <param name="latency">Milliseconds of one image of the row; not a number where it was not measured.</param>
    /// <param name="baseline">The same of the first row.</param>
    public static IReadOnlyList<string> Cells(AblationRowResult row, IReadOnlyCollection<string> axes, double latency, double baseline) =>
    [
        row.Row.Name,
        .. axes.Contains(Validation) ? Differences(row.Validation) : [],
        .. axes.Contains(Balanced) ? Differences(row.Balanced) : [],
        .. axes.Contains(Robust) ? Differences(row.Corrupted) : [],
        .. axes.Contains(Speed)
            ? [latency.ToString("G3", CultureInfo.InvariantCulture),
                ReferenceEquals(row.Runs, row.Baseline) ? ""
                    : (100 * ((latency / baseline) - 1)).ToString("+0;-0;0", CultureInfo.InvariantCulture) + " %",
                row.Seconds.ToString("F1", CultureInfo.InvariantCulture)]
            : Array.Empty<string>(),
    ];

    private static string[] Differences(string measure) =>
        [$">{measure}", ">sd", ">difference", ">95 % interval", AblationTable.HolmHeading];

    private static string[] Differences(AblationMeasure measure) =>
    [
        SeedCells.Percent(measure.Value), SeedCells.Deviation(measure.Value), .. SeedCells.Difference(measure.Difference),
        AblationTable.PValue(measure.AdjustedP),
    ];
}
