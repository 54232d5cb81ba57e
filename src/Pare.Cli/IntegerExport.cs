using System.CommandLine;
using System.Globalization;
using Pare.Data;
using Pare.Inference;
using Pare.Quantization;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>The part of an export that is in 8-bit integers: its options, its calibration, whether it lost too much.</summary>
internal sealed class IntegerExport
{
    /// <summary>Points of accuracy that integers may lose unless somebody says otherwise.</summary>
    public const double Tolerance = 0.3;

    private readonly Option<bool> _int8 =
        new("--int8") { Description = "C in 8-bit integers instead of single precision. Needs training images." };
    private readonly Option<int?> _count = CommonOptions.WholeNumber("--calibration-images", 1,
        $"Training images on which the ranges of 8-bit integers are chosen. Without it: {CalibrationImages.DefaultCount}.", 1_000_000);
    private readonly Option<double?> _tolerance = CommonOptions.PositiveNumber("--tolerance",
        $"Points of top-1 that 8-bit integers may lose; above it the exit code is 4. Without it: {Tolerance.ToString(CultureInfo.InvariantCulture)}.", 100);

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_int8, _count, _tolerance];

    /// <summary>Whether C shall be in integers.</summary>
    public bool IsProgram(ParseResult parsed) => parsed.GetValue(_int8);

    /// <summary>What is wrong with the options; null if all is well.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="forms">What is to be written.</param>
    /// <param name="samples">Whether noise shall take the place of images.</param>
    public string? Refusal(ParseResult parsed, IReadOnlyCollection<string> forms, bool samples)
    {
        if (IsProgram(parsed) && !forms.Contains("c")) return "--int8 is for --to c; ONNX in 8-bit integers is --to onnx-int8.";
        bool asked = IsAsked(parsed, forms);
        if (!asked && (parsed.GetValue(_count) is not null || parsed.GetValue(_tolerance) is not null))
            return "--calibration-images and --tolerance are for 8-bit integers: --to c --int8, or --to onnx-int8.";
        return asked && samples ? "8-bit integers need training images: --samples does not go with them." : null;
    }

    /// <summary>Whether anything shall be in integers.</summary>
    public bool IsAsked(ParseResult parsed, IReadOnlyCollection<string> forms) => IsProgram(parsed) || forms.Contains("onnx-int8");

    /// <summary>Chooses the ranges, and shows what each way of doing so would lose.</summary>
    /// <exception cref="PareException">The model cannot be quantized with these images.</exception>
    public QuantizedModel Calibrate(ParseResult parsed, Model model, Dataset data, int? threads, Messages messages,
        CancellationToken cancellation)
    {
        string location = model.Location!;
        Recipe? recipe = model.Origin.RecipeText is { } text ? Recipe.Parse(text, location) : null;
        var images = CalibrationImages.Of(data, RunSplit.Read(Path.GetDirectoryName(Path.GetFullPath(location))!), recipe,
            model.Graph.NamesClasses ? model.Classes : null, parsed.GetValue(_count) ?? CalibrationImages.DefaultCount);
        foreach (string note in images.Notes) messages.Fact("note", note);
        messages.Fact("integers",
            $"ranges from {Amounts.Count(images.Observed.Count)} training images; of {Enum.GetValues<RangeMethod>().Length} ways of choosing " +
            $"them the best on {Amounts.Count(images.Validation.Count)} others is taken; up to " +
            $"{Allowed(parsed)} points of top-1 may be lost");
        QuantizedModel quantized = QuantizedModel.Of(model, images, threads, new CalibrationView(messages), cancellation);
        messages.EndLive();
        Show(messages, quantized);
        return quantized;
    }

    /// <summary>What the integers lose too much; null where they do not.</summary>
    public string? Loss(ParseResult parsed, ExportProof proof)
    {
        if (proof.Forms[0].Accuracy is not float real || proof.IntegerForm?.Accuracy is not float integers) return null;
        double lost = 100 * ((double)real - integers), allowed = parsed.GetValue(_tolerance) ?? Tolerance;
        return Math.Round(lost, 6) <= allowed ? null : string.Create(CultureInfo.InvariantCulture,
            $"8-bit integers lose {lost:0.00} points of top-1 on {proof.Images:N0} test images, and {allowed} may be lost.");
    }

    private string Allowed(ParseResult parsed) => (parsed.GetValue(_tolerance) ?? Tolerance).ToString(CultureInfo.InvariantCulture);

    private static void Show(Messages messages, QuantizedModel quantized)
    {
        messages.Line();
        var table = new TextTable("ranges by", ">top-1 %", ">agreement %", ">divergence", "");
        table.Add("(real numbers)", Percent(quantized.RealAccuracy), "", "", "");
        foreach (QuantizationTrial trial in quantized.Trials)
            table.Add(trial.Name, Percent(trial.Accuracy), Percent(trial.Agreement), trial.Divergence.ToString("0.00000", CultureInfo.InvariantCulture),
                trial == quantized.Chosen ? "taken" : "");
        table.Write(messages);
        messages.Line();
        messages.Paragraph(
            $"On {Amounts.Count(quantized.Images.Validation.Count)} validation images. divergence: how far the probabilities are from those in real " +
            $"numbers (Kullback-Leibler, the mean over the images); the least is taken, since it has less chance in it than top-1.");
        messages.Line();
    }

    private static string Percent(double share) => (100 * share).ToString("F2", CultureInfo.InvariantCulture);
}
