namespace Pare.Robustness;

/// <summary>The accuracy at one shift.</summary>
/// <param name="Down">Pixels down; up where negative.</param>
/// <param name="Right">Pixels to the right; to the left where negative.</param>
/// <param name="Accuracy">0 to 1.</param>
public sealed record ShiftAccuracy(int Down, int Right, double Accuracy);
