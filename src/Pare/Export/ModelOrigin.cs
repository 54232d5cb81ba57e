namespace Pare.Export;

/// <summary>Where a trained network comes from, as far as it is known; it is kept in the model's file.</summary>
public sealed record ModelOrigin
{
    /// <summary>The version of the library that wrote the file; null where the file does not say.</summary>
    public string? PareVersion { get; init; }

    /// <summary>The name of the recipe.</summary>
    public string? Recipe { get; init; }

    /// <summary>The recipe itself with every default, as YAML.</summary>
    public string? RecipeText { get; init; }

    /// <summary>The seed of the training.</summary>
    public int? Seed { get; init; }

    /// <summary>The name of the data set.</summary>
    public string? Data { get; init; }

    /// <summary>What tells the data set from any other: its classes, images and labels.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>The share of the test images that it got right after the training, 0 to 1.</summary>
    public float? TestAccuracy { get; init; }
}
