using Pare.Evaluation;
using Pare.Robustness;

namespace Pare.Runs;

/// <summary>
/// What stands in <c>robustness.json</c>: how a run's network stands what is not in its training set, one record a form of it.
/// </summary>
public sealed record RobustnessFile : IRunRecord
{
    private const int MostNetworks = 8, MostKinds = 100, MostPoints = 1_000, MostSeverities = ImageCorruption.MostSeverity,
        ShiftSide = (2 * ShiftsRecord.Reach) + 1, Shifts = ShiftSide * ShiftSide;

    // As they stand in the file, in Base64: those of two networks fit beside everything else.
    private const long MostPictures = 20 << 20;

    /// <summary>It holds pictures.</summary>
    static long IRunRecord.MostBytes => 64 << 20;

    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>One in single precision, one in integers, as far as they were measured.</summary>
    public required IReadOnlyList<RobustnessRecord> Networks { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where.</param>
    /// <returns>Null where there is none, or a damaged one.</returns>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RobustnessFile? Read(string path) => RunRecords.TryRead<RobustnessFile>(path);

    /// <summary>A record as one line of JSON, as it stands in the file.</summary>
    public static string ToLine(RobustnessRecord record) => RunRecords.ToLine(record);

    /// <summary>Reads what stands where a record shall be kept: it would be replaced, and nothing but a record may be.</summary>
    /// <param name="path">Where.</param>
    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="RunException">
    /// The file is damaged, of something else or not to be read; or a later version of Pare wrote it in a form that this one does not know.
    /// </exception>
    public static RobustnessFile? ReadToReplace(string path)
    {
        try
        {
            return File.Exists(path) ? RunRecords.Read<RobustnessFile>(path) : null;
        }
        catch (FormatException error)
        {
            throw new RunException("This file is no record of robustness.", Path.GetFullPath(path), "Move it away, or name another.", error)
            { Setting = "file" };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"This file cannot be read: {error.Message}", Path.GetFullPath(path),
                "See that it may be read, or name another.", error)
            { Setting = "file" };
        }
    }

    /// <summary>
    /// Keeps a record in a file, beside what is there already of other networks, of other sections, and of those that have all of it and
    /// more.
    /// </summary>
    /// <param name="path">Where; the folder must exist.</param>
    /// <param name="record">What was measured.</param>
    /// <param name="replaces">Whether it takes the place also of sections that have all of it and more.</param>
    /// <returns>What is kept of its network: without pictures where those are larger than a file should be.</returns>
    /// <exception cref="RunException">
    /// The disk is full or gone, a file that is no such record is there already, or a later version of Pare wrote it; or the record could
    /// not be read again.
    /// </exception>
    public static RobustnessRecord Keep(string path, RobustnessRecord record, bool replaces = false)
    {
        RobustnessFile file = ReadToReplace(path) is { } earlier ? earlier.With(record, replaces)
            : new RobustnessFile { Networks = [record] };
        file = file with { Networks = [.. file.Networks.Select(WithFewPictures)] };
        FolderFiles.WriteNamed(path, to => RunRecords.WriteChecked(to, file, path));
        return file.Networks.First(one => one.Network == record.Network);
    }

    private static RobustnessRecord WithFewPictures(RobustnessRecord record) => record.Corruptions?.Pictures is { } pictures
        && pictures.Kinds.SelectMany(static kind => kind).Append(pictures.Clean).Sum(static png => (png.LongLength + 2) / 3 * 4)
            > MostPictures ? record.WithoutPictures() : record;

    // It takes the place of that of the same network, as RobustnessRecord.Over tells.
    private RobustnessFile With(RobustnessRecord record, bool replaces)
    {
        RobustnessRecord? same = Networks.FirstOrDefault(other => other.Network == record.Network);
        if (same is not null) record = record.Over(same, replaces);
        return new RobustnessFile
        {
            Networks = [.. Networks.Where(other => other.Network != record.Network).Append(record)
                .OrderBy(static one => one.Network, StringComparer.Ordinal)],
        };
    }

