using Pare.Kernels;
using Pare.Training;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Recipes;

/// <summary>The settings under <c>training:</c>.</summary>
internal static class TrainingSection
{
    private const int MostEpochs = 1_000_000, MostBatch = 1_000_000;

    private static readonly Dictionary<string, Func<Optimizer>> Optimizers = new()
    {
        ["sgd"] = static () => new Sgd { Nesterov = true, WeightDecay = 1e-4f },
        ["adam"] = static () => new Adam(),
        ["adamw"] = static () => new AdamW(),
    };

    private static readonly Dictionary<string, DivergenceResponse> Responses = new()
    {
        ["fail"] = DivergenceResponse.Fail,
        ["halve_rate"] = DivergenceResponse.HalveRate,
    };

    private static readonly Dictionary<string, MapStorage> Storages = new()
    {
        ["float32"] = MapStorage.Float32,
        ["bfloat16"] = MapStorage.BFloat16,
    };

    private static readonly Dictionary<string, Func<Schedule>> Schedules = new()
    {
        ["constant"] = static () => new Constant(),
        ["step"] = static () => new Step(),
        ["cosine"] = static () => new Cosine(),
        ["cosine_restarts"] = static () => new CosineRestarts(),
        ["cyclical"] = static () => new Cyclical(),
        ["one_cycle"] = static () => new OneCycle(),
    };

    /// <summary>All schedules with their defaults, by name.</summary>
    public static IEnumerable<KeyValuePair<string, Schedule>> AllSchedules =>
        Schedules.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value()));

    /// <summary>The names of the optimizers.</summary>
    public static IEnumerable<string> OptimizerNames => Optimizers.Keys;

    public static TrainingOptions Read(SettingsReader settings) => new()
    {
        Epochs = settings.About("Passes over the training images.").Int("epochs", 20, 1, MostEpochs),
        Minutes = settings.About("Minutes that the training may take; the number of epochs then follows from them, and epochs is not read.")
        .OptionalNumber("minutes", null, TimeBudget.LeastMinutes, TimeBudget.MostMinutes),
        BatchSize = settings.About("Images a step; the last, incomplete batch of an epoch is left out.")
        .Int("batch_size", 128, 1, MostBatch),
        Seed = settings.About("Decides shuffling, the first weights and every random draw.").Int("seed", 1, 0),
        ValidationFraction = (float)settings.About("The part of the training images that is held out for validation.")
        .Number("validation", 0, 0, 0.9),
        Patience = settings.About("Epochs without a lower loss or a higher accuracy on the held-out images after which the training ends.")
        .OptionalInt("patience", null, 1, MostEpochs),
        OnDivergence =
        settings.About("What happens when a loss, a gradient or a weight leaves the finite numbers: the training ends, or goes " +
            "back to the beginning of the epoch with half the learning rate, at most three times.")
        .Choice("on_divergence", "fail", Responses),
        Storage =
        settings.About("How the feature maps of a step are kept: bfloat16 rounds each to 16 bits, which halves what a step moves through " +
            "memory. Arithmetic stays in 32 bits, and so does evaluation.")
        .Choice("storage", "float32", Storages),
        Optimizer = settings.About("The update rule, with its settings.")
        .OneOf("optimizer", "sgd", Optimizers, RecordSettings.Read, static optimizer => optimizer.Validate()),
        Schedule = settings.About("The learning rate over the steps, with its settings.")
        .OneOf("schedule", "one_cycle", Schedules, RecordSettings.Read, static schedule => schedule.Validate()),
    };
}
