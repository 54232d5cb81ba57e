namespace Pare.Inference;

/// <summary>How far a calibration is.</summary>
/// <param name="Doing">What is being done.</param>
/// <param name="Done">Images that were run through a network so far.</param>
/// <param name="Total">Those of the whole calibration.</param>
public readonly record struct CalibrationProgress(string Doing, long Done, long Total);
