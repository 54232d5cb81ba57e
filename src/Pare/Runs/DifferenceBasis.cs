using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>What the bound of a difference was found from, and so what it covers.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DifferenceBasis>))]
public enum DifferenceBasis
{
    /// <summary>Two runs of one seed, image by image: it covers other images of the same kind, and no other seeds.</summary>
    [JsonStringEnumMemberName("images")]
    Images = 1,

    /// <summary>Runs of several seeds, seed by seed: it covers other seeds, and no other images.</summary>
    [JsonStringEnumMemberName("seeds")]
    Seeds = 2,

    /// <summary>
    /// The accuracies of two runs of one seed alone, because they hold out different images, or because one of them kept no predictions,
    /// where the bound is too wide: it covers other images, and no other seeds.
    /// </summary>
    [JsonStringEnumMemberName("unpaired_images")]
    UnpairedImages = 3,

    /// <summary>
    /// The accuracies of runs of several seeds that hold out different images in the two phases: it covers other seeds and other images.
    /// </summary>
    [JsonStringEnumMemberName("unpaired_seeds")]
    UnpairedSeeds = 4,
}
