using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pare.Data;
using Pare.Inference;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>The part of <c>pare eval</c> that is about robustness: its options, what it measures, where it is kept.</summary>
internal sealed class RobustEvaluation
{
    private const int LeastSeverity = 1, MostSeverity = ImageCorruption.MostSeverity, MostEpsilon = 255;

    private readonly Option<bool> _robust = new("--robust")
    {
        Description = "Measures robustness: corruptions, shifts, calibration, selective prediction, out-of-distribution pictures, " +
            "flatness and attacks. See docs/robustness.md.",
    };
    private readonly Option<string?> _sections = new("--sections")
    {
        HelpName = "NAMES",
        Description = $"The sections of --robust to measure, separated by commas: {string.Join(", ", RobustnessEvaluation.Sections)}. " +
            "Default: all.",
    };
    private readonly Option<string?> _kinds = new("--kinds")
    {
        HelpName = "NAMES",
        Description = "The kinds of corruption to measure, separated by commas, such as fog,jpeg. Default: all.",
    };
    private readonly Option<string?> _severities = new("--severities")
    {
        HelpName = "LIST",
        Description = "The severities of the corruptions, from 1 to 5, separated by commas. Default: all five.",
    };
    private readonly Option<int?> _images = CommonOptions.WholeNumber("--images", 1,
        "The number of test images for --robust, each class in proportion. Default: all.");
    private readonly Option<int?> _seed = CommonOptions.WholeNumber("--seed", 0, "The seed of all random draws of --robust. Default: 1.");
    private readonly Option<string?> _strangers = new("--strangers")
    {
        HelpName = "PATH",
        Description = "Out-of-distribution pictures, which belong to none of the classes: a folder or an archive, or a data set such as " +
            "glyphs. Default: noise alone.",
    };
    private readonly Option<string?> _epsilons = new("--eps")
    {
        HelpName = "LIST",
        Description = "The L-infinity bounds of the attacks, in 255ths, separated by commas. Default: 8,16,32,77 for grey images, " +
            "1,2,4,8 for colour images.",
    };
    private readonly Option<int?> _attacked = CommonOptions.WholeNumber("--attacked", 1,
        "The number of test images that are attacked, each class in proportion. Default: 500.");
    private readonly Option<bool> _int8 = new("--int8")
    {
        Description = "Measures the network in 8-bit integers, as `pare export --int8` makes it. Needs the training images, unless the " +
            "network had quantization-aware training.",
    };
    private readonly Option<string?> _out = new("--out")
    {
        HelpName = "FILE",
        Description = $"The file for the results of --robust. Default: {RunFolder.RobustnessFile} in the run's folder, for the run's own " +
            "test images.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options =>
        [_robust, _sections, _kinds, _severities, _images, _seed, _strangers, _epsilons, _attacked, _int8, _out];

    // The options that a single section reads.
    private (Option Option, string Section)[] Readers => [(_kinds, "corruptions"), (_severities, "corruptions"), (_strangers, "strangers"),
        (_epsilons, "attacks"), (_attacked, "attacks")];

    /// <summary>Whether robustness shall be measured.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_robust);

    /// <summary>What is wrong with the options; null if all is well.</summary>
    public string? Refusal(CommandResult parsed)
    {
        if (!parsed.GetValue(_robust))
        {
            Option[] given = [.. Options.Where(option => parsed.GetResult(option) is { Implicit: false })];
            return given.Length == 0 ? null : $"{given[0].Name} is for --robust.";
        }

        if (Array.Find([_sections, _kinds, _severities, _epsilons],
            list => parsed.GetValue(list) is { } text && Names(text) is null) is { } empty) return $"{empty.Name} names nothing.";
        if (Names(parsed.GetValue(_sections))?.FirstOrDefault(static name => !RobustnessEvaluation.Sections.Contains(name)) is { } stranger)
            return $"--sections knows {string.Join(", ", RobustnessEvaluation.Sections)}, not `{stranger}`.";
        if (Names(parsed.GetValue(_epsilons))?.FirstOrDefault(static text => Epsilon(text) is null) is { } epsilon)
            return $"--eps are whole numbers from 0 to {MostEpsilon}, in steps of a byte, not `{epsilon}`.";
        if (Names(parsed.GetValue(_severities))?.FirstOrDefault(static text => Severity(text) is null) is { } severity)
            return $"--severities are whole numbers from {LeastSeverity} to {MostSeverity}, not `{severity}`.";
        return Names(parsed.GetValue(_sections)) is { } sections && Array.Find(Readers, reader =>
            parsed.GetResult(reader.Option) is { Implicit: false } && !sections.Contains(reader.Section)) is { Option: { } unread } left
            ? $"{unread.Name} is for the section {left.Section}, which --sections leaves out." : null;
    }

    /// <summary>Measures, shows and keeps it; of a measurement that is stopped, or fails, the sections that are done.</summary>
    /// <exception cref="PareException">The images do not allow it, or the record cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RobustnessRecord Measure(ParseResult parsed, Model model, Dataset data, ImageSet test, bool all, int? threads,
        Messages messages, CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(model.Location!) is { Length: > 0 } given ? given : ".";
        RunSplit? split = RunSplit.Read(folder);
        string own = Path.Combine(folder, RunFolder.RobustnessFile);
        string? stranger = NotOfRun(model, folder, split, data, all), file = parsed.GetValue(_out) ?? (stranger is null ? own : null);
        RobustnessFile? before = file is null ? null : CheckPlace(file, own, stranger);
        if (stranger is not null && file is null) NotKept(messages, stranger);
        RobustnessOptions options = Asked(parsed, threads) with { Pictures = file is not null };
        Recipe? recipe = RecipeInputs.RecipeOf(model);
        RobustnessData images = Images(model, data, split, recipe, test, parsed.GetValue(_strangers), messages, cancellation);
        if (all && images.Validation is not null && options.Sections?.Any(static name => name is "calibration" or "confidence") != false)
            messages.Fact("note", "temperature and thresholds are judged on the validation images, too, which choose them");
        using ImageClassifier classifier = parsed.GetValue(_int8)
            ? Quantize(model, data, split, recipe, threads, messages, cancellation).Classifier(threads) : model.Classifier(threads);
        RobustnessRecord? earlier = Of(before, classifier.Form);
        bool isNamed = parsed.GetValue(_out) is not null;

        // What no measurement of this kind can replace is told before minutes are spent.
        if (!isNamed && earlier is not null)
        {
            RobustnessRecord best = earlier.AtBest(options, test.Count) with { NetworkFingerprint = classifier.Fingerprint };
            if (!best.IsOfSame(earlier) && !earlier.GivesWayTo(best, test))
            {
                NotKept(messages, Stays(earlier, best));
                (file, options) = (null, options with { Pictures = false });
            }
        }

        bool fitsModel = classifier.Form == ImageClassifier.Float && ConfidenceChoice.IsKeptIn(model.Location!);
        RobustnessRecord? part = null;
        RobustnessRecord record;
        try
        {
            record = RobustnessEvaluation.Measure(classifier, images, options, new WorkView(messages, "measuring"), done => part = done,
                cancellation);
        }
        catch (Exception) when (part is not null)
        {
            messages.EndLive();
            if (file is null) RobustnessTables.Write(messages, part, fitsModel);
            else if (Keep(file, isNamed, part, isWhole: false, images, fitsModel, messages))
                ShowRest(messages, parsed, file, part, options.Sections ?? RobustnessEvaluation.Sections);
            throw;
        }

        messages.EndLive();
        RefuseNothing(record, model);
        if (file is null)
        {
            RobustnessTables.Write(messages, record, fitsModel);
            return record;
        }

        if (!Keep(file, isNamed, record, isWhole: true, images, fitsModel, messages)) return record;
        messages.Exact("written", file);
        if (Path.GetFullPath(file) == Path.GetFullPath(own)) messages.Exact("next", $"pare report {CommandLine.Quoted(folder)}");
        return record;
    }