    void IRunRecord.Check()
    {
        Checks.List(Networks, "networks");
        Checks.That(Networks.Count <= MostNetworks, "networks", "has more than there are");
        foreach (RobustnessRecord record in Networks)
        {
            Checks.Text(record.Network, "network");
            Checks.Text(record.Data, "data");
            Positive(record.Images, "images");
            Checks.Share(record.Accuracy, "accuracy");
            Checks.List(record.NotMeasured, "not_measured");
            if (record.Corruptions is { } corruptions) Check(corruptions, record.Images);
            if (record.Shifts is { } shifts) Check(shifts);
            if (record.Calibration is { } calibration) Check(calibration);
            if (record.Confidence is { } confidence) Check(confidence);
            if (record.Strangers is { } strangers) Check(strangers);
            if (record.Flatness is { } flatness) Check(flatness);
            if (record.Attacks is { } attacks) Check(attacks);
        }
    }

    private static void Check(CorruptionsRecord corruptions, int images)
    {
        Checks.Share(corruptions.Accuracy, "accuracy");

        // One image at least is right as it is, and no more than all can be corrupted.
        Checks.That(corruptions.RelativeDrop is not double drop || (drop <= 1 && drop > -images), "relative_drop",
            "is not what images can lose or gain");
        Checks.That(corruptions.HalfWidth is null or >= 0, "half_width", "is negative");
        Checks.That(corruptions.Severities is { Count: > 0 and <= MostSeverities } severities
            && severities.All(static severity => severity is > 0 and <= MostSeverities), "severities", "are not from 1 to 5");
        Checks.List(corruptions.Kinds, "kinds");
        Checks.That(corruptions.Kinds.Count is > 0 and <= MostKinds, "kinds", "has more than there are");
        foreach (CorruptionAccuracy kind in corruptions.Kinds)
        {
            Checks.Text(kind.Kind, "kind");
            Checks.Text(kind.Family, "family");
            Checks.Share(kind.Mean, "mean");
            Checks.That(kind.Accuracies is { } all && (all.Count == 1 || all.Count == corruptions.Severities.Count), "accuracies",
                "are not one a severity");
            foreach (double accuracy in kind.Accuracies!) Checks.Share(accuracy, "accuracies");
        }

        if (corruptions.Pictures is not { } pictures) return;
        Checks.That(pictures.Clean is not null, "clean", "is missing");
        Checks.List(pictures.Kinds, "kinds");
        Checks.That(pictures.Kinds.Count == corruptions.Kinds.Count, "pictures", "are not one a kind");
        foreach ((IReadOnlyList<byte[]> row, CorruptionAccuracy kind) in pictures.Kinds.Zip(corruptions.Kinds))
            Checks.That(row.Count == kind.Accuracies.Count && row.All(static png => png is not null), "pictures", "are not one a severity");
    }

    private static void Check(ShiftsRecord shifts)
    {
        Checks.Share(shifts.Steady, "steady");
        Checks.Share(shifts.AlwaysRight, "always_right");
        Checks.Share(shifts.Accuracy, "accuracy");
        Checks.List(shifts.Shifts, "shifts");
        Checks.That(shifts.Shifts.Count == Shifts, "shifts", $"has not {Shifts} entries");
        for (int i = 0; i < Shifts; i++)
        {
            ShiftAccuracy shift = shifts.Shifts[i];
            Checks.That((shift.Down, shift.Right) == ((i / ShiftSide) - ShiftsRecord.Reach, (i % ShiftSide) - ShiftsRecord.Reach), "shifts",
                "are not row by row");
            Checks.Share(shift.Accuracy, "accuracy");
        }
    }

    private static void Check(CalibrationRecord calibration)
    {
        CheckErrors(calibration.ExpectedError, calibration.AdaptiveError, calibration.NegativeLogLikelihood, calibration.BrierScore);
        Checks.List(calibration.Bins, "bins");
        Checks.That(calibration.Bins.Count <= MostPoints, "bins", "has more than there are");
        foreach (CalibrationBin bin in calibration.Bins)
        {
            Checks.Share(bin.From, "from");
            Checks.Share(bin.To, "to");
            Checks.Share(bin.Accuracy, "accuracy");
            Checks.Share(bin.Confidence, "confidence");
            Checks.Count(bin.Images, "images");
        }

        if (calibration.Tempered is not { } tempered) return;
        Checks.That(tempered.Fit is not null, "fit", "is missing");
        Checks.That(Temperature.IsValid(tempered.Fit!.Temperature), "temperature", "is not positive");
        CheckErrors(tempered.ExpectedError, tempered.AdaptiveError, tempered.NegativeLogLikelihood, tempered.BrierScore);
    }

