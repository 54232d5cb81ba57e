using Pare.Data;

namespace Pare.Runs;

/// <summary>Which images a run, a build or an ablation is about.</summary>
/// <param name="Source">Where they came from.</param>
/// <param name="Fingerprint">What they are, wherever they lie; null where it is not known, as in records of earlier versions.</param>
internal sealed record DataIdentity(string Source, string? Fingerprint)
{
    /// <summary>Of a data set that was read.</summary>
    public static DataIdentity Of(Dataset data) => new(data.Source, data.Fingerprint) { IsTestDrawn = data.IsTestDrawn };

    /// <summary>Whether the test images are chosen by the split.</summary>
    public bool IsTestDrawn { get; init; }

    /// <summary>How other images differ from those of a record, in one sentence; null when they are the same as far as is known.</summary>
    /// <param name="recorded">What the record says.</param>
    /// <param name="what">What was made on the recorded images, such as <c>The folder holds a build</c>.</param>
    public string? Against(DataIdentity recorded, string what)
    {
        if (Fingerprint is not null && recorded.Fingerprint is not null)
            return Fingerprint == recorded.Fingerprint ? null
                : $"{what} on other images: those of {recorded.Source} then and of {Source} now are not the same.";
        if (Fingerprint is not null && IsTestDrawn)
            return $"{what} by a version that drew the test images from the training's seed: they are others now.";
        return Source == recorded.Source ? null : $"{what} on other images: {recorded.Source}, not {Source}.";
    }

    /// <summary>What cannot be known of a record's images, in one sentence; null when there is nothing to say.</summary>
    public string? Doubt(DataIdentity recorded) =>
        Fingerprint is not null && recorded.Fingerprint is null
            ? "it was begun by a version that kept only the place of its images, and drew those for validation in another way: what is " +
            "trained now has others" : null;
}
