using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;
using Pare.Robustness;

namespace Pare.Inference;

/// <summary>A model in 8-bit integers, and how its ranges were chosen.</summary>
public sealed class QuantizedModel
{
    private readonly LogitComparison? _comparison;

    private readonly Network? _trained;
    private readonly bool _isOfFile;

    private QuantizedModel(QuantizedGraph graph, Model model, CalibrationImages? images, IReadOnlyList<QuantizationTrial> trials,
        QuantizationTrial? chosen, LogitComparison? comparison) =>
        (Graph, _trained, _isOfFile, Images, Trials, Chosen, _comparison) =
            (graph, model.Network, model.Graph.RoundsToIntegers, images, trials, chosen, comparison);

    /// <summary>The network in integers.</summary>
    public QuantizedGraph Graph { get; }

    /// <summary>The images that it was made with; null for ranges of the training that nobody compared.</summary>
    public CalibrationImages? Images { get; }

    /// <summary>What was tried.</summary>
    public IReadOnlyList<QuantizationTrial> Trials { get; }

    /// <summary>
    /// The one of <see cref="Trials"/> that was taken: the least divergence, the first of equals; biases are corrected only where accuracy
    /// is no lower for it. Null where nothing was tried.
    /// </summary>
    public QuantizationTrial? Chosen { get; }

    /// <summary>What the ranges are by, such as <c>entropy, bias corrected</c>, or <c>training</c>, or <c>the file's own</c>.</summary>
    internal string RangesBy => IsOfFile ? "the file's own" : Chosen?.Name ?? QuantizationTrial.NameOf(null, false);

    /// <summary>Whether these are the integers of the file that the model was read from.</summary>
    internal bool IsOfFile => _isOfFile && Chosen is not { Method: not null };

    /// <summary>The accuracy of the network in float32 on the validation images, 0 to 1; null where there were none.</summary>
    public double? RealAccuracy => _comparison?.Accuracy;

    /// <summary>
    /// Whether a model has the ranges of its maps, since it was trained for integers or read from a file in integers: then no image need be
    /// looked at.
    /// </summary>
    /// <param name="model">The model.</param>
    public static bool HasTrainedRanges(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ActivationRanges.OfTraining(GraphOf(model)) is not null;
    }

    /// <summary>
    /// Quantizes a model that was trained for integers with the ranges of its training, one that was read from a file in integers with the
    /// file's; no image is looked at.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <returns>Null where it has no ranges.</returns>
    /// <exception cref="RunException">A layer cannot be quantized.</exception>
    public static QuantizedModel? OfTraining(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        InferenceGraph graph = GraphOf(model);
        return ActivationRanges.OfTraining(graph) is { } ranges
            ? new QuantizedModel(Quantizer.Quantize(graph, ranges), model, null, [], null, null) : null;
    }

    /// <summary>
    /// Quantizes a model: tries each way of choosing ranges, and takes the best on the validation images. One that was trained for integers
    /// has its ranges, with which its weights were trained, and these are taken.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Training images.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="ArgumentException">There is no image to look at, or none to compare on.</exception>
    /// <exception cref="RecipeException">The images are of another size, or of another number of classes.</exception>
    /// <exception cref="RunException">A layer cannot be quantized, or gives what is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static QuantizedModel Of(Model model, CalibrationImages images, int? threads = null,
        IProgress<CalibrationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        InferenceGraph graph = GraphOf(model);
        Evaluator.CheckFit(model.Input, graph.Output.Shape, images.Images, "the training images");
        (int observed, int validation) = (images.Observed.Count, images.Validation.Count);
        if (observed == 0 || validation == 0)
            throw new ArgumentException("Images to look at and to compare on are needed.", nameof(images));
        int corrected = BiasCorrector.Images(graph, observed);
        var trained = ActivationRanges.OfTraining(graph);
        RangeMethod[] methods = trained is null ? Enum.GetValues<RangeMethod>() : [];
        var work = new CalibrationWork(trained is null ? (2L * observed) + (3L * corrected) + ((2L + methods.Length) * validation)
            : 2L * validation, progress);
        var observer = new MapObserver(graph);
        var tried = new List<(QuantizedGraph Graph, QuantizationTrial Trial)>();
        ObservedMaps? maps = null;
        if (trained is null)
        {
            work.Begin("looking at the ranges of the maps");
            maps = observer.Run(images.Images, images.Observed, threads, work.Done, cancellation);
        }