    private RobustnessOptions Asked(ParseResult parsed, int? threads)
    {
        var usual = new RobustnessOptions();
        return new RobustnessOptions
        {
            Sections = Names(parsed.GetValue(_sections)),
            Severities = Names(parsed.GetValue(_severities)) is { } texts
                ? [.. texts.Select(static text => Severity(text)!.Value).Distinct().Order()] : usual.Severities,
            Kinds = Names(parsed.GetValue(_kinds)),
            Seed = parsed.GetValue(_seed) ?? 1,
            MostImages = parsed.GetValue(_images),
            Threads = threads,
            Epsilons = Names(parsed.GetValue(_epsilons))?.Select(static text => Epsilon(text)!.Value).ToArray(),
            AttackedImages = parsed.GetValue(_attacked) ?? usual.AttackedImages,
        };
    }

    private static void RefuseNothing(RobustnessRecord record, Model model)
    {
        if (!RobustnessEvaluation.Sections.Any(record.Has))
            throw new RunException("Nothing was measured: " +
                string.Join(" ", record.NotMeasured.Select(static not => $"{not.Section}: {not.Reason}")), model.Location!,
                "Ask for other sections.")
            { Setting = "sections" };
    }

    // What is kept of a measurement that did not come to its end, and how the rest of it is measured.
    private void ShowRest(Messages messages, ParseResult parsed, string file, RobustnessRecord part, IReadOnlyList<string> asked)
    {
        string[] rest = [.. RobustnessEvaluation.Sections.Where(section => asked.Contains(section) && !part.Has(section)
            && part.NotMeasured.All(not => not.Section != section))];
        messages.Exact("written", file);
        messages.Fact("note",
            $"kept are the sections that were finished: {string.Join(", ", RobustnessEvaluation.Sections.Where(part.Has))}");
        string[] given =
        [
            .. parsed.CommandResult.Children.SelectMany(child => child switch
            {
                ArgumentResult argument => argument.Tokens.Select(static token => token.Value),
                OptionResult { Implicit: false } option when option.Option != _sections && Array.TrueForAll(Readers, reader =>
                    reader.Option != option.Option || rest.Contains(reader.Section)) =>
                    option.Tokens.Select(static token => token.Value).Prepend(option.Option.Name),
                _ => [],
            }),
        ];
        messages.Exact("next", CommandLine.Join(["eval", .. given, _sections.Name, string.Join(',', rest)]));
    }

