using System.Text.Json.Serialization;
using Pare.Robustness;

namespace Pare.Runs;

/// <summary>What a phase came to, over its seeds.</summary>
public sealed record PhaseOutcome
{
    /// <summary>The phase's name.</summary>
    public required string Name { get; init; }

    /// <summary>What one should see.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>What it changes, in short.</summary>
    public string Change { get; init; } = string.Empty;

    /// <summary>Trained parameters of its network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public required long Macs { get; init; }

    /// <summary>Its run folders below the build's folder, one per seed.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>Accuracy on the training images without augmentation, 0 to 1.</summary>
    public required Spread Train { get; init; }

    /// <summary>Accuracy on the validation split, 0 to 1; null without one.</summary>
    public required Spread? Validation { get; init; }

    /// <summary>Accuracy on the test set, 0 to 1.</summary>
    public required Spread Test { get; init; }

    /// <summary>
    /// Balanced accuracy on the test set, 0 to 1; null, and not written, where its classes are not uneven, and where a run of an earlier
    /// version has none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Spread? Balanced { get; init; }

    /// <summary>
    /// Accuracy on corrupted test images, 0 to 1, as <see cref="QuickCorruptions"/> measures it; null, and not written, where a run has
    /// none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Spread? Corrupted { get; init; }

    /// <summary>How much better the network is on the images that it was trained on than on the test set.</summary>
    [JsonConverter(typeof(SixDigits))]
    public double Gap => Train.Mean - Test.Mean;

    /// <summary>Mean seconds of a run, to the millisecond.</summary>
    public required double Seconds { get; init => field = Math.Round(value, 3); }

    /// <summary>Whether the phases after it build on it.</summary>
    public bool Kept { get; init; } = true;

    /// <summary>
    /// Whether it costs more than what it saves is worth; such a phase is kept all the same unless a build is told to undo it.
    /// </summary>
    public bool Costly { get; init; }

    /// <summary>The phases before it that its runs were trained without, since they were undone; null, and not written, for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Without { get; init; }

    /// <summary>
    /// What it was judged by: the difference to the last phase that was kept; null, and not written, for the first phase and in builds of
    /// earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PhaseDifference? Difference { get; init; }

    /// <summary>The verdict, in one line.</summary>
    public string Why { get; init; } = string.Empty;

    internal void Check()
    {
        Checks.Text(Name, "name");
        Checks.Text(Target, "target");
        Checks.Text(Change, "change");
        Checks.Text(Why, "why");
        Checks.Count(Parameters, "parameters");
        Checks.Count(Macs, "macs");
        Checks.List(Runs, "runs");
        if (Without is not null) Checks.List(Without, "without");
        Checks.That(Runs.All(FolderFiles.IsBelow), "runs", "names a folder that is not below the build's");
        Train.Check("train");
        Validation?.Check("validation");
        Test.Check("test");
        Balanced?.Check("balanced");
        Corrupted?.Check("corrupted");
        Checks.Time(Seconds, "seconds");
        Difference?.Check();
    }
}
