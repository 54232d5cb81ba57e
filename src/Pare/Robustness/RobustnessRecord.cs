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

    /// <summary>This record with the sections of an earlier one that it lacks, where that is of the same images and draws.</summary>
    /// <param name="earlier">Of the same network.</param>
    public RobustnessRecord Over(RobustnessRecord earlier) =>
        (Network, Data, Images, Accuracy, Seed) != (earlier.Network, earlier.Data, earlier.Images, earlier.Accuracy, earlier.Seed) ? this
            : this with
            {
                Corruptions = Corruptions ?? earlier.Corruptions,
                Shifts = Shifts ?? earlier.Shifts,
                Calibration = Calibration ?? earlier.Calibration,
                Confidence = Confidence ?? earlier.Confidence,
                Strangers = Strangers ?? earlier.Strangers,
                Flatness = Flatness ?? earlier.Flatness,
                Attacks = Attacks ?? earlier.Attacks,
            };

    /// <summary>The record without its pictures, for who reads figures only.</summary>
    public RobustnessRecord WithoutPictures() =>
        this with { Corruptions = Corruptions is null ? null : Corruptions with { Pictures = null } };
}
