using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>How a network is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>
    /// Minutes that the whole training may take, above 0, in place of <see cref="Epochs"/>: their number is found from the time that steps
    /// take before the training begins (<see cref="TimeBudget"/>), so that the schedule ends with them. Null for no budget.
    /// </summary>
    public double? Minutes { get; init; }

    /// <summary>
    /// Epochs in a row without a lower loss or a higher accuracy on the validation split, 1 or more, after which the training ends; the
    /// schedule stays that of all epochs. Null to train them all.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>What happens when a loss, a gradient or a weight leaves the finite numbers.</summary>
    public DivergenceResponse OnDivergence { get; init; }

    /// <summary>
    /// How the feature maps of a step lie in memory. In 16 bits a step reads and writes less, and every map is rounded; what is evaluated
    /// and exported is computed in 32 bits either way.
    /// </summary>
    public MapStorage Storage { get; init; }

    /// <summary>Images a step. The last, incomplete batch of an epoch is left out; shuffling makes it another one each time.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Decides shuffling and every random draw; how the images are divided is not drawn from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads; the result is the same to the bit for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Threads that augment images ahead of the step; the pictures are the same with any number. 0: the step's own threads do it before
    /// each step. Null: as many as there are processors beyond <see cref="Threads"/>, so 0 when the step uses them all.
    /// </summary>
    public int? DataWorkers { get; init; }

    /// <summary>
    /// The part of the training images that is held out for validation, from 0 up to, but not including, 1, where the data set brings no
    /// validation images of its own.
    /// </summary>
    public float ValidationFraction { get; init; }

    /// <summary>The update rule.</summary>
    public Optimizer Optimizer { get; init; } = new Sgd { Nesterov = true, WeightDecay = 1e-4f };

    /// <summary>The learning rate.</summary>
    public Schedule Schedule { get; init; } = new OneCycle { PeakRate = 0.1f };

    /// <summary>The techniques that are on; each at most once. None unless named.</summary>
    public IReadOnlyList<Technique> Techniques { get; init; } = [];

    /// <summary>Which of the training images are trained on and which are held out; the training's seed does not touch it.</summary>
    /// <exception cref="DataException">An image belongs to no group of the data set's split.</exception>
    public IndexSplit Split(Dataset data) => Data.Split.Validation(data, ValidationFraction);

    /// <summary>Checks the settings, and whether they fit a network.</summary>
    /// <exception cref="RecipeException">A setting is out of range; the error names its key in a recipe.</exception>
    public void Validate(Graph graph)
    {
        Check(Epochs > 0, "training.epochs", $"Epochs is {Epochs}.", "Use 1 or more.");
        Check(BatchSize > 0, "training.batch_size", $"The batch size is {BatchSize}.", "Use 1 or more.");
        Check(Minutes is null or (> 0 and <= TimeBudget.MostMinutes), "training.minutes", Invariant($"Minutes is {Minutes}."),
            Invariant($"Use a number above 0 and up to {TimeBudget.MostMinutes}."));
        Check(Patience is null or > 0, "training.patience", $"Patience is {Patience}.", "Use 1 or more, or leave it out.");
        if (Threads < 1)
            throw new RecipeException($"Threads is {Threads}.", nameof(Threads), "Use 1 or more.") { Setting = nameof(Threads) };
        Check(DataWorkers is null or >= 0, "DataWorkers", $"DataWorkers is {DataWorkers}.", "Use 0 or more.");
        Check(ValidationFraction is >= 0 and < 1, "training.validation", Invariant($"The validation fraction is {ValidationFraction}."),
            "Use 0 or more and less than 1.");
        Check(Storage == MapStorage.Float32 || !graph.Nodes.Any(static node => node.Layer is FakeQuantize), "training.storage",
            "A network that is trained for 8-bit integers rounds its maps to these, and maps in 16 bits would be rounded twice.",
            "Use float32 (training.storage), or leave out quantization.");
        CheckThere(Optimizer, "training.optimizer");
        CheckThere(Schedule, "training.schedule");
        CheckThere(Techniques, "techniques");
        foreach (Technique technique in Techniques) CheckThere(technique, "techniques");
        Check("training.optimizer", Optimizer.Validate);
        Check("training.schedule", Schedule.Validate);
        RunFacts facts = FactsOf(graph);
        foreach (Technique technique in Techniques)
        {
            string where = $"techniques.{technique.Key}";
            CheckKey(technique, where);
            Check(where, () => technique.Validate(facts));
        }

        LossTechnique? instead = Acting<ImageLoss>().FirstOrDefault(static loss => loss.Replaces) ?? (LossTechnique?)Distillation;
        ClassWeights? weights = Acting<ClassWeights>().FirstOrDefault();
        Check(weights is null || instead is null or Losses.Distillation { Weight: < 1 }, $"techniques.{weights?.Key}",
            $"{weights?.Key} gives weights to the cross entropy, and {instead?.Key} takes the place of that.", "Leave one of them away.");
        LossTechnique? targets = Acting<LossTechnique>().FirstOrDefault(static loss => loss is LabelSmoothing or TargetTechnique);
        Check(targets is null || Distillation is null or { Weight: < 1 } || Acting<ImageLoss>().Any(), $"techniques.{targets?.Key}",
            $"{targets?.Key} changes the targets of the cross entropy, and a weight of 1 for {Distillation?.Key} leaves nothing of that.",
            "Leave it out, or give the teacher a weight below 1.");
        CheckSizes(graph);
        foreach (IGrouping<string?, Technique> rivals in Acting<Technique>().Where(static technique => technique.Purpose is not null)
            .GroupBy(static technique => technique.Purpose))
            Check(rivals.Count() == 1, string.Join(", ", rivals.Select(static technique => $"techniques.{technique.Key}")),
                $"These are ways of {rivals.Key}, and a run takes one.", "Leave out all but one of them.");
    }

    /// <summary>
    /// Checks the settings, reads the files that techniques need, and checks that they fit. A training begins with it; to call it earlier
    /// finds errors earlier.
    /// </summary>
    /// <exception cref="RecipeException">
    /// A setting is out of range, a file is missing or does not fit, or the memory does not suffice for one image; the error names the key
    /// in a recipe.
    /// </exception>
    public void Open(Graph graph)
    {
        Validate(graph);
        foreach (Technique technique in Techniques) Check($"techniques.{technique.Key}", () => technique.Open(FactsOf(graph)));

        // How many images there are to make a batch of is not known yet.
        MemoryEstimate.Check(graph, this, images: 1);
    }

    /// <summary>What techniques are checked against.</summary>
    internal RunFacts FactsOf(Graph graph) =>
        new(graph.Input.Shape.Channels, graph.Input.Shape.Height, graph.Input.Shape.Width, graph.Output.Shape.Channels, Epochs, BatchSize);

    /// <summary>The sizes of the images step by step.</summary>
    /// <param name="graph">Takes images of full size.</param>
    /// <param name="steps">All steps of the run; where they are not known, as many as there can be.</param>
    internal StepSizes SizesOf(Graph graph, long steps = StepSizes.Many) => StepSizes.Of(Techniques, FactsOf(graph), steps);

    /// <summary>The same with images of full size from the first step on.</summary>
    internal TrainingOptions AtFullSize => this with { Techniques = [.. Techniques.Where(static one => one is not ProgressiveResizing)] };

    /// <summary>The same with another network to learn from.</summary>
    internal TrainingOptions TaughtBy(Teacher teacher) => this with
    {
        Techniques = [.. Techniques.Select(one => one is Losses.Distillation taught ? taught with { Teacher = teacher } : one)],
    };

    /// <summary>The pixels of a run's steps, as a multiple of those of one step of full size.</summary>
    internal double Work(Graph graph, long steps) => SizesOf(graph, steps).Work(steps);

    /// <summary>The cross entropy with the techniques that change it around it.</summary>
    internal ILoss Loss(LossContext context)
    {
        ILoss loss =
            Acting<LossTechnique>().OrderByDescending(static technique => technique.IsInnermost)
                .Aggregate((ILoss)CrossEntropyLoss.Instance, (inner, technique) => technique.Around(inner, context));
        return Compared is { } compared ? new ConsistencyLoss(loss, compared.Consistency, compared.Views, context) : loss;
    }

    /// <summary>Images of a step for each of its batch: the most views of an image that a technique has compared.</summary>
    internal int Views => Compared?.Views ?? 1;

    /// <summary>The plan's gradient with the techniques that change it around it.</summary>
    internal IGradientStep Gradient(TrainingPlan plan, RunLength? length = null, Normalization? normalization = null) =>
        Acting<GradientTechnique>().OrderBy(static technique => technique.Place)
            .Aggregate((IGradientStep)new PlainGradient(plan),
            (gradient, technique) => technique.Around(gradient, plan, length, normalization));

    /// <summary>Whether a technique wants the gradient of the images.</summary>
    internal bool NeedsImageGradient => Acting<GradientTechnique>().Any(static technique => technique.NeedsImageGradient);

    /// <summary>The learning rate, with what averaging makes of it.</summary>
    internal Schedule Rates() =>
        Acting<AveragingTechnique>().Aggregate(Schedule, (schedule, technique) => technique.Around(schedule, Epochs));

    /// <summary>The average of the weights; without a technique the weights themselves.</summary>
    internal WeightAverage AverageOf(Network network) =>
        Acting<AveragingTechnique>().Select(technique => technique.Begin(network, Epochs)).SingleOrDefault() ?? new NoAverage(network);

    /// <summary>How the running statistics of the average are measured anew; null when they are not.</summary>
    internal BatchWeighting? Recalibration => Acting<AveragingTechnique>().SingleOrDefault()?.Recalibration;

    /// <summary>What changes the weights after a step, by the keys of the techniques.</summary>
    internal (string Key, IWeightRule Rule)[] WeightRules(Network network) =>
        [.. Acting<WeightTechnique>().Select(technique => (technique.Key, technique.Begin(network)))];

    /// <summary>The technique by which the network learns from a teacher; null where none does.</summary>
    internal Distillation? Distillation => Acting<Distillation>().FirstOrDefault();

    private AugMix? Compared => Acting<AugMix>().SingleOrDefault(static technique => technique.Views > 1);

    internal IEnumerable<T> Acting<T>()
        where T : Technique => Techniques.OfType<T>().Where(static technique => technique.Acts);

    private void CheckKey(Technique technique, string where)
    {
        Check(!string.IsNullOrWhiteSpace(technique.Key), "techniques", $"The key of {technique.GetType().Name} is empty.",
            "Give it one: its random draws and what it keeps hang on it.");
        Technique[] same = [.. Techniques.Where(other => other.Key == technique.Key)];
        if (same.FirstOrDefault(other => other.GetType() != technique.GetType()) is { } rival)
            throw new RecipeException(technique.IsOfLibrary || rival.IsOfLibrary
                ? $"The key of {(technique.IsOfLibrary ? rival : technique).GetType().Name} is taken by the library's `{technique.Key}`."
                : $"{technique.GetType().Name} and {rival.GetType().Name} have the same key.", where,
                "Give each technique of your own a key of its own.");
        Check(same.Length == 1, where, "The technique is named twice.", "Name it once.");
    }

    private void CheckSizes(Graph graph)
    {
        StepSizes sizes = SizesOf(graph);
        if (sizes.Technique is not { } technique) return;
        string where = $"techniques.{technique.Key}";
        Check(Distillation is null, where, "A teacher takes images of one size only.", $"Leave out this technique or {Distillation?.Key}.");
        foreach ((int height, int width) in sizes.Smaller)
        {
            try
            {
                graph.Resized(height, width);
            }
            catch (RecipeException error)
            {
                throw new RecipeException($"The network cannot take images of {height}x{width}, at {error.Where}: {error.Message}", where,
                    "Begin with larger images (initial_scale), take sizes that its strides divide (size_increment), end the network in " +
                    "global_average_pool, or leave out this technique.", error);
            }
        }
    }

    private static void CheckThere(object? setting, string where) => Check(setting is not null, where, "It is null.", "Name one.");

    private static void Check(string where, Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException error)
        {
            throw new RecipeException(error.Message, where, "Change this setting.", error);
        }
    }

    private static void Check(bool holds, string where, string what, string remedy)
    {
        if (!holds) throw new RecipeException(what, where, remedy);
    }
}
