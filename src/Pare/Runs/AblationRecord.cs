using System.Text.Json.Serialization;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>The table of an ablation for programs to read, as it stands in <c>ablation.json</c>.</summary>
public sealed record AblationRecord : IRunRecord
{
    /// <summary>What names and numbers of the file mean.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>Where the images came from.</summary>
    public required string Data { get; init; }

    /// <summary>How sure the intervals are, 0 to 1.</summary>
    public double Confidence { get; init; } = SeedSummary.Confidence;

    /// <summary>What the images are; null, and not written, where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DataFingerprint { get; init; }

    /// <summary>The version of the library that made the table, with its commit.</summary>
    public string PareVersion { get; init; } = RunEnvironment.Version;

    /// <summary>What the runs were computed with; null, and not written, in tables of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunOrigins? Origins { get; init; }

    /// <summary>The rows; the first is what the others are compared with.</summary>
    public required IReadOnlyList<Line> Rows { get; init; }

    /// <summary>The record as one line of JSON.</summary>
    public string ToJson() => RunRecords.ToLine(this);

    // A row and a seed take some hundred bytes, and there may be ten thousands.
    static long IRunRecord.MostBytes => 256 << 20;

    void IRunRecord.Check()
    {
        Checks.Text(Recipe, "recipe");
        Checks.Text(Data, "data");
        Origins?.Check();
        Checks.List(Rows, "rows");
        Checks.That(Rows.Count > 0, "rows", "is empty");
        foreach (Line row in Rows)
        {
            Checks.Text(row.Name, "name");
            Checks.List(row.Overrides, "overrides");
            Checks.List(row.Runs, "runs");
            foreach (AblationRun run in row.Runs) run.Check();
            Checks.That(row.Runs.Count > 0 && row.Runs.Select(static run => run.Seed).SequenceEqual(Rows[0].Runs
                .Select(static run => run.Seed)), "runs", "are not those of the first row's seeds");
        }
    }

    /// <summary>One way to train.</summary>
    public sealed record Line
    {
        /// <summary>What sets it apart.</summary>
        public required string Name { get; init; }

        /// <summary>Each <c>key=value</c>, what turns the recipe into this row.</summary>
        public required IReadOnlyList<string> Overrides { get; init; }

        /// <summary>Trained parameters.</summary>
        public required long Parameters { get; init; }

        /// <summary>Mean wall time of a run in seconds, to the millisecond.</summary>
        public required double Seconds { get; init => field = Math.Round(value, 3); }

        /// <summary>The accuracy on the validation split, 0 to 1; null without one or when a run failed.</summary>
        public Interval? Validation { get; init; }

        /// <summary>Its difference to the first row, paired by seed.</summary>
        public Interval? ValidationDifference { get; init; }

        /// <summary>
        /// How often chance alone makes it so large, to either side, by Student's t; null for one seed, and where the
        /// difference is the same in all of them and not 0.
        /// </summary>
        public double? ValidationP { get; init; }

        /// <summary>The same in any row of the table: corrected after Holm.</summary>
        public double? ValidationPHolm { get; init; }

        /// <summary>The accuracy on the test set, 0 to 1; null when a run failed.</summary>
        public Interval? Test { get; init; }

        /// <summary>Its difference to the first row, paired by seed.</summary>
        public Interval? TestDifference { get; init; }

        /// <summary>How often chance alone makes it so large, to either side, by Student's t.</summary>
        public double? TestP { get; init; }

        /// <summary>The same in any row of the table: corrected after Holm.</summary>
        public double? TestPHolm { get; init; }

        /// <summary>
        /// The balanced accuracy on the test set, 0 to 1; null, and not written, where its classes are not uneven or a run failed.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Interval? Balanced { get; init; }

        /// <summary>Its difference to the first row, paired by seed.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Interval? BalancedDifference { get; init; }

        /// <summary>How often chance alone makes it so large, to either side, by Student's t.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? BalancedP { get; init; }

        /// <summary>The same in any row of the table: corrected after Holm.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? BalancedPHolm { get; init; }

        /// <summary>
        /// The accuracy on corrupted test images, a quick subset, 0 to 1; null, and not written, where it was not measured or a run failed.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Interval? Corrupted { get; init; }

        /// <summary>Its difference to the first row, paired by seed.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Interval? CorruptedDifference { get; init; }

        /// <summary>How often chance alone makes it so large, to either side, by Student's t.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? CorruptedP { get; init; }

        /// <summary>The same in any row of the table: corrected after Holm.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public double? CorruptedPHolm { get; init; }

        /// <summary>One run a seed.</summary>
        public required IReadOnlyList<AblationRun> Runs { get; init; }
    }

    /// <summary>A mean with its deviation and 95 % interval, which one seed does not have.</summary>
    /// <param name="Mean">The mean.</param>
    /// <param name="StandardDeviation">The sample's; null for one seed.</param>
    /// <param name="Low">Where the interval begins; null for one seed, and where all seeds give the same.</param>
    /// <param name="High">Where it ends; null likewise.</param>
    public sealed record Interval(double Mean, double? StandardDeviation, double? Low, double? High)
    {
        /// <summary>Of what several seeds gave; null where there is nothing.</summary>
        internal static Interval? Of(SeedSummary? summary) =>
            summary is null ? null
                : new Interval(summary.Mean, summary.StandardDeviation, summary.Mean - summary.HalfWidth, summary.Mean + summary.HalfWidth);
    }
}
