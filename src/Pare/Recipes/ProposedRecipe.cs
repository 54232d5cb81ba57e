using System.Globalization;
using System.Text;
using Pare.Data;
using Pare.Training;

namespace Pare.Recipes;

/// <summary>
/// A first recipe for images that were looked at: rules of thumb from the experiments of <c>docs/</c>, and the speed of this machine. It is
/// a place to begin at; every choice is told with its reason.
/// </summary>
public sealed class ProposedRecipe
{
    private const int FewImages = 1_000, FewestToHold = 300, Width = 32;
    private const string Affine = "{ rotate: 10, shift: 0.08, scale_min: 0.9, scale_max: 1.1 }";

    // Of the time that is asked for, what training steps get: reading, measuring and a guess that is wrong take the rest.
    private const double Share = 0.9;

    // Steps that a network of half the channels is taken for, and steps that are better spent on a larger input.
    private const double LeastSteps = 1_500, Steps = 6_000;
    private const int FewestEpochs = 12, MostEpochs = 200;

    // 32 and 48 are for smaller pictures: they take as long as 64 and 96, where the first convolution strides.
    private static readonly int[] s_sides = [128, 96, 64], s_smallSides = [48, 32];

    private readonly DatasetGlance _glance;
    private readonly ProposalOptions _options;
    private readonly List<Choice> _choices = [];
    private readonly bool _isGrey, _isSmall;
    private readonly int _images, _classes, _batch;
    private readonly double _validation;
    private readonly string _rate;
    private (int Height, int Width) _side;
    private int _width = Width, _epochs;

    private ProposedRecipe(DatasetGlance glance, ProposalOptions options, CancellationToken cancellation)
    {
        (_glance, _options, _classes) = (glance, options, glance.Classes.Count);
        bool hasValidation = glance.Classes.Any(static count => count.Validation > 0);
        int trained = glance.LearntFrom(validation: 0);
        double part = hasValidation || trained < FewestToHold && !options.Phases ? 0 : trained < FewImages ? 0.2 : 0.1;

        // Where no class can spare an image none is held out, whatever the part.
        int learnt = glance.LearntFrom(part);
        _validation = learnt < trained ? part : 0;
        _images = Math.Max(1, learnt);
        HasValidation = hasValidation || _validation > 0;
        _isGrey = !glance.HasColour;
        _isSmall = glance.Sizes.All(size => size == glance.Sizes[0]) && Math.Max(glance.Sizes[0].Width, glance.Sizes[0].Height) <= 48;
        _batch = _images switch { < 256 => 8, < 1_000 => 16, >= 10_000 when _isGrey && _isSmall => 128, _ => 32 };
        _rate = _batch switch { 8 => "0.03", 16 => "0.05", 32 => "0.1", _ => "0.2" };
        Choose(cancellation);
        Yaml = Write();
    }

    /// <summary>The recipe, commented.</summary>
    internal string Yaml { get; }

    /// <summary>Whether images are held out to choose by, by the recipe or by the pictures' own folders.</summary>
    public bool HasValidation { get; }