    private static void CheckErrors(double expected, double adaptive, double loss, double brier)
    {
        Checks.Share(expected, "expected_error");
        Checks.Share(adaptive, "adaptive_error");
        NotNegative(loss, "negative_log_likelihood");
        NotNegative(brier, "brier_score");
    }

    private static void Check(ConfidenceRecord confidence)
    {
        Checks.Share(confidence.AccuracyAt90, "accuracy_at_90");
        Checks.Share(confidence.AccuracyAt95, "accuracy_at_95");
        Checks.Share(confidence.Area, "area");
        Checks.List(confidence.Curve, "curve");
        Checks.That(confidence.Curve.Count <= MostPoints, "curve", "has more points than are kept");
        foreach (RiskPoint point in confidence.Curve)
        {
            Checks.Share(point.Coverage, "coverage");
            Checks.Share(point.Risk, "risk");
        }

        Checks.List(confidence.Thresholds, "thresholds");
        foreach (ThresholdRecord threshold in confidence.Thresholds)
        {
            Checks.Share(threshold.Wished, "wished");
            Checks.Share(threshold.Coverage, "coverage");
            Checks.Share(threshold.Accuracy, "accuracy");
            if (threshold.Chosen is not { } chosen) continue;
            Checks.Share(chosen.Threshold, "threshold");
            Checks.Share(chosen.Bound, "bound");
            Checks.That(chosen.Images > 0 && chosen.Sure > 0 && chosen.Sure <= chosen.Images && chosen.Wrong >= 0
                && chosen.Wrong <= chosen.Sure, "chosen", "counts what cannot be");
        }
    }

    private static void Check(StrangersRecord strangers)
    {
        Checks.List(strangers.Sets, "sets");
        foreach (StrangerResult set in strangers.Sets)
        {
            Checks.Text(set.Name, "name");
            Positive(set.Images, "images");
            Checks.Share(set.Area, "area");
            Checks.Share(set.PassingAt95, "passing_at_95");
            Checks.Share(set.Confidence, "confidence");
        }
    }

    private static void Check(FlatnessRecord flatness)
    {
        Positive(flatness.Images, "images");
        NotNegative(flatness.Loss, "loss");
        NotNegative(flatness.GradientNorm, "gradient_norm");
        NotNegative(flatness.EigenvalueError, "eigenvalue_error");
        Checks.That(double.IsFinite(flatness.Sharpness), "sharpness", "is not a number");
        Checks.That(double.IsFinite(flatness.LargestEigenvalue), "largest_eigenvalue", "is not a number");
        Checks.List(flatness.Curve, "curve");
        Checks.That(flatness.Curve.Count <= MostPoints, "curve", "has more points than are kept");
        foreach (FlatnessPoint point in flatness.Curve)
        {
            Checks.That(point.Distance is >= -1 and <= 1, "distance", "is not from -1 to 1");
            NotNegative(point.Loss, "loss");
            NotNegative(point.Least, "least");
            NotNegative(point.Most, "most");
        }
    }

    private static void Check(AttacksRecord attacks)
    {
        Positive(attacks.Images, "images");
        Checks.Share(attacks.Clean, "clean");
        Checks.List(attacks.Results, "results");
        Checks.That(attacks.Results.Count <= MostPoints, "results", "has more than are kept");
        foreach (AttackResult result in attacks.Results)
        {
            Checks.Text(result.Attack, "attack");
            Checks.That(result.Epsilon is >= 0 and <= 255, "epsilon", "is not from 0 to 255");
            Checks.Share(result.Accuracy, "accuracy");
        }
    }

    private static void Positive(int images, string name) => Checks.That(images > 0, name, "is not a number of images");

    private static void NotNegative(double value, string name) => Checks.That(value >= 0 && double.IsFinite(value), name, "is negative");
}
