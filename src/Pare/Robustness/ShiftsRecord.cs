namespace Pare.Robustness;

/// <summary>What a network says when the picture is moved by whole pixels.</summary>
/// <param name="Steady">
/// The share of the test images that get the same class at every shift as where they are, right or wrong, 0 to 1.
/// </param>
/// <param name="AlwaysRight">The share that is classified rightly at every shift, 0 to 1.</param>
/// <param name="Accuracy">The mean accuracy over all shifts, 0 to 1, that of 0 pixels included.</param>
/// <param name="Shifts">The accuracy at each shift, row by row.</param>
public sealed record ShiftsRecord(double Steady, double AlwaysRight, double Accuracy, IReadOnlyList<ShiftAccuracy> Shifts)
{
    /// <summary>The farthest shift in pixels, along rows and along columns.</summary>
    public const int Reach = 3;
}
