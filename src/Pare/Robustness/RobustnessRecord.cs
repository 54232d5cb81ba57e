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
    /// This record with the sections of an earlier one that it lacks or has less fully, the sets of strangers that it lacks, and why others
    /// could not be measured then, where that is of the same network, images and draws.
    /// </summary>
    /// <param name="earlier">Of any network.</param>
    public RobustnessRecord Over(RobustnessRecord earlier)
    {
        if (!IsOfSame(earlier)) return this;
        RobustnessRecord now = this with { Strangers = Both(Strangers, earlier.Strangers) };
        IReadOnlyList<string> less = now.LessThan(earlier);
        RobustnessRecord all = now with
        {
            Corruptions = less.Contains("corruptions") ? earlier.Corruptions : Corruptions,
            Shifts = less.Contains("shifts") ? earlier.Shifts : Shifts,
            Calibration = less.Contains("calibration") ? earlier.Calibration : Calibration,
            Confidence = less.Contains("confidence") ? earlier.Confidence : Confidence,
            Flatness = less.Contains("flatness") ? earlier.Flatness : Flatness,
            Attacks = less.Contains("attacks") ? earlier.Attacks : Attacks,
        };
        return all with
        {
            NotMeasured = [.. NotMeasured.Concat(earlier.NotMeasured).DistinctBy(static not => not.Section)
                .Where(not => !all.Has(not.Section))],
        };
    }

    /// <summary>The sections that an earlier record has and this one lacks or has less fully: fewer kinds, severities, attacks.</summary>
    /// <param name="earlier">Of any network.</param>
    /// <returns>Names of <see cref="RobustnessEvaluation.Sections"/>, in their order.</returns>
    public IReadOnlyList<string> LessThan(RobustnessRecord earlier) =>
        [.. RobustnessEvaluation.Sections.Where(section => earlier.Has(section) && !(Has(section) && Covers(section, earlier)))];

    /// <summary>
    /// Whether nothing is lost where a later measurement takes this record's place: it has all of it on more images, or again, or this
    /// record is of another network or of other images.
    /// </summary>
    /// <param name="later">Of a network of the same form.</param>
    /// <param name="test">The test images that <paramref name="later"/> is of.</param>
    public bool GivesWayTo(RobustnessRecord later, ImageSet test)
    {
        if (NetworkFingerprint is not null && NetworkFingerprint != later.NetworkFingerprint) return true;
        if (Images > test.Count
            || (ImagesFingerprint is not null && ImagesFingerprint != test.FingerprintOf(Evenly.Spread(Images, test.Count)))) return true;
        return (later.Images > Images || (later.Images == Images && later.Seed == Seed)) && later.LessThan(this).Count == 0;
    }

    /// <summary>This record as a measurement may have it at the best: of its sections, kinds and attacks only what is asked for.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="test">Test images that there are.</param>
    public RobustnessRecord AtBest(RobustnessOptions options, int test)
    {
        int images = Math.Min(test, options.MostImages ?? test);
        return this with
        {
            Images = images,
            Seed = options.Seed,
            Corruptions = Asked("corruptions", Corruptions) is not { } corruptions ? null : corruptions with
            {
                Severities = [.. corruptions.Severities.Where(options.Severities.Contains)],
                Kinds = [.. corruptions.Kinds.Where(kind => options.Kinds?.Contains(kind.Kind) != false)],
            },
            Shifts = Asked("shifts", Shifts),
            Calibration = Asked("calibration", Calibration),
            Confidence = Asked("confidence", Confidence),
            Strangers = Asked("strangers", Strangers),
            Flatness = Asked("flatness", Flatness),
            Attacks = Asked("attacks", Attacks) is not { } attacks ? null : attacks with
            {
                Images = Math.Min(images, options.AttackedImages),
                Results = [.. attacks.Results.Where(result => options.Epsilons?.Contains(result.Epsilon) != false)],
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

    // What the images alone decide is as full as it was.
    private bool Covers(string section, RobustnessRecord earlier) => section switch
    {
        "corruptions" => earlier.Corruptions!.Severities.All(Corruptions!.Severities.Contains)
            && Names(earlier.Corruptions).All(Names(Corruptions).Contains),
        "calibration" => Calibration!.Tempered is not null || earlier.Calibration!.Tempered is null,
        "confidence" => Confidence!.Thresholds.Count >= earlier.Confidence!.Thresholds.Count,
        "strangers" => earlier.Strangers!.Sets.All(
            set => Strangers!.Sets.Any(other => other.Name == set.Name && other.Images >= set.Images)),
        "flatness" => Flatness!.Images >= earlier.Flatness!.Images && (Flatness.OfTraining || !earlier.Flatness.OfTraining),
        "attacks" => Attacks!.Images >= earlier.Attacks!.Images && Attacks.Restarts >= earlier.Attacks.Restarts
            && Names(earlier.Attacks).All(Names(Attacks).Contains),
        _ => true,
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