    // Keeps and shows what was measured; says what of it, or of what stands there by now, is not kept.
    private static bool Keep(string file, bool isNamed, RobustnessRecord record, bool isWhole, RobustnessData images, bool fitsModel,
        Messages messages)
    {
        RobustnessRecord? earlier = null;
        RobustnessRecord kept = record;
        bool isSame = false, stays = false;

        // First what cost minutes, then what is shown of it.
        try
        {
            earlier = Of(RobustnessFile.ReadToReplace(file), record.Network);
            isSame = earlier is not null && record.IsOfSame(earlier);

            // Who names a place replaces what is there by what was asked for, and not by a part of it.
            stays = earlier is not null && !isSame && (isNamed ? !isWhole : !earlier.GivesWayTo(record, images.Test));
            if (!stays) kept = RobustnessFile.Keep(file, record, replaces: isNamed);
        }
        finally
        {
            RobustnessTables.Write(messages, record, fitsModel);
        }

        if (stays)
        {
            NotKept(messages, isNamed ? $"the record there, of other weights, images or draws, stays, because this one is not whole"
                : Stays(earlier!, record));
            return false;
        }

        if (record.Corruptions?.Pictures is not null && kept.Corruptions?.Pictures is null)
            messages.Fact("note", "the pictures are not kept: they are too large for the record.");
        if (earlier is null) return true;
        string[] less = [.. record.LessThan(earlier)];
        if (!isSame)
        {
            messages.Fact("note",
                $"the earlier record of the {record.Network} network, of other weights, images or draws or of an earlier " +
                $"version, is replaced{(less.Length > 0 ? $", and with it {More(less, earlier, record)}" : "")}.");
            return true;
        }

        // Sets of strangers stand beside each other.
        string[] stay = isNamed ? [] : [.. record.CoveredBy(earlier).Where(static section => section != "strangers")];
        string[] lost = [.. less.Where(section => record.Has(section) && !stay.Contains(section) && section != "strangers")];
        string[] beside = earlier.Strangers?.Sets.Any(set => record.Strangers?.Sets.All(mine => mine.Name != set.Name) == true) == true
            ? ["strangers"] : [];
        if (stay.Length > 0 || beside.Length > 0)
            messages.Fact("note", $"kept as before: {More([.. stay, .. beside], earlier, record)}, beside all that was measured now.");
        if (lost.Length > 0) messages.Fact("note", $"replaced, and not measured now: {More(lost, earlier, record)}.");
        if (earlier.Strangers?.Sets.FirstOrDefault(set => set.Name == images.StrangersName) is { } set
            && record.Strangers?.Sets.Contains(set) == false)
            messages.Fact("note", $"other out-of-distribution pictures with the name {set.Name} are replaced.");
        return RobustnessEvaluation.Sections.Any(section => record.Has(section) && !stay.Contains(section));
    }

