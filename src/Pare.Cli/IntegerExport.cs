using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pare.Data;
using Pare.Inference;
using Pare.Quantization;

namespace Pare.Cli;

/// <summary>The part of an export that is in 8-bit integers: its options, its calibration, whether it lost too much.</summary>
internal sealed class IntegerExport
{
    /// <summary>Points of accuracy that integers may lose unless somebody says otherwise.</summary>
    public const double Tolerance = 0.3;

    private readonly Option<bool> _int8 =
        new("--int8")
        {
            Description =
                "Writes C in 8-bit integers instead of float32. Needs the training images, unless the network had quantization-aware " +
                "training or is in integers already.",
        };
    private readonly Option<int?> _count = CommonOptions.WholeNumber("--calibration-images", 1,
        $"Number of training images that calibrate the ranges of 8-bit integers. Default: {CalibrationImages.DefaultCount}.", 1_000_000);
    private readonly Option<double?> _tolerance = CommonOptions.PositiveNumber("--tolerance",
        "Percentage points of top-1 accuracy that 8-bit integers may lose; the exit code is 4 where they lose significantly more. " +
        $"Default: {Tolerance.ToString(CultureInfo.InvariantCulture)}.", 100);

    private readonly Option<bool> _explain =
        new("--explain")
        {
            Description = "Says what each layer alone costs in 8-bit integers, the worst first. Needs the training images.",
        };