        work.Begin("the network in float32, on validation images");
        float[] expected = Logits((image, logits) => model.Logits(image, logits));
        var comparison = new LogitComparison(images.Images, images.Validation, expected);
        if (trained is not null) Try(Quantizer.Quantize(graph, trained), null, biasCorrected: false);
        foreach (RangeMethod method in methods) Try(Quantizer.Quantize(graph, maps!.Ranges(method)), method, biasCorrected: false);
        (QuantizedGraph best, QuantizationTrial chosen) = tried.MinBy(static one => one.Trial.Divergence);
        if (trained is not null) return new QuantizedModel(best, model, images, [chosen], chosen, comparison);
        work.Begin("correcting biases");
        int[] some = [.. Evenly.Spread(corrected, observed).Select(place => images.Observed[place])];
        IReadOnlyList<double[]?> means = observer.Run(images.Images, some, threads, work.Done, cancellation).Means;
        Try(BiasCorrector.Correct(best, means, images.Images, some, threads, work.Done, cancellation), chosen.Method, biasCorrected: true);

        // Kept where it helps, and no image less is right.
        QuantizationTrial last = tried[^1].Trial;
        if (last.Divergence < chosen.Divergence && last.Accuracy >= chosen.Accuracy) (best, chosen) = tried[^1];
        return new QuantizedModel(best, model, images, [.. tried.Select(static one => one.Trial)], chosen, comparison);

        void Try(QuantizedGraph quantized, RangeMethod? method, bool biasCorrected)
        {
            work.Begin($"{QuantizationTrial.NameOf(method, biasCorrected)}, on validation images");
            (double accuracy, double agreement, double divergence) = comparison.Of(Logits((image, logits) =>
                QuantizedExecutor.Run(quantized, image).Logits.CopyTo(logits)));
            tried.Add((quantized, new QuantizationTrial(method, biasCorrected, accuracy, agreement, divergence)));
        }

        float[] Logits(LogitSource source) => QuantizedModel.Logits(images, model.Classes.Count, source, threads, work, cancellation);
    }

    /// <summary>The network in integers as robustness is measured of it.</summary>
    /// <param name="threads">Threads; null for one per processor. What it says is the same with any number.</param>
    public ImageClassifier Classifier(int? threads = null) => ImageClassifier.Of(Graph, threads, _trained);

    /// <summary>Where accuracy goes: each layer in integers alone, the others in float32, on the validation images.</summary>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <returns>The layers that lose anything, in their order; none where there are no images.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<LayerLoss> Explain(int? threads = null, IProgress<CalibrationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (Images is not { } images || _comparison is not { } comparison) return [];
        QuantizedNode[] layers = [.. OneLayerQuantized.Layers(Graph)];
        var work = new CalibrationWork((long)layers.Length * images.Validation.Count, progress);
        var losses = new List<LayerLoss>();
        foreach (QuantizedNode node in layers)
        {
            work.Begin($"{node.Name} alone in integers");
            var network = new OneLayerQuantized(Graph, node);
            (double accuracy, double agreement, double divergence) =
                comparison.Of(Logits(images, Graph.Source.Classes.Count, network.Logits, threads, work, cancellation));
            losses.Add(new LayerLoss(node.Name, node.Source.Operation.Kind, accuracy, agreement, divergence));
        }

        return losses;
    }

    // Of a file in integers, whose maps are rounded already, the network with these integers' ranges: they are not rounded twice.
    private static InferenceGraph GraphOf(Model model) =>
        (model.Graph.RoundsToIntegers ? RoundedMaps.AsRanges(model.Graph) : null) ?? model.Graph;

    private static float[] Logits(CalibrationImages images, int classes, LogitSource source, int? threads, CalibrationWork work,
        CancellationToken cancellation)
    {
        float[] logits = LabelledLogits.Room(images.Validation.Count, classes);
        Parallels.For(images.Validation.Count, i =>
        {
            source(images.Images.Image(images.Validation[i], images.Images.Spare()), logits.AsSpan(i * classes, classes));
            work.Done();
        }, threads, cancellation);
        return logits;
    }

    private delegate void LogitSource(ReadOnlySpan<byte> image, Span<float> logits);
}