    // What an earlier record has of sections and a later one has not.
    private static string More(string[] sections, RobustnessRecord earlier, RobustnessRecord later) =>
        string.Join(", ", sections.Select(section =>
        {
            string[] parts = section switch
            {
                "corruptions" when later.Corruptions is { } now =>
                [
                    .. earlier.Corruptions!.Kinds.Select(static kind => kind.Kind).Except(now.Kinds.Select(static kind => kind.Kind)),
                    .. earlier.Corruptions.Severities.Except(now.Severities).Select(static severity => $"severity {severity}"),
                ],
                "strangers" when later.Strangers is { } now =>
                    [.. earlier.Strangers!.Sets.Select(static set => set.Name).Except(now.Sets.Select(static set => set.Name))],
                "attacks" when later.Attacks is { } now =>
                [
                    .. earlier.Attacks!.Results.Select(static result => $"eps {result.Epsilon}")
                        .Except(now.Results.Select(static result => $"eps {result.Epsilon}")),
                    .. earlier.Attacks.Images > now.Images ? [Amounts.Count(earlier.Attacks.Images, "image")] : Array.Empty<string>(),
                ],
                _ => [],
            };
            return parts.Length == 0 ? section : $"{section} ({string.Join(", ", parts)})";
        }));

    private static void NotKept(Messages messages, string why) =>
        messages.Fact("note", $"nothing is kept: {why}. --out FILE keeps this record.");

    private static RobustnessRecord? Of(RobustnessFile? file, string network) =>
        file?.Networks.FirstOrDefault(one => one.Network == network);

    private static string Stays(RobustnessRecord earlier, RobustnessRecord record)
    {
        bool isMore = record.Images > earlier.Images || (record.Images == earlier.Images && record.Seed == earlier.Seed);
        return $"the run's record, of {Described(earlier.Images, earlier.Seed)}, stays, " + (isMore
            ? $"because it has more: {More([.. record.LessThan(earlier)], earlier, record)}"
            : $"and this is of {Described(record.Images, record.Seed)}");
    }

