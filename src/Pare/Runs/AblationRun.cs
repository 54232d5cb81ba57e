using System.Text.Json.Serialization;
using Pare.Evaluation;
using Pare.Robustness;

namespace Pare.Runs;

/// <summary>What one run of an ablation came to.</summary>
public sealed record AblationRun
{
    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Trained parameters of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>The last epoch's accuracy on the test set, 0 to 1; null for a run that failed.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>
    /// The last epoch's <see cref="EvaluationResult.BalancedAccuracy"/> on the test set, 0 to 1; null, and not written, where its classes
    /// are not uneven, for a run that failed, and in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BalancedTestAccuracy { get; init; }

    /// <summary>The last epoch's accuracy on the validation split, 0 to 1; null without one.</summary>
    public required double? ValidationAccuracy { get; init; }

    /// <summary>
    /// The accuracy on corrupted test images, 0 to 1, as <see cref="QuickCorruptions"/> measures it; null, and not written, where it was
    /// not measured, as in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CorruptedAccuracy { get; init; }

    /// <summary>Wall time of training and testing in seconds, to the millisecond.</summary>
    public required double Seconds { get; init => field = Math.Round(value, 3); }

    /// <summary>Why the run failed, such as a loss that is no longer finite; null for one that did not.</summary>
    public string? Failure { get; init; }

    internal void Check()
    {
        Checks.Count(Parameters, "parameters");
        Checks.Share(TestAccuracy, "test_accuracy");
        Checks.Share(BalancedTestAccuracy, "balanced_test_accuracy");
        Checks.Share(ValidationAccuracy, "validation_accuracy");
        Checks.Share(CorruptedAccuracy, "corrupted_accuracy");
        Checks.Time(Seconds, "seconds");
        Checks.That(TestAccuracy is not null || Failure is not null, "test_accuracy", "is missing");
    }
}
