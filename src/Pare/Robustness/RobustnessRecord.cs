using System.Text.Json.Serialization;

namespace Pare.Robustness;

/// <summary>How a network stands what is not in its training set: a part for each topic that was measured.</summary>
public sealed record RobustnessRecord
{
    /// <summary>What the network computes in: <c>float</c> or <c>int8</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>The test images that it was measured on.</summary>
    public required int Images { get; init; }

    /// <summary>The accuracy on them as they are, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The seed of every random draw.</summary>
    public required long Seed { get; init; }

    /// <summary>
    /// A digest of the network, <see cref="ImageClassifier.Fingerprint"/>; null where that is not known, and in records of before it was
    /// kept.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NetworkFingerprint { get; init; }

    /// <summary>A digest of the test images that it was measured on; null in records of before it was kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ImagesFingerprint { get; init; }

    /// <summary>Spoiled images; null where not measured.</summary>
    public CorruptionsRecord? Corruptions { get; init; }

    /// <summary>Shifted images; null where not measured.</summary>
    public ShiftsRecord? Shifts { get; init; }

    /// <summary>How far confidence can be trusted; null where not measured.</summary>
    public CalibrationRecord? Calibration { get; init; }

    /// <summary>What is gained where the network may say that it is not sure; null where not measured.</summary>
    public ConfidenceRecord? Confidence { get; init; }

    /// <summary>Pictures of none of the classes; null where not measured.</summary>
    public StrangersRecord? Strangers { get; init; }

    /// <summary>How flat the minimum is; null where not measured.</summary>
    public FlatnessRecord? Flatness { get; init; }

    /// <summary>Attacks; null where not measured.</summary>
    public AttacksRecord? Attacks { get; init; }

    /// <summary>What was asked for and could not be measured; empty where everything was.</summary>
    public IReadOnlyList<NotMeasured> NotMeasured { get; init; } = [];

    /// <summary>Whether another record is of the same network, the same images and the same draws, as far as both can tell.</summary>
    /// <param name="other">Any.</param>
    public bool IsOfSame(RobustnessRecord other) => NetworkFingerprint is not null && ImagesFingerprint is not null
        && (Network, NetworkFingerprint, Data, Images, ImagesFingerprint, Accuracy, Seed) == (other.Network, other.NetworkFingerprint,
            other.Data, other.Images, other.ImagesFingerprint, other.Accuracy, other.Seed);

    /// <summary>
    /// This record with the sections of an earlier one that it lacks, and why others could not be measured then, where that is of the same
    /// network, images and draws.
    /// </summary>
    /// <param name="earlier">Of any network.</param>
    public RobustnessRecord Over(RobustnessRecord earlier)
    {
        if (!IsOfSame(earlier)) return this;
        RobustnessRecord all = this with
        {
            Corruptions = Corruptions ?? earlier.Corruptions,
            Shifts = Shifts ?? earlier.Shifts,
            Calibration = Calibration ?? earlier.Calibration,
            Confidence = Confidence ?? earlier.Confidence,
            Strangers = Strangers ?? earlier.Strangers,
            Flatness = Flatness ?? earlier.Flatness,
            Attacks = Attacks ?? earlier.Attacks,
        };
        return all with
        {
            NotMeasured = [.. NotMeasured.Concat(earlier.NotMeasured).DistinctBy(static not => not.Section)
                .Where(not => !all.Has(not.Section))],
        };
    }

    /// <summary>Whether a section was measured.</summary>
    /// <param name="section">One of <see cref="RobustnessEvaluation.Sections"/>.</param>
    internal bool Has(string section) => section switch
    {
        "corruptions" => (object?)Corruptions,
        "shifts" => Shifts,
        "calibration" => Calibration,
        "confidence" => Confidence,
        "strangers" => Strangers,
        "flatness" => Flatness,
        "attacks" => Attacks,
        _ => null,
    } is not null;

    /// <summary>The record without its pictures, for who reads figures only.</summary>
    public RobustnessRecord WithoutPictures() =>
        this with { Corruptions = Corruptions is null ? null : Corruptions with { Pictures = null } };
}