    private static string Described(int images, long seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{Amounts.Count(images, "test image")} and seed {seed}");

    // Why a measurement is not one of the run's network on the run's test images, as its report would show it; null when it is.
    private static string? NotOfRun(Model model, string folder, RunSplit? split, Dataset data, bool all)
    {
        if (split is null)
            return RunFolder.IsFinished(folder) ? "this run is of an earlier version, which kept no list of its test images"
                : "this model lies in no run's folder";
        if (Path.GetFileName(model.Location) != RunFolder.ModelFile) return $"this model is not the run's {RunFolder.ModelFile}";
        if (!RunFolder.IsFinished(folder)) return "this run has no result yet, and its weights are not the last epoch's";
        if (all) return "all images are measured, and not the run's test images alone";
        return split.DataFingerprint == data.Fingerprint ? null : "these are not the images that the run was trained and tested on";
    }

    // Before minutes are spent on what cannot be kept.
    private static RobustnessFile? CheckPlace(string file, string own, string? stranger)
    {
        string path = Path.GetFullPath(file), folder = Path.GetDirectoryName(path) ?? path;
        string? other = Path.GetFileName(path) != RunFolder.RobustnessFile ? null : path == Path.GetFullPath(own) ? stranger
            : "it is another run's";
        if (other is not null && (RunFolder.IsFinished(folder) || RunFolder.IsUnfinished(folder)))
            throw new RunException($"This is the place of a run's own record: {other}.", path, "Name another file (--out FILE).");
        if (Directory.Exists(path))
            throw new RunException("The record is a file, and this is a folder.", file, "Name a file in it (--out FILE).");
        if (!Directory.Exists(folder))
            throw new RunException("There is no folder to keep the record in.", folder, "Make it, or name another file (--out FILE).");
        return RobustnessFile.ReadToReplace(path);
    }

    private static RobustnessData Images(Model model, Dataset data, RunSplit? split, Recipe? recipe, ImageSet test, string? strangers,
        Messages messages, CancellationToken cancellation)
    {
        var trained = TrainedImages.Of(data, split, recipe?.Training, RecipeInputs.ClassesOf(model));
        if (strangers is not null) messages.Live(_ => "reading the out-of-distribution pictures");
        return new RobustnessData
        {
            Name = data.Name,
            Test = test,
            Training = trained.Training.Count > 0 && IsTrainedOn(model, split, data)
                ? new ChosenImages(trained.Images, trained.Training) : null,
            Validation = trained.Validation.Count > 0 ? new ChosenImages(trained.Images, trained.Validation) : null,
            Strangers = strangers is null ? null
                : PictureSet.Load(strangers, model.Input.Channels, model.Input.Height, model.Input.Width, cancellation: cancellation),
            StrangersName = strangers is null ? null : NameOf(strangers),
        };
    }

    // Of a model that does not say what it was trained on, an earlier version's, the user names it.
    private static bool IsTrainedOn(Model model, RunSplit? split, Dataset data) =>
        (model.Origin.DataFingerprint ?? split?.DataFingerprint ?? data.Fingerprint) == data.Fingerprint;

    // Of the folder itself also where it is `.` or `..`.
    private static string NameOf(string path) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) is { Length: > 0 } name ? name : path;

    private static QuantizedModel Quantize(Model model, Dataset data, RunSplit? split, Recipe? recipe, int? threads, Messages messages,
        CancellationToken cancellation)
    {
        if (QuantizedModel.OfTraining(model) is { } trained) return trained;
        var images = CalibrationImages.Of(data, split, recipe?.Training, RecipeInputs.ClassesOf(model));
        foreach (string note in images.Notes) messages.Fact("note", note);
        QuantizedModel quantized = QuantizedModel.Of(model, images, threads, new WorkView(messages, "calibrating"), cancellation);
        messages.EndLive();
        return quantized;
    }

    private static string[]? Names(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } names ? names : null;

    private static int? Epsilon(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MostEpsilon ? value : null;

    private static int? Severity(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= LeastSeverity and <= MostSeverity
            ? value : null;
}
