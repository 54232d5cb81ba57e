namespace Pare.Robustness;

/// <summary>How far an evaluation of robustness is.</summary>
/// <param name="Doing">What is being done.</param>
/// <param name="Done">Passes of an image through the network so far.</param>
/// <param name="Total">Those of the whole evaluation.</param>
public readonly record struct RobustnessProgress(string Doing, long Done, long Total);
