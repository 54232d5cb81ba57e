using System.Text.Json.Serialization;
using Pare.Data;

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

    /// <summary>Corrupted images; null where not measured.</summary>
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
    /// This record with the sections and the sets of strangers of an earlier one that it lacks, those that the earlier has all of and more,
    /// and why others could not be measured then, where that is of the same network, images and draws.
    /// </summary>
    /// <param name="earlier">Of any network.</param>
    /// <param name="replaces">Whether what this record has takes the place also of what has all of it and more.</param>
    public RobustnessRecord Over(RobustnessRecord earlier, bool replaces = false)
    {
        if (!IsOfSame(earlier)) return this;
        IReadOnlyList<string> covered = replaces ? [] : CoveredBy(earlier);
        RobustnessRecord all = this with
        {
            Corruptions = Chosen("corruptions", Corruptions, earlier.Corruptions),
            Shifts = Chosen("shifts", Shifts, earlier.Shifts),
            Calibration = Chosen("calibration", Calibration, earlier.Calibration),
            Confidence = Chosen("confidence", Confidence, earlier.Confidence),
            Strangers = Both(Strangers, earlier.Strangers),
            Flatness = Chosen("flatness", Flatness, earlier.Flatness),
            Attacks = Chosen("attacks", Attacks, earlier.Attacks),
        };
        return all with
        {
            NotMeasured = [.. NotMeasured.Concat(earlier.NotMeasured).DistinctBy(static not => not.Section)
                .Where(not => !all.Has(not.Section))],
        };

        T? Chosen<T>(string section, T? now, T? before)
            where T : class => now is null || covered.Contains(section) ? before : now;
    }

    /// <summary>
    /// The sections of which an earlier record has something that this one has not: the section, a kind, a severity, a reach, more images.
    /// </summary>
    /// <param name="earlier">Of any network.</param>
    /// <returns>Names of <see cref="RobustnessEvaluation.Sections"/>, in their order.</returns>
    public IReadOnlyList<string> LessThan(RobustnessRecord earlier) =>
        [.. RobustnessEvaluation.Sections.Where(section => earlier.Has(section) && !Covers(section, earlier))];

    /// <summary>The sections of this record that an earlier one has all of, and more: on as many images or more.</summary>
    /// <param name="earlier">Of any network.</param>
    /// <returns>Names of <see cref="RobustnessEvaluation.Sections"/>, in their order.</returns>
    public IReadOnlyList<string> CoveredBy(RobustnessRecord earlier) =>
        [.. LessThan(earlier).Where(section => Has(section) && earlier.Covers(section, this))];

    /// <summary>
    /// Whether a later measurement may take this record's place: it is of more images, or of as many again, has all sections, and none of
    /// them less than here; or this record is of another network or of other images.
    /// </summary>
    /// <param name="later">Of a network of the same form.</param>
    /// <param name="test">The test images that <paramref name="later"/> is of.</param>
    public bool GivesWayTo(RobustnessRecord later, ImageSet test)
    {
        if (NetworkFingerprint is not null && NetworkFingerprint != later.NetworkFingerprint) return true;
        if (Images > test.Count
            || (ImagesFingerprint is not null && ImagesFingerprint != test.FingerprintOf(Evenly.Spread(Images, test.Labels)))) return true;
        return (later.Images > Images || (later.Images == Images && later.Seed == Seed))
            && RobustnessEvaluation.Sections.All(section => !Has(section) || later.Has(section)) && later.CoveredBy(this).Count == 0;
    }

    /// <summary>This record as a measurement may have it at the best: of its sections and attacks only what is asked for.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="test">Test images that there are.</param>
    public RobustnessRecord AtBest(RobustnessOptions options, int test)
    {
        int images = Math.Min(test, options.MostImages ?? test);
        return this with
        {
            Images = images,
            Seed = options.Seed,
            Corruptions = Asked("corruptions", Corruptions),
            Shifts = Asked("shifts", Shifts),
            Calibration = Asked("calibration", Calibration),
            Confidence = Asked("confidence", Confidence),
            Strangers = Asked("strangers", Strangers),
            Flatness = Asked("flatness", Flatness),
            Attacks = Asked("attacks", Attacks) is not { } attacks ? null : attacks with
            {
                Images = Math.Min(images, options.AttackedImages),
                Results = options.Epsilons is not { } reaches ? attacks.Results : [.. attacks.Results
                    .Where(result => reaches.Contains(result.Epsilon))
                    .Concat(reaches.Except(attacks.Results.Select(static result => result.Epsilon))
                        .Select(static reach => new AttackResult("FGSM", reach, 0)))],
            },
        };

        T? Asked<T>(string section, T? had)
            where T : class => options.Sections?.Contains(section) == false ? null : had;
    }

    /// <summary>Whether a section was measured.</summary>
    /// <param name="section">One of <see cref="RobustnessEvaluation.Sections"/>.</param>
    public bool Has(string section) => section switch
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

    // Whether a section that another has is here with all of it, on as many images or more.
    private bool Covers(string section, RobustnessRecord other) => Has(section) && section switch
    {
        "corruptions" => Images >= other.Images && other.Corruptions!.Severities.All(Corruptions!.Severities.Contains)
            && Names(other.Corruptions).All(Names(Corruptions).Contains),
        "calibration" => Images >= other.Images && (Calibration!.Tempered is not null || other.Calibration!.Tempered is null),
        "confidence" => Images >= other.Images && Confidence!.Thresholds.Count >= other.Confidence!.Thresholds.Count,
        "strangers" => other.Strangers!.Sets.All(
            set => Strangers!.Sets.Any(mine => mine.Name == set.Name && mine.Images >= set.Images)),
        "flatness" => Flatness!.Images >= other.Flatness!.Images && (Flatness.OfTraining || !other.Flatness.OfTraining),
        "attacks" => Attacks!.Images >= other.Attacks!.Images && Attacks.Restarts >= other.Attacks.Restarts
            && Names(other.Attacks).All(Names(Attacks).Contains),
        _ => Images >= other.Images,
    };

    private static IEnumerable<string> Names(CorruptionsRecord corruptions) => corruptions.Kinds.Select(static kind => kind.Kind);

    private static IEnumerable<(string, int)> Names(AttacksRecord attacks) =>
        attacks.Results.Select(static result => (result.Attack, result.Epsilon));

    private static StrangersRecord? Both(StrangersRecord? now, StrangersRecord? earlier) => now is null || earlier is null ? now ?? earlier
        : new StrangersRecord([.. now.Sets.Concat(earlier.Sets).DistinctBy(static set => set.Name)]);

    /// <summary>The record without its pictures, for who reads figures only.</summary>
    public RobustnessRecord WithoutPictures() =>
        this with { Corruptions = Corruptions is null ? null : Corruptions with { Pictures = null } };
}