    /// <summary>What was decided, and why.</summary>
    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>Chooses, and times a few steps of the network for it.</summary>
    /// <param name="glance">What the images are like.</param>
    /// <param name="options">What the recipe is to be for.</param>
    /// <param name="cancellation">Stops the timing.</param>
    /// <exception cref="RecipeException">The time is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ProposedRecipe For(DatasetGlance glance, ProposalOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(glance);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Minutes is not (> 0 and <= 100_000))
            throw new RecipeException(Invariant($"A training of {options.Minutes} minutes cannot be planned."), "minutes",
                "Give a number above 0 and up to 100,000.")
            { Setting = "minutes" };
        return new ProposedRecipe(glance, options, cancellation);
    }

    /// <summary>Writes the recipe, whole or not at all, and never over what is there.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="RecipeException">There is something of this name.</exception>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public void Save(string path)
    {
        CheckIsFree(path);
        try
        {
            WholeFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(Yaml)), replace: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CheckIsFree(path);
            throw new RunException($"The recipe cannot be written: {error.Message.TrimEnd('.')}.", Path.GetFullPath(path),
                "Free some space there, or name another file.", error)
            { Setting = "file" };
        }
    }

    /// <summary>Refuses a place where a recipe cannot be put without taking another's.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RecipeException">There is something of this name.</exception>
    public static void CheckIsFree(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Path.Exists(path))
            throw new RecipeException("There is something of this name already; a recipe is never overwritten.", Path.GetFullPath(path),
                "Name another file, or move this one away.")
            { Setting = "file" };
    }

    private void Choose(CancellationToken cancellation)
    {
        string counted = Invariant($"{_images:N0}");
        int[] sides = [.. _glance.Sizes.Select(static size => Math.Min(size.Width, size.Height)).Order()];
        int median = sides[sides.Length / 2];
        int[] candidates = [.. (median >= s_sides[^1] ? s_sides : s_smallSides).Where(side => side <= median)];

        // Timed as altered as many epochs are.
        _epochs = MostEpochs;
        int wanted = EpochsOf(Steps), fit = 0;
        foreach ((int height, int width) in _isSmall ? [(_glance.Sizes[0].Height, _glance.Sizes[0].Width)]
            : candidates.Length == 0 ? [(median, median)] : candidates.Select(static side => (side, side)))
        {
            _side = (Math.Max(8, height), Math.Max(8, width));
            fit = EpochsThatFit(cancellation);
            if (fit >= wanted) break;
        }

        string reason = SideReason(candidates, isLong: fit >= wanted, wanted);
        if (fit < EpochsOf(LeastSteps))
        {
            _width /= 2;
            fit = EpochsThatFit(cancellation);
        }

        _epochs = Math.Clamp(fit, 1, MostEpochs);
        _choices.Add(new Choice("input", $"{(_isGrey ? 1 : 3)}x{_side.Height}x{_side.Width}", reason));
        if (Cropped() is >= 0.1 and var cropped)
            _choices.Add(
                new Choice("cropped", Invariant($"{100 * cropped:F0} % of the pictures"),
                "a fifth or more of each, at both ends of its longer side; `pare data show` draws what is left"
                + (OwnShape() is { } own ? $"; model.input {own} shows nearly all of them" : "")));
        _choices.Add(
            new Choice("network", $"depthwise separable with shortcuts, {_width} channels at first",
            _width < Width ? "twice as many do better, with more minutes"
            : "half as many did worse on 500 pictures of CIFAR-10 and on 3,000"));
        _choices.Add(new Choice("batch", $"{_batch}, peak rate {_rate}", $"for {counted} training images"));
        _choices.Add(
            new Choice("epochs", $"{_epochs}{(_options.Phases ? " per phase" : "")}", fit switch
            {
                < 1 => $"not even one fits into {Time}: more minutes will help",
                < 3 => "all that the time allows, and few: more minutes will help",
                > MostEpochs => $"more did not pay: it takes less than {Time}",
                _ => $"what fits into {Time} on this machine",
            }));
        _choices.Add(
            new Choice("augment", Augmentation() is { Count: > 0 } on ? string.Join(", ", on.Select(static line => line.Split(':')[0]))
            : "none", AugmentReason()));
        if (_glance.IsUneven)
            _choices.Add(new Choice("classes", "weighted by 1 / sqrt(images)",
                "they are uneven, and rare ones would hardly be learned; `pare eval` tells the balanced accuracy"));
        string held = _validation > 0 ? Invariant($"{_validation:0.# %} of the training images")
            : _glance.Classes.Any(static count => count.Validation > 0) ? "the folder's own" : "none";
        _choices.Add(
            new Choice("held out", held, held == "none" ? "too few images to spare any: choose nothing by the test images"
            : "choose by these, and never by the test images"));
        _choices.Add(_glance.HasTest
            ? new Choice("test", "the folder's own", "measured once, at the end")
            : new Choice("test", Invariant($"{new SplitOptions().Test:0.# %} of the images"),
                "held out by their paths and a seed of their own: the same images for every run"));
    }

    private int EpochsOf(double steps) => Math.Clamp((int)Math.Ceiling(steps * _batch / _images), FewestEpochs, MostEpochs);

    // The share of the pictures that are scaled until they cover the input and lose a fifth of their area or more.
    private double Cropped() => (double)_glance.Sizes.Count(size => Kept(size, _side.Height, _side.Width) <= 0.8) / _glance.Sizes.Count;

    // The share of a picture's area that an input shows.
    private static double Kept((int Width, int Height) picture, int height, int width)
    {
        double scale = Math.Max((double)width / picture.Width, (double)height / picture.Height);
        return width * height / (scale * scale * picture.Width * picture.Height);
    }

    // Of the inputs of about as many pixels, in steps of eight, the one that shows most of all pictures; null where that is the one
    // that is taken, or does not show nearly all.
    private string? OwnShape()
    {
        int pixels = _side.Height * _side.Width;
        (double kept, int height, int width) = Enumerable.Range(1, pixels / 64).Select(static eighth => 8 * eighth)
            .Select(height => (Height: height, Width: 8 * Math.Max(1, (int)Math.Round(pixels / 8.0 / height))))
            .Select(side => (_glance.Sizes.Average(size => Kept(size, side.Height, side.Width)), side.Height, side.Width)).Max();
        return kept < 0.9 || (height, width) == _side ? null : Invariant($"{(_isGrey ? 1 : 3)}x{height}x{width}");
    }

    private string Time => Math.Abs(_options.Minutes - 1) < 0.005 ? "a minute" : $"{Amount(_options.Minutes)} minutes";

    private string SideReason(int[] candidates, bool isLong, int wanted)
    {
        if (_glance.Sizes.All(size => size.Width < _side.Width || size.Height < _side.Height))
            return "the smallest that is sensible: the pictures are smaller, and are enlarged";
        if (_isSmall) return "the pictures' own size";
        if (candidates.Length == 0) return "half of the pictures are no larger";
        if (!isLong) return "the smallest to begin with: the time is short";
        return _side.Height == candidates[0] && candidates[0] < s_sides[0] ? "the largest of those tried that half of the pictures reach"
            : $"the largest that trains for {wanted} epochs or more in {Time}";
    }

    // At the side and with the width of the moment.
    private int EpochsThatFit(CancellationToken cancellation)
    {
        double separable = SecondsPerImage(Network(_width, "max_blur_pool"), cancellation), image = separable;

        // Of the phases three are dense, two separable, and one has half of the channels.
        if (_options.Phases) image = (3 * SecondsPerImage(Plain(flatten: true), cancellation)) + (2.5 * separable);
        return (int)Math.Min(int.MaxValue, _options.Minutes * 60 * Share / (image * _images));
    }

    private double SecondsPerImage(string[] layers, CancellationToken cancellation)
    {
        var recipe = Recipe.Parse(Write(layers), "proposal.yaml");
        int count = 8 * _batch, channels = _isGrey ? 1 : 3, size = channels * _side.Height * _side.Width;
        var pixels = new byte[count * size];
        var random = new SeededRandom(1);
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextUInt64();
        var images =
            new ImageSet(channels, _side.Height, _side.Width, pixels, [.. Enumerable.Range(0, count).Select(i => i % _classes)],
            [.. _glance.Classes.Select(static count => count.Name)]);
        var data = new Dataset("timing", "timing", images, images);
        TrainingOptions options = recipe.Training with { Threads = _options.Threads, ValidationFraction = 0 };
        return Math.Max(1e-12, StepTimer.SecondsPerImage(recipe.Graph, data, options, _options.Clock, cancellation));
    }

    // Of other layers it is one network for a training that is only timed.
    private string Write(string[]? timed = null)
    {
        var yaml = new StringBuilder();
        string[] network = timed ?? Network(_width, "max_blur_pool");
        bool phased = _options.Phases && timed is null;
        Line("# Made by `pare init`: a place to begin at. `pare recipe show` prints it with every default, `pare recipe schema` is for " +
            "editors.");
        Line($"name: {YamlText.Quoted(_options.Name)}");
        Line("dataset:");
        Line("  name: folder");
        Line($"  path: {YamlText.Quoted(_options.DatasetPath)}");
        if (!_glance.HasTest && timed is null)
        {
            Line("  split:");
            Line("    test: 0.2                # of each class; which ones is decided by path and this seed, so that new pictures move " +
                "no others");
            Line("    seed: 1");
            Line("    # group: '^[^/]+/(.*?)_'  # what names the person or thing in a path, so that no one is on both sides");
        }

        Line("model:");
        Line($"  input: {(_isGrey ? 1 : 3)}x{_side.Height}x{_side.Width}             # channels x rows x columns; pictures are scaled " +
            $"until they cover it, and cropped to its centre");
        Line("  layers:");
        foreach (string layer in phased ? Plain(flatten: true) : network) Line($"    - {layer}");
        Line("training:");
        Line($"  epochs: {_epochs}");
        Line($"  batch_size: {_batch}");
        if (_validation > 0)
            Line(Invariant($"  validation: {_validation}          # choose by these images, not by the test images"));
        else Line("  # validation: 0.1        # with more pictures, hold some out to choose by");
        Line("  optimizer: { sgd: { nesterov: true, weight_decay: 0.001 } }");
        Line(phased ? $"  schedule: {{ constant: {{ rate: {Rate(0.3)} }} }}"
            : $"  schedule: {{ one_cycle: {{ peak_rate: {_rate} }} }}  # `pare lr-find` suggests one");
        if (Techniques() is { Count: > 0 } techniques)
        {
            Line("techniques:                # `pare data show` draws what they do to pictures");
            foreach (string technique in techniques) Line($"  {technique}");
        }

        if (phased) WritePhases(network);
        return yaml.ToString();

        void Line(string line) => yaml.Append(line).Append('\n');

        void WritePhases(string[] separable)
        {
            Line("tolerance: 0.01            # what all parameters together are worth, in accuracy");
            Line("phases:");
            foreach ((string name, string target) in Phases)
            {
                Line($"  - {name}:");
                Line($"      target: {target}");
                string[]? layers = name switch
                {
                    "gap" => Plain(flatten: false),
                    "separable" => Network(_width, "max_pool"),
                    "blur_pool" => separable,
                    "narrow" => Network(Math.Max(4, _width / 2), "max_blur_pool"),
                    _ => null,
                };
                if (name == "baseline") continue;
                Line("      set:");
                if (name == "one_cycle") Line($"        training: {{ schedule: {{ one_cycle: {{ peak_rate: {_rate} }} }} }}");
                if (layers is null) continue;
                Line("        model:");
                Line("          layers:");
                foreach (string layer in layers) Line($"            - {layer}");
            }
        }
    }

    private static (string Name, string Target)[] Phases { get; } =
    [
        ("baseline", "The textbook network, with most of its parameters in one dense layer."),
        ("one_cycle", "The same network with a rate that rises and falls to nothing."),
        ("gap", "Global average pooling asks whether a feature is there, not where, so that the dense layer can go."),
        ("separable",
            "A 3x3 filter for each channel and a 1x1 convolution to mix them do the work of a dense convolution, and " +
            "shortcuts allow more of them."),
        ("blur_pool", "Max pooling that blurs before it steps, at no parameter."),
        ("narrow", "Half of the channels. This far down something must give."),
    ];

    // Halvings that leave some seven pixels a side, the first of them by a stride where pictures are large. After each of the others two
    // separable convolutions, the second in a shortcut, with twice to four times the first channels.
    private string[] Network(int width, string pool)
    {
        (int halvings, bool strided) = Halvings();
        var layers = new List<string> { strided ? $"conv: {{ channels: {width}, stride: 2 }}" : $"conv: {width}", "batch_norm", "relu" };
        int stages = halvings - (strided ? 1 : 0);
        for (int stage = Math.Min(1, stages); stage <= stages; stage++)
        {
            int channels = (4 - stages + stage) * width;
            if (stage > 0) layers.Add(pool);
            layers.Add($"depthwise_separable: {channels}");
            layers.Add($"residual: {{ body: [depthwise_conv, batch_norm, relu, pointwise_conv: {channels}, batch_norm] }}");
            layers.Add("relu");
        }

        layers.Add("global_average_pool");
        layers.Add($"linear: {_classes}");
        return [.. layers];
    }

    private string[] Plain(bool flatten)
    {
        (int halvings, bool strided) = Halvings();
        var layers = new List<string> { strided ? $"conv: {{ channels: {_width}, stride: 2 }}" : $"conv: {_width}", "batch_norm", "relu" };
        for (int i = strided ? 1 : 0; i < halvings; i++)
            layers.AddRange(["max_pool", $"conv: {Math.Min(4, i + 2) * _width}", "batch_norm", "relu"]);
        layers.AddRange(flatten ? ["flatten", "linear: 64", "relu"] : ["global_average_pool"]);
        layers.Add($"linear: {_classes}");
        return [.. layers];
    }

    private (int Count, bool Strided) Halvings()
    {
        int side = Math.Min(_side.Height, _side.Width);
        return (Math.Max(0, (int)Math.Round(Math.Log2(side / 7.0))), side >= 64);
    }

    // Many pictures of which each is seen a few times are varied enough.
    private bool IsAltered => _images < 20_000 || _epochs >= 30;

    private string AugmentReason() =>
        (_isGrey ? "grey pictures may be of letters or digits, which are not mirrored" : "a mirrored thing is the same thing")
        + (!IsAltered ? "; so many pictures, each seen so few times, are varied enough"
        : _isGrey ? "; small turns and shifts" : "; turns, shifts and colours as they may come");

    private List<string> Augmentation()
    {
        var on = new List<string>();
        if (!_isGrey) on.Add("horizontal_flip: true      # switch it off where left and right matter, as in text and traffic signs");
        if (IsAltered)
            on.Add(_isGrey ? $"affine: {Affine}"
                : $"trivial_augment: true      # where colours or angles tell the classes apart, affine: {Affine} in its place");
        return on;
    }

    private List<string> Techniques() =>
    [
        .. Augmentation(),
        .. _glance.IsUneven
            ? ["class_weights: 0.5        # rare classes count more; 1: all classes count the same, false: all images do"]
            : Array.Empty<string>(),
    ];

    private string Rate(double part) =>
        (part * double.Parse(_rate, CultureInfo.InvariantCulture)).ToString("0.####", CultureInfo.InvariantCulture);

    private static string Amount(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