    private readonly Option<int?> _fineTune = CommonOptions.WholeNumber("--fine-tune", 1,
        "Quantization-aware training for N more epochs first: weights and maps are rounded as the integers are. The fine-tuned network " +
        "is kept beside the files.", 10_000);

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_int8, _count, _tolerance, _fineTune, _explain];

    /// <summary>Whether C shall be in integers.</summary>
    public bool IsProgram(CommandResult parsed) => parsed.GetValue(_int8);

    /// <summary>What is wrong with the options; null if all is well.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="forms">What is to be written.</param>
    /// <param name="samples">Whether noise shall take the place of images.</param>
    public string? Refusal(CommandResult parsed, IReadOnlyCollection<string> forms, bool samples)
    {
        if (IsProgram(parsed) && !forms.Contains("c")) return "--int8 is for --to c; ONNX in 8-bit integers is --to onnx-int8.";
        bool asked = IsAsked(parsed, forms);
        if (!asked && (parsed.GetValue(_count) is not null || parsed.GetValue(_tolerance) is not null
            || parsed.GetValue(_fineTune) is not null || parsed.GetValue(_explain)))
            return "--calibration-images, --tolerance, --fine-tune and --explain are for 8-bit integers: --to c --int8, or --to onnx-int8.";
        return parsed.GetValue(_fineTune) is not null && samples
            ? "--fine-tune needs training images: --samples does not go with it." : null;
    }

    /// <summary>Whether anything shall be in integers.</summary>
    public bool IsAsked(CommandResult parsed, IReadOnlyCollection<string> forms) => IsProgram(parsed) || forms.Contains("onnx-int8");

    /// <summary>The epochs of a training with rounding before the export; null for none.</summary>
    public int? Epochs(ParseResult parsed) => parsed.GetValue(_fineTune);

    /// <summary>Whether integers of this model need images: not where it was trained for them, or is in integers already.</summary>
    public bool NeedsImages(ParseResult parsed, Model model) =>
        Epochs(parsed) is not null || !QuantizedModel.HasTrainedRanges(model);

    /// <summary>Trains the model on for integers.</summary>
    /// <exception cref="PareException">The model cannot be trained on, or the training ran away.</exception>
    public Model FineTune(ParseResult parsed, Model model, Dataset data, int? threads, Messages messages, CancellationToken cancellation)
    {
        int epochs = parsed.GetValue(_fineTune)!.Value;
        messages.Fact("tuning", $"{Amounts.Count(epochs, "epoch")} with weights and maps rounded to 8-bit integers");
        if (ModelCardView.Confidence(model.Confidence) is { } chosen)
            messages.Fact("note", $"not kept, since it was chosen for other weights: {chosen}; `pare eval` chooses it again");
        Model tuned = FineTuning.Run(model, data, epochs, RecipeInputs.SplitOf(model), threads, new TrainingView(messages), cancellation);
        messages.EndLive();
        return tuned;
    }

    /// <summary>Chooses the ranges, and shows what each way of doing so would lose.</summary>
    /// <exception cref="PareException">The model cannot be quantized with these images.</exception>
    public QuantizedModel Calibrate(ParseResult parsed, Model model, string location, Dataset? data, int? threads, Messages messages,
        CancellationToken cancellation)
    {
        bool isTrained = QuantizedModel.HasTrainedRanges(model);
        string ranges = model.Graph.RoundsToIntegers ? "those of the file" : "ranges of the training";
        if (model.Graph.RoundsToIntegers && !isTrained)
            messages.Fact("note", "the file is in integers already, and not all of its ranges are known: they are chosen anew, and its " +
                "values are rounded a second time; export the network in float32 that it was made from, if you have it");
        string allowed = $"up to {Allowed(parsed).ToString(CultureInfo.InvariantCulture)} points of top-1 may be lost";
        if (data is null)
        {
            messages.Fact("integers", $"{ranges}; {allowed}");
            NoteCount();
            return QuantizedModel.OfTraining(model)!;
        }

        var images = CalibrationImages.Of(data, RecipeInputs.SplitOf(model, location), RecipeInputs.RecipeOf(model, location)?.Training,
            RecipeInputs.ClassesOf(model), isTrained ? null : parsed.GetValue(_count));
        foreach (string note in images.Notes) messages.Fact("note", note);
        if (isTrained) NoteCount();
        messages.Fact("integers", isTrained
            ? $"{ranges}, measured on {Amounts.Count(images.Validation.Count)} of its images; {allowed}"
            : $"ranges from {Amounts.Count(images.Observed.Count)} training images; of {Enum.GetValues<RangeMethod>().Length} ways of " +
            $"choosing them the best on {Amounts.Count(images.Validation.Count)} others is taken; {allowed}");
        QuantizedModel quantized = QuantizedModel.Of(model, images, threads, new WorkView(messages, "calibrating"), cancellation);
        messages.EndLive();
        Show(messages, quantized);
        return quantized;

        void NoteCount()
        {
            if (parsed.GetValue(_count) is not null)
                messages.Fact("note", "--calibration-images has no effect: the ranges are those of the " +
                    $"{(model.Graph.RoundsToIntegers ? "file" : "training")}.");
        }
    }

    /// <summary>Shows where accuracy goes, if somebody asked.</summary>
    public IReadOnlyList<LayerLoss> Explain(ParseResult parsed, QuantizedModel quantized, int? threads, Messages messages,
        CancellationToken cancellation)
    {
        if (!parsed.GetValue(_explain)) return [];
        if (quantized.Images is null)
        {
            messages.Fact("note", "--explain says nothing: it needs images, and there are none. Say where they are: --data PATH.");
            return [];
        }

        IReadOnlyList<LayerLoss> layers = quantized.Explain(threads, new WorkView(messages, "calibrating"), cancellation);
        messages.EndLive();
        var table = new TextTable("layer", "", ">top-1 %", ">agreement %", ">divergence");
        foreach (LayerLoss layer in layers.OrderByDescending(static layer => layer.Divergence))
            table.Add(layer.Layer, layer.Kind, Rounding.InPercent(layer.Accuracy), Rounding.InPercent(layer.Agreement),
                Divergence(layer.Divergence));
        table.Write(messages);
        messages.Line();
        messages.Paragraph("Each layer alone in integers, its weights and its map; the others in float32. The worst, with the " +
            "largest divergence, comes first.");
        messages.Line();
        return layers;
    }

    /// <summary>What the integers lose beyond what may be lost, a sentence; null where they do not.</summary>
    /// <param name="proof">The network in integers, on test images.</param>
    /// <param name="allowed">Points of top-1 that may be lost.</param>
    public static string? Loss(ExportProof proof, double allowed)
    {
        if (proof.Loss() is not { } loss || !loss.IsAbove(allowed)) return null;
        string reference = proof.Original is null ? "the network" : "the original";
        return string.Create(CultureInfo.InvariantCulture, $"8-bit integers lose {loss.Lost:N0} of {loss.Images:N0} test pictures ") +
            $"against {reference} in float32, {Rounding.Beside(loss.Points, allowed, 2)} points of top-1, " +
            string.Create(CultureInfo.InvariantCulture, $"and {allowed} ") +
            (loss.IsMissed(allowed) ? "may be lost." : string.Create(CultureInfo.InvariantCulture,
                $"may be lost; that is within chance (standard error {loss.StandardError:0.00} points)."));
    }

    /// <summary>What to do where integers lose too much.</summary>
    public string Remedy(ParseResult parsed) => (Epochs(parsed) is int epochs
        ? $"Train on for longer than {Amounts.Count(epochs, "epoch")}, for integers from the beginning " +
            "(`quantization: true` in the recipe)"
        : "Train on for integers with --fine-tune 2") + ", allow more with --tolerance, or stay with float32.";

    /// <summary>Points of top-1 that may be lost.</summary>
    public double Allowed(ParseResult parsed) => parsed.GetValue(_tolerance) ?? Tolerance;

    private static void Show(Messages messages, QuantizedModel quantized)
    {
        if (quantized.Images is not { } images || quantized.RealAccuracy is not double real) return;
        messages.Line();
        var table = new TextTable("ranges by", ">top-1 %", ">agreement %", ">divergence", "");
        table.Add("(float32)", Rounding.InPercent(real), "", "", "");
        foreach (QuantizationTrial trial in quantized.Trials)
            table.Add(trial.Name, Rounding.InPercent(trial.Accuracy), Rounding.InPercent(trial.Agreement), Divergence(trial.Divergence),
                trial == quantized.Chosen ? "taken" : "");
        table.Write(messages);
        messages.Line();
        messages.Paragraph(
            $"On {Amounts.Count(images.Validation.Count)} validation images. divergence: how far the probabilities are from those in " +
            "real numbers (Kullback-Leibler, the mean over the images); of the ways of choosing ranges the one with the least is taken, " +
            "since it has less chance in it than top-1, and biases are corrected where that lowers it further and top-1 does not fall.");
        messages.Line();
    }

    private static string Divergence(double value) => value.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
