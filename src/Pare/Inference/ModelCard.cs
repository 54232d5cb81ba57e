using Pare.Evaluation;
using Pare.Graphs;
using Pare.Runs;

namespace Pare.Inference;

/// <summary>
/// What one wants to know of a model before using it: what it takes and tells apart, what it costs, how good it was found to be.
/// </summary>
public sealed record ModelCard
{
    private const int LatencyRuns = 101;

    private ModelCard(string file, Model model) => (File, Model) = (file, model);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The model in it.</summary>
    public Model Model { get; }

    /// <summary>Bytes of the file.</summary>
    public long Bytes { get; private init; }

    /// <summary>Trained parameters; of a lowered network all its values, in which those of its norms are folded.</summary>
    public long Parameters { get; private init; }

    /// <summary>Multiply-accumulates of one image.</summary>
    public long Macs { get; private init; }

    /// <summary>Milliseconds of one image on one thread, measured here and now: the median.</summary>
    public double LatencyMilliseconds { get; private init; }

    /// <summary>
    /// The share of the test images that it got right when it was trained, 0 to 1; null where neither the file nor a record beside it says.
    /// </summary>
    public double? Accuracy { get; private init; }

    /// <summary>
    /// The mean of the accuracies of the classes on these images, 0 to 1; null where a record beside the file does not say, and where the
    /// classes are not uneven (<see cref="EvaluationResult.IsUneven"/>).
    /// </summary>
    public double? BalancedAccuracy { get; private init; }

    /// <summary>The name of the data set of <see cref="Accuracy"/>; null where it is not known.</summary>
    public string? MeasuredOn { get; private init; }

    /// <summary>The number of test images behind <see cref="Accuracy"/>; null where it is not known.</summary>
    public long? Images { get; private init; }

    /// <summary>Reads a model, and measures what it takes on this machine.</summary>
    /// <param name="path">As for <see cref="Model.Load"/>.</param>
    /// <exception cref="DataException">The file is damaged, or does not fit together.</exception>
    /// <exception cref="RecipeException">There is no model here, or one without its recipe.</exception>
    /// <exception cref="RunException">The build has no phase that is done.</exception>
    public static ModelCard Read(string path)
    {
        var model = Model.Load(path);
        string file = model.Location!;
        Cost? cost = model.Network is { } network ? Cost.Of(network.Graph) : null;
        byte[] image = new byte[model.Input.Count];
        var logits = new float[model.Classes.Count];
        return WithAccuracy(new ModelCard(file, model)
        {
            Bytes = new FileInfo(file).Length,
            Parameters = model.TrainedParameters ?? model.Graph.Parameters,
            Macs = cost?.Macs ?? model.Graph.Macs,
            LatencyMilliseconds = 1e3 * Timing.MedianWarm(LatencyRuns, () => model.Logits(image, logits)),
        });
    }

    /// <summary>Reads the model of a folder where there is one.</summary>
    /// <param name="folder">The folder of a run or of a build, or any other.</param>
    /// <returns>The card, or null where no model lies in the folder, as in that of a run which has just begun.</returns>
    /// <exception cref="DataException">The file is damaged, or does not fit together.</exception>
    /// <exception cref="RecipeException">The file lacks its recipe.</exception>
    /// <exception cref="RunException">The build has no phase that is done.</exception>
    public static ModelCard? Find(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return System.IO.File.Exists(BuildFolder.ModelFileOf(folder)) ? Read(folder) : null;
    }

    // What the file says of itself comes first; the records beside it say on how many images, where they agree with it.
    private static ModelCard WithAccuracy(ModelCard card)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(card.File))!, name = Path.GetFileName(card.File);
        float? said = card.Model.Origin.TestAccuracy;
        string? data = card.Model.Origin.Data;
        if (name == RunFolder.ModelFile
            && RunRecords.TryRead<EvaluationFile>(Path.Combine(folder, RunFolder.EvaluationFile)) is { } evaluation
            && evaluation.Classes.Select(static label => label.Name).SequenceEqual(card.Model.Classes) && Agree(evaluation.Accuracy))
            return card with
            {
                Accuracy = evaluation.Accuracy,
                BalancedAccuracy = Digits(evaluation.ToRecord().Result.UnevenBalancedAccuracy),
                MeasuredOn = evaluation.Data,
                Images = evaluation.Images,
            };
        if (said is null && RunSummary.Read(Path.ChangeExtension(card.File, ".json")) is { } summary
            && summary.Parameters == card.Parameters)
            return card with
            {
                Accuracy = Digits(summary.TestAccuracy),
                BalancedAccuracy = Digits(summary.BalancedTestAccuracy),
                MeasuredOn = data,
            };
        return said is float share ? card with { Accuracy = Digits(share), MeasuredOn = data } : card;

        bool Agree(double accuracy) => said is not float share || Math.Abs(accuracy - share) < 1e-6;
    }

    // The nearest double of a float has digits that nobody measured.
    private static double? Digits(float? share) => share is float value ? Math.Round(value, 7) : null;
}
