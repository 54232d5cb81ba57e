using System.Text.Json.Serialization;
using Pare.Evaluation;
using Pare.Robustness;
using Pare.Training;

namespace Pare.Runs;

/// <summary>What came out of a run, as one object for programs to read.</summary>
public sealed record RunSummary : IRunRecord
{
    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The run's folder, as the user would type it.</summary>
    public required string Run { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>Trained parameters of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public required long Macs { get; init; }

    /// <summary>Epochs that were trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>Why the training ended before its last epoch; null, and not written, when it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Stopped { get; init; }

    /// <summary>
    /// How often the training diverged and went back with half the learning rate; null, and not written, when it did not.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Restart>? Restarts { get; init; }

    /// <summary>The accuracy of the saved network on the test set, 0 to 1.</summary>
    public required float TestAccuracy { get; init; }

    /// <summary>
    /// The saved network's <see cref="EvaluationResult.BalancedAccuracy"/> on the test set, 0 to 1; null, and not written, where its
    /// classes are not uneven, and in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? BalancedTestAccuracy { get; init; }

    /// <summary>The mean cross entropy on the test set; NaN, and null in the file, where it left the finite numbers.</summary>
    public required float TestLoss { get; init; }

    /// <summary>The accuracy of the saved network on the validation split, 0 to 1; null without one.</summary>
    public required float? ValidationAccuracy { get; init; }

    /// <summary>
    /// The last step's weights on the test set, where the saved network is an average of weights; otherwise null, and not written.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? UnaveragedTestAccuracy { get; init; }

    /// <summary>The same on the validation split.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? UnaveragedValidationAccuracy { get; init; }

    /// <summary>
    /// The trained network's accuracy on the images that it was trained on, 0 to 1, without augmentation: what it is above the test
    /// accuracy is the gap of generalization. Of more than 10,000 images every n-th is measured.
    /// </summary>
    public required float TrainAccuracy { get; init; }

    /// <summary>
    /// The accuracy of the saved network on corrupted test images, 0 to 1, as <see cref="QuickCorruptions"/> measures it; null, and not
    /// written, where it was not measured, as in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? CorruptedAccuracy { get; init; }

    /// <summary>Wall time of the training in seconds, to the millisecond.</summary>
    public required double Seconds { get; init => field = Math.Round(value, 3); }

    /// <summary>Training images per second, to a tenth.</summary>
    public required double ImagesPerSecond { get; init => field = Math.Round(value, 1); }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>
    /// What the network misses of the recipe's target, each a sentence; null, and not written, where it reaches it or there is none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MissedTargets { get; init; }

    /// <summary>
    /// The version of the library that made the run, with its commit; null, and not written, in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PareVersion { get; init; }

    /// <summary>
    /// A digest of the saved network's values: a model's file that has others was changed since. Null, and not written, in runs of earlier
    /// versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WeightsDigest { get; init; }

    /// <summary>Reads a summary that was written.</summary>
    /// <param name="file">The path of <c>result.json</c>.</param>
    /// <returns>The summary; null when there is none, or a damaged one, as of a run that did not come to its end.</returns>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RunSummary? Read(string file) => RunRecords.TryRead<RunSummary>(file);

    /// <summary>The summary as one line of JSON.</summary>
    public string ToJson() => RunRecords.ToLine(this);

    void IRunRecord.Check()
    {
        Checks.Text(Run, "run");
        Checks.Text(Recipe, "recipe");
        Checks.Count(Parameters, "parameters");
        Checks.Count(Macs, "macs");
        Checks.Count(Epochs, "epochs");
        Checks.Share(TestAccuracy, "test_accuracy");
        Checks.Share(BalancedTestAccuracy, "balanced_test_accuracy");
        Checks.Share(ValidationAccuracy, "validation_accuracy");
        Checks.Share(UnaveragedTestAccuracy, "unaveraged_test_accuracy");
        Checks.Share(UnaveragedValidationAccuracy, "unaveraged_validation_accuracy");
        Checks.Share(TrainAccuracy, "train_accuracy");
        Checks.Share(CorruptedAccuracy, "corrupted_accuracy");
        Checks.Time(Seconds, "seconds");
        Checks.Time(ImagesPerSecond, "images_per_second");
        if (Restarts is not null) Checks.List(Restarts, "restarts");
        foreach (Restart restart in Restarts ?? [])
        {
            Checks.Count(restart.Epoch, "restarts.epoch");
            Checks.Text(restart.Begin, "restarts.begin");
            Checks.Share((float)restart.RateFactor, "restarts.rate_factor");
        }

        if (MissedTargets is not null) Checks.List(MissedTargets, "missed_targets");
    }
}
