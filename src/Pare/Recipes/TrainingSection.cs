using Pare.Training;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Recipes;

/// <summary>The settings under <c>training:</c>.</summary>
internal static class TrainingSection
{
    private static readonly Dictionary<string, Anneal> Anneals = new() { ["cosine"] = Anneal.Cosine, ["linear"] = Anneal.Linear };

    private static readonly Dictionary<string, Func<SettingsReader, Optimizer>> Optimizers = new()
    {
        ["sgd"] = static s => new Sgd
        {
            Momentum = (float)s.Number("momentum", 0.9, 0, 0.9999),
            Nesterov = s.Switch("nesterov", true),
            WeightDecay = (float)s.Number("weight_decay", 1e-4),
            DecayNormsAndBiases = s.Switch("decay_norms_and_biases", false),
        },
        ["adamw"] = static s => new AdamW
        {
            Beta1 = (float)s.Number("beta1", 0.9, 0, 0.9999),
            Beta2 = (float)s.Number("beta2", 0.999, 0, 0.999999),
            Epsilon = (float)s.Number("epsilon", 1e-8),
            WeightDecay = (float)s.Number("weight_decay", 0.01),
            DecayNormsAndBiases = s.Switch("decay_norms_and_biases", false),
        },
    };

    private static readonly Dictionary<string, Func<SettingsReader, Schedule>> Schedules = new()
    {
        ["constant"] = static s => new Constant { Rate = s.Number("rate", 0.1) },
        ["one_cycle"] = static s => new OneCycle
        {
            PeakRate = s.Number("peak_rate", 0.1),
            WarmupFraction = s.Number("warmup_fraction", 0.3, 0, 1),
            Div = s.Number("div", 25, 1),
            FinalDiv = s.Number("final_div", 1e4, 1),
            Anneal = s.Choice("anneal", Anneal.Cosine, Anneals),
            ThreePhase = s.Switch("three_phase", false),
            CycleMomentum = s.Switch("cycle_momentum", true),
            MaxMomentum = s.Number("max_momentum", 0.95, 0, 0.9999),
            BaseMomentum = s.Number("base_momentum", 0.85, 0, 0.9999),
        },
    };

    public static TrainingOptions Read(SettingsReader settings)
    {
        var options = new TrainingOptions
        {
            Epochs = settings.Int("epochs", 20),
            BatchSize = settings.Int("batch_size", 128),
            Seed = settings.Int("seed", 1, 0),
            ValidationFraction = (float)settings.Number("validation", 0, 0, 0.9),
            Optimizer = settings.OneOf("optimizer", "sgd", Optimizers, static optimizer => optimizer.Validate()),
            Schedule = settings.OneOf("schedule", "one_cycle", Schedules, static schedule => schedule.Validate()),
        };
        options.Validate();
        return options;
    }
}
