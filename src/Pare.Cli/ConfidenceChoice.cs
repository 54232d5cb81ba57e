using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Inference;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>
/// The part of <c>pare eval</c> that chooses on validation images how sure a model is said to be, and keeps it in its file.
/// </summary>
internal sealed class ConfidenceChoice
{
    /// <summary>What an answer below the threshold is called.</summary>
    public const string Unsure = "unsure";

    private readonly Option<bool> _temperature = new("--temperature")
    {
        Description = "Calibrates the probabilities by temperature scaling on the validation images; the predicted classes stay the " +
            "same. Kept in the model's file. Needs a validation split.",
    };
    private readonly Option<double?> _sure = CommonOptions.PositiveNumber("--sure",
        "Sets the threshold below which `pare predict` says `unsure`, so that the other answers are at least X % right (95 % confidence, " +
        "chosen on the validation images). Kept in the model's file. Needs a validation split.", most: 100, example: "99.5");
    private readonly Option<bool> _reset = new("--reset-confidence")
    {
        Description = "Takes the temperature and the threshold out of the model's file: every answer counts again.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_temperature, _sure, _reset];

    /// <summary>Whether something shall be kept.</summary>
    public bool IsAsked(ParseResult parsed) =>
        parsed.GetValue(_temperature) || parsed.GetValue(_sure) is not null || parsed.GetValue(_reset);

    /// <summary>What is wrong with the options; null if all is well.</summary>
    public string? Refusal(CommandResult parsed)
    {
        if (parsed.GetValue(_sure) is >= 100 or <= 1) return "--sure is a percentage: above 1 and below 100, such as 99.5.";
        return parsed.GetValue(_reset) && (parsed.GetValue(_temperature) || parsed.GetValue(_sure) is not null)
            ? "--reset-confidence goes with neither --temperature nor --sure." : null;
    }

    /// <summary>Refuses what cannot be chosen for a model, before any images are read.</summary>
    /// <exception cref="DataException">It has a class that is called as answers below the threshold are.</exception>
    public void Check(ParseResult parsed, Model model)
    {
        if (parsed.GetValue(_sure) is not null) CheckClasses(model);
    }

    /// <summary>Refuses a threshold for a model with a class that is called as the answers below it are.</summary>
    /// <exception cref="DataException">There is such a class.</exception>
    public static void CheckClasses(Model model)
    {
        if (model.Classes.Contains(Unsure))
            throw new DataException($"A class is called `{Unsure}`, as answers below the threshold are: nobody could tell them apart.",
                model.Location!, "Rename the class and train again, or use no threshold: " + (IsKeptIn(model.Location!)
                    ? "`pare eval MODEL --reset-confidence` takes one out of the model's file." : "export the model again without one."));
    }

    /// <summary>Whether a model's file keeps what is chosen.</summary>
    public static bool IsKeptIn(string file) => file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>Chooses and shows it.</summary>
    /// <returns>The model with what was chosen, to be saved, and what was chosen.</returns>
    /// <exception cref="DataException">There are no validation images, or no threshold is sure to be enough.</exception>
    /// <exception cref="RunException">The run has no result yet.</exception>
    public (Model Model, ChosenConfidence Chosen) Choose(ParseResult parsed, Model model, Dataset data, int? threads, Messages messages,
        CancellationToken cancellation)
    {
        string file = model.Location!;
        if (!IsKeptIn(file))
            throw new DataException("A temperature and a threshold are kept in a model's own file.", file,
                "Name the .safetensors file that it was exported from, and export it again.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (RunFolder.IsUnfinished(folder))
            throw new RunException("This run has no result yet: its weights are not the last epoch's.", folder,
                "Let the run end, or resume it.");
        (ConfidenceRule rule, ChosenConfidence chosen) = parsed.GetValue(_reset) ? (ConfidenceRule.None, new ChosenConfidence())
            : Rule(parsed, model, data, threads, messages, cancellation);
        if (Replaced(model.Confidence, rule) is { } replaced)
            messages.Fact("note", rule == ConfidenceRule.None ? $"every answer counts again; taken out: {replaced}"
                : $"this takes the place of what was chosen before: {replaced}");
        else if (parsed.GetValue(_reset)) messages.Fact("note", "the model's file has neither a temperature nor a threshold");
        else if (rule == model.Confidence) messages.Fact("note", "the model's file says so already");
        return (model.With(rule), chosen);
    }

    /// <summary>Keeps what was chosen in the model's file, if it says something else.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Save(Model model, ConfidenceRule before, Messages messages)
    {
        if (model.Confidence == before) return;
        model.Save(model.Location!);
        messages.Exact("written", model.Location!);
    }

    private (ConfidenceRule Rule, ChosenConfidence Chosen) Rule(ParseResult parsed, Model model, Dataset data, int? threads,
        Messages messages, CancellationToken cancellation)
    {
        RunSplit? split = RecipeInputs.SplitOf(model);
        var trained = TrainedImages.Of(data, split, RecipeInputs.RecipeOf(model)?.Training, RecipeInputs.ClassesOf(model));
        if (trained.Validation.Count == 0)
            throw new DataException("The training held no images out for validation, and test images must not choose.", model.Location!,
                "Train with a part held out: --set training.validation=0.1.");
        messages.Live(_ => $"measuring on {Amounts.Count(trained.Validation.Count)} validation images");
        LabelledLogits validation = model.LogitsOf(new ChosenImages(trained.Images, trained.Validation), threads, cancellation);
        messages.EndLive();

        // The one that may find nothing comes first: what is shown is kept.
        var chosen = new ChosenConfidence
        {
            Threshold = parsed.GetValue(_sure) is double percent ? Threshold(validation, percent / 100, messages) : null,
            Fit = parsed.GetValue(_temperature) ? Fit(validation, messages) : null,
        };
        ConfidenceRule rule = model.Confidence;
        if (chosen.Threshold is { } sure) rule = rule with { Threshold = sure.Threshold, WishedAccuracy = sure.Wished };
        if (chosen.Fit is { } fit) rule = rule with { Temperature = fit.Temperature };
        if (chosen.Threshold is not null && ClassCount.AreUneven(Counts(trained)))
            messages.Fact("note", "the classes are uneven: this holds for all answers together, and those that name a rare class may be " +
                "wrong more often");
        if ((split?.DataFingerprint ?? model.Origin.DataFingerprint) is { } trainedOn && trainedOn != data.Fingerprint)
            messages.Fact("note", $"this is chosen on other images than the run's: {data.Source}");
        return (rule, chosen);
    }

    private static int[] Counts(TrainedImages trained) =>
        [.. trained.Images.Classes.Select((_, label) => trained.Validation.Count(image => trained.Images.Labels[image] == label))];

    private static string? Replaced(ConfidenceRule before, ConfidenceRule now) => ModelCardView.Confidence(new ConfidenceRule
    {
        Temperature = before.Temperature == now.Temperature ? 1 : before.Temperature,
        Threshold = before.Threshold == now.Threshold ? null : before.Threshold,
        WishedAccuracy = before.WishedAccuracy,
    });

    private static TemperatureFit Fit(LabelledLogits validation, Messages messages)
    {
        TemperatureFit fit = Temperature.Fit(validation);
        messages.Fact("tempered", fit.Kept is { } kept ? $"temperature 1: {kept}" : string.Create(CultureInfo.InvariantCulture,
            $"temperature {fit.Temperature:G4}: the loss on {Amounts.Count(fit.Images)} validation images falls from ") +
            $"{Amounts.Loss(fit.Before)} to {Amounts.Loss(fit.After)}");
        return fit;
    }

    private static SureThreshold Threshold(LabelledLogits validation, double wished, Messages messages)
    {
        SureThreshold chosen = SureThreshold.Choose(validation.Confidences(), validation.Correct(), wished)
            ?? throw new DataException(
                $"No threshold makes {Amounts.InPercent(wished)} % of the answers right with 95 % confidence: of " +
                $"{Amounts.Count(validation.Count)} validation images {Amounts.Percent((float)validation.Accuracy)} are right, and too " +
                "few of them are sure enough. Nothing was kept.",
                $"--sure {Amounts.InPercent(wished)}",
                "Wish for less" + (Reached(validation, wished) is double least ? $", such as --sure {Amounts.InPercent(least)}" : "") +
                ", hold out more images, or train a more accurate network.");
        messages.Fact("threshold", string.Create(CultureInfo.InvariantCulture,
            $"{chosen.Threshold:G4}: {Amounts.Count(chosen.Sure)} of {Amounts.Count(chosen.Images)} validation images get an answer, ") +
            $"{Amounts.Count(chosen.Wrong)} of them a wrong one; with 95 % confidence at least {Amounts.Percent((float)chosen.Bound)} of " +
            "such answers are right");
        if (2 * chosen.Sure < chosen.Images)
            messages.Fact("note", $"{Amounts.Percent(1 - ((float)chosen.Sure / chosen.Images))} of the answers become `unsure`; a lower " +
                "--sure leaves more of them, --reset-confidence all");
        return chosen;
    }

    // The most whole per cent that these images prove: the bounds of all candidates hold at once, so that it may be looked for.
    private static double? Reached(LabelledLogits validation, double wished)
    {
        for (int percent = (int)(100 * wished); percent > 50; percent--)
            if (SureThreshold.Choose(validation.Confidences(), validation.Correct(), percent / 100.0) is not null) return percent / 100.0;
        return null;
    }
}
