namespace Pare.Inference;

/// <summary>What a model says about one of many pictures.</summary>
/// <param name="Path">The picture's path below the folder or in the archive, or as it was given.</param>
/// <param name="Prediction">What the model says; null where the picture cannot be read.</param>
/// <param name="Error">Why it cannot be read; null where it can.</param>
public sealed record PicturePrediction(string Path, Prediction? Prediction, string? Error)
{
    /// <summary>What to do about it; null where it can be read, or nothing more is known.</summary>
    public string? Remedy { get; init; }
}
