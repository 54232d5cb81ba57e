using System.Text.Json.Serialization;
using Pare.Robustness.Corruptions;

namespace Pare.Robustness;

/// <summary>What a network says of corrupted pictures.</summary>
/// <param name="Accuracy">
/// Mean corruption accuracy, 0 to 1: the mean over the kinds of the mean over the severities.
/// </param>
/// <param name="RelativeDrop">
/// The part of the clean accuracy that is lost: 1 - <paramref name="Accuracy"/> / clean; null where that is 0.
/// </param>
/// <param name="Severities">The severities that were measured, each from 1 to 5.</param>
/// <param name="Kinds">Each kind of corruption.</param>
public sealed record CorruptionsRecord(double Accuracy, double? RelativeDrop, IReadOnlyList<int> Severities,
    IReadOnlyList<CorruptionAccuracy> Kinds)
{
    /// <summary>
    /// How far the 95 % interval of <see cref="Accuracy"/> reaches to each side, by the scatter of the images' own means over kinds and
    /// severities: it covers the draw of the test images, not the network's seed. Null for a single image and where all come out alike,
    /// which shows no scatter, and in records of before.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HalfWidth { get; init; }

    /// <summary>That interval, cut to 0 to 1; null where there is none.</summary>
    [JsonIgnore]
    public (double Low, double High)? Interval =>
        HalfWidth is double half ? (Math.Max(0, Accuracy - half), Math.Min(1, Accuracy + half)) : null;

    /// <summary>A test image, corrupted in every way; null where no pictures were wished for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CorruptionPictures? Pictures { get; init; }

    /// <summary>
    /// Whether a kind's accuracies are those of <see cref="Severities"/>. One without severities, such as <c>stripe</c>, has a single one
    /// that is of none of them, also where a single severity was measured.
    /// </summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    public bool HasSeverities(CorruptionAccuracy kind) =>
        kind.Accuracies.Count == Severities.Count && !Catalog.IsWithoutSeverities(kind.Kind);
}
