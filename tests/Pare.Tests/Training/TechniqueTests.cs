using Pare.Augmentation;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

public class TechniqueTests
{
    public static TheoryData<Technique> All =>
    [
        new LabelSmoothing(),
        new Distillation { Teacher = SmallRun.Teacher() },
        new Sam(),
        new Sam { Every = 2 },
        new Asam(),
        new GradientClipping { MaxNorm = 0.1f },
        new AdversarialTraining(),
        new AdversarialTraining { Epsilon = 0.2f, Alpha = 0.1f, Share = 0.5f },
        new GaussianNoise(),
        new TrivialAugment(),
        new AugMix(),
        new AugMix { Severity = 5, Until = 0.5f, Geometry = false },
        new AugMix { Consistency = 0 },
        new Swa { Start = 0.5 },
        new Swa { Start = 0.5, Rate = 0.05, BatchWeighting = BatchWeighting.Equal },
        new Ema { Decay = 0.9 },
        new Ema { HalfLife = 5, Recalibrate = true },
    ];

    public static TheoryData<Technique, string> Wrong => new()
    {
        { new LabelSmoothing { Amount = 1 }, "amount" },
        { new LabelSmoothing { Amount = -0.1f }, "amount" },
        { new LabelSmoothing { Amount = float.NaN }, "amount" },
        { new ClassWeights { Power = 1.1f }, "power" },
        { new ClassWeights { Power = -0.1f }, "power" },
        { new ClassWeights { Power = float.NaN }, "power" },
        { new Distillation(), "teacher" },
        { new Distillation { Teacher = SmallRun.Teacher(), Temperature = 0 }, "temperature" },
        { new Distillation { Teacher = SmallRun.Teacher(), Weight = 1.1f }, "weight" },
        { new Sam { Rho = -1 }, "rho" },
        { new Sam { Every = 0 }, "every" },
        { new Asam { Rho = float.PositiveInfinity }, "rho" },
        { new Asam { Eta = -1 }, "eta" },
        { new GradientClipping { MaxNorm = 0 }, "max_norm" },
        { new AdversarialTraining { Epsilon = -0.1f }, "epsilon" },
        { new AdversarialTraining { Epsilon = 8 }, "epsilon" },
        { new AdversarialTraining { Alpha = 0 }, "alpha" },
        { new AdversarialTraining { Alpha = float.NaN }, "alpha" },
        { new AdversarialTraining { Share = 1.1f }, "share" },
        { new GaussianNoise { Sigma = -1 }, "sigma" },
        { new GaussianNoise { Sigma = float.NaN }, "sigma" },
        { new GaussianNoise { Probability = 2 }, "probability" },
        { new TrivialAugment { Probability = -1 }, "probability" },
        { new AugMix { Severity = 0 }, "severity" },
        { new AugMix { Severity = 11 }, "severity" },
        { new AugMix { Width = 0 }, "width" },
        { new AugMix { Depth = 11 }, "depth" },
        { new AugMix { Alpha = 0 }, "alpha" },
        { new AugMix { Consistency = -1 }, "consistency" },
        { new AugMix { Until = 0 }, "until" },
        { new Swa { Start = 1 }, "start" },
        { new Swa { Start = -0.1 }, "start" },
        { new Swa { Every = 0 }, "every" },
        { new Swa { Every = 2 }, "every" },
        { new Swa { Rate = 0 }, "rate" },
        { new Swa { AnnealEpochs = -1 }, "anneal_epochs" },
        { new Ema { Decay = 1 }, "decay" },
        { new Ema { Decay = -0.1 }, "decay" },
        { new Ema { HalfLife = 0 }, "half_life" },
    };

    [Theory]
    [InlineData(0.8f, 100, 80)]
    [InlineData(0.7f, 10, 7)]
    [InlineData(0.1f, 30, 3)]
    [InlineData(0.5f, 7, 4)]
    [InlineData(1f, 7, long.MaxValue)]
    public void A_technique_ends_with_its_part_of_the_steps_though_the_fraction_is_no_binary_number(float until, long steps, long end) =>
        Assert.Equal(end, new HorizontalFlip { Until = until }.EndsAt(steps));

    [Theory]
    [MemberData(nameof(All))]
    public void It_changes_the_network_and_gives_the_same_bits_for_any_number_of_threads(Technique technique)
    {
        TrainingResult plain = SmallRun.Train(), one = Train(1);
        Assert.NotEqual(plain.Network.Weights, one.Network.Weights);
        foreach (int threads in new[] { 2, 3 })
        {
            TrainingResult several = Train(threads);
            Assert.Equal(one.Network.Weights, several.Network.Weights);
            Assert.Equal(one.Network.Statistics, several.Network.Statistics);
            Assert.Equal(one.Epochs.Select(static epoch => epoch.TrainLoss), several.Epochs.Select(static epoch => epoch.TrainLoss));
        }

        TrainingResult Train(int threads) =>
            SmallRun.Train(SmallRun.Network(), SmallRun.Options with { Techniques = [technique], Threads = threads });
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_setting_is_refused_before_the_training_by_its_key(Technique technique, string setting)
    {
        Network network = SmallRun.Network();
        float[] before = [.. network.Weights];
        RecipeException error =
            Assert.Throws<RecipeException>(() => SmallRun.Train(network, SmallRun.Options with { Techniques = [technique] }));
        Assert.Equal($"techniques.{technique.Key}", error.Where);
        Assert.StartsWith(setting, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, network.Weights);
    }

    [Theory]
    [InlineData("swa", "ema")]
    [InlineData("sam", "asam")]
    public void Two_ways_to_the_same_end_are_refused(string one, string other)
    {
        Technique[] both =
            [.. All.Select(static row => row.Data).Where(technique => technique.Key == one || technique.Key == other)
            .DistinctBy(static technique => technique.Key)];
        RecipeException error = Assert.Throws<RecipeException>(() => SmallRun.Train(both));
        Assert.Contains($"techniques.{one}", error.Where, StringComparison.Ordinal);
        Assert.Contains($"techniques.{other}", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void All_of_them_together_train()
    {
        TrainingResult run =
            SmallRun.Train(new ClassWeights(), new LabelSmoothing(), new Distillation { Teacher = SmallRun.Teacher() }, new Sam(),
            new GradientClipping(), new AdversarialTraining { Share = 0.5f }, new TrivialAugment(), new AugMix(), new GaussianNoise(),
            new Mixup(), new CutMix(), new Ema { Decay = 0.9 });
        Assert.All(run.Network.Weights, static weight => Assert.True(float.IsFinite(weight)));
    }

    [Fact]
    public void A_schedule_reaches_every_technique()
    {
        // One epoch more of a constant rate is one epoch more of anything: nothing hides in the number of epochs.
        TrainingOptions options = SmallRun.Options with { Schedule = new Constant { Rate = 0.05 }, Techniques = [new Sam()] };
        TrainingResult four = SmallRun.Train(SmallRun.Network(), options),
            five = SmallRun.Train(SmallRun.Network(), options with { Epochs = 5 });
        Assert.Equal(four.Epochs.Select(static epoch => epoch.TrainLoss), five.Epochs.Take(4).Select(static epoch => epoch.TrainLoss));
    }
}
