using Pare.Augmentation;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;

namespace Pare.Recipes;

/// <summary>The techniques that a recipe can name, each with its defaults.</summary>
internal static class TechniqueCatalog
{
    private static readonly Func<Technique>[] Makers =
    [
        static () => new RandomCrop(),
        static () => new HorizontalFlip(),
        static () => new Affine(),
        static () => new ColorJitter(),
        static () => new TrivialAugment(),
        static () => new AugMix(),
        static () => new GaussianNoise(),
        static () => new Cutout(),
        static () => new RandomErasing(),
        static () => new ProgressiveResizing(),
        static () => new Mixup(),
        static () => new CutMix(),
        static () => new ClassWeights(),
        static () => new LabelSmoothing(),
        static () => new Distillation(),
        static () => new Sam(),
        static () => new Asam(),
        static () => new GradientClipping(),
        static () => new AdversarialTraining(),
        static () => new Swa(),
        static () => new Ema(),
    ];

    /// <summary>All techniques with their defaults.</summary>
    public static IEnumerable<Technique> All => Makers.Select(static make => make());

    /// <summary>Reads the techniques that are switched on.</summary>
    public static IReadOnlyList<Technique> Read(SettingsReader settings, RunFacts run)
    {
        var techniques = new List<Technique>();
        foreach (Technique technique in All)
        {
            if (settings.Optional(technique.Key, section => RecordSettings.Read(section, technique), read => read.Validate(run))
                is { } named) techniques.Add(named);
        }

        return techniques;
    }
}
