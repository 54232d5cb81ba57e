using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Runs;

/// <summary>A run of a build that another run of it learns from, before it is trained.</summary>
/// <param name="Phase">The name of its phase.</param>
/// <param name="File">Where its model will lie.</param>
/// <param name="Training">How it is trained.</param>
/// <param name="Teacher">What it learns from itself; null where that is none of the same build that is still to be trained.</param>
internal sealed record PlannedTeacher(string Phase, string File, TrainingOptions Training, PlannedTeacher? Teacher);
