using Pare.Evaluation;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>A model in 8-bit integers, and how its ranges were chosen.</summary>
public sealed class QuantizedModel
{
    private QuantizedModel(QuantizedGraph graph, CalibrationImages images, IReadOnlyList<QuantizationTrial> trials,
        QuantizationTrial chosen, double accuracy) =>
        (Graph, Images, Trials, Chosen, RealAccuracy) = (graph, images, trials, chosen, accuracy);

    /// <summary>The network in integers.</summary>
    public QuantizedGraph Graph { get; }

    /// <summary>The images that it was made with.</summary>
    public CalibrationImages Images { get; }

    /// <summary>What was tried.</summary>
    public IReadOnlyList<QuantizationTrial> Trials { get; }

    /// <summary>The one of <see cref="Trials"/> that was taken: the least divergence, the first of equals.</summary>
    public QuantizationTrial Chosen { get; }

    /// <summary>The accuracy of the network in real numbers on the validation images, 0 to 1.</summary>
    public double RealAccuracy { get; }

    /// <summary>Quantizes a model: tries each way of choosing ranges, and takes the best on the validation images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Training images.</param>
    /// <param name="threads">Threads; null for one a processor. The result is the same with any number.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RecipeException">The images are of another size, or of another number of classes.</exception>
    /// <exception cref="RunException">A layer cannot be quantized, or gives what is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static QuantizedModel Of(Model model, CalibrationImages images, int? threads = null,
        IProgress<CalibrationProgress>? progress = null, CancellationToken cancellation = default)
    {
        InferenceGraph graph = model.Graph;
        Evaluator.CheckFit(model.Input, graph.Output.Shape, images.Images, "the training images");
        (int observed, int validation) = (images.Observed.Count, images.Validation.Count);
        var trained = ActivationRanges.OfTraining(graph);
        RangeMethod?[] methods = [.. trained is null ? [] : (RangeMethod?[])[null], .. Enum.GetValues<RangeMethod>()];
        var work = new CalibrationWork((2L * observed) + ((1L + methods.Length) * validation), progress);
        work.Begin("looking at the ranges of the maps");
        ObservedMaps maps = new MapObserver(graph).Run(images.Images, images.Observed, threads, work.Done, cancellation);
        work.Begin("the network in real numbers, on validation images");
        float[] expected = Logits((image, logits) => model.Logits(image, logits));
        var comparison = new LogitComparison(images.Images, images.Validation, expected);
        var trials = new List<(QuantizedGraph Graph, QuantizationTrial Trial)>();
        foreach (RangeMethod? method in methods)
        {
            work.Begin($"ranges by {method?.Name() ?? "training"}, on validation images");
            QuantizedGraph quantized = Quantizer.Quantize(graph, method is null ? trained! : maps.Ranges(method.Value));
            (double accuracy, double agreement, double divergence) = comparison.Of(Logits((image, logits) =>
                QuantizedExecutor.Run(quantized, image).Logits.CopyTo(logits)));
            trials.Add((quantized, new QuantizationTrial(method, false, accuracy, agreement, divergence)));
        }

        (QuantizedGraph best, QuantizationTrial chosen) = trials.MinBy(static trial => trial.Trial.Divergence);
        return new QuantizedModel(best, images, [.. trials.Select(static trial => trial.Trial)], chosen, comparison.Accuracy);

        float[] Logits(LogitSource source)
        {
            int classes = model.Classes.Count;
            var logits = new float[validation * classes];
            Parallels.For(validation, i =>
            {
                source(images.Images.Image(images.Validation[i], images.Images.Spare()), logits.AsSpan(i * classes, classes));
                work.Done();
            }, threads, cancellation);
            return logits;
        }
    }

    private delegate void LogitSource(ReadOnlySpan<byte> image, Span<float> logits);
}
