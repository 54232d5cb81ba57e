using Pare.Augmentation;
using Pare.Data;
using Pare.Graphs;
using Pare.Tests.Cli;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

/// <summary>What is wrong with a training and can be known before it.</summary>
public class TrainingCheckTests
{
    private static readonly Graph Net = GraphBuilder.Input(1, 4, 4).Conv(3).BatchNorm().Relu().GlobalAveragePool().Linear(3).Build();

    [Fact]
    public void Of_enough_images_that_differ_nothing_is_said() => Assert.Empty(Check(Set([0, 0, 1, 1, 2, 2])));

    [Fact]
    public void Logits_that_an_activation_bounds_are_said()
    {
        Graph net = GraphBuilder.Input(1, 4, 4).Conv(3).GlobalAveragePool().Linear(3).Relu().Build();
        ImageSet images = Set([0, 0, 1, 1, 2, 2]);
        Assert.Equal(["the network ends in relu, which bounds its logits: it learns better without this last layer"],
            TrainingCheck.Run(net, new Dataset("a", "b", images, images), new TrainingOptions { BatchSize = 4 }));
    }

    [Fact]
    public void Two_images_are_too_few() =>
        Assert.Equal(
            [
                "1 of 3 classes has no training image: c", "2 training images for 3 classes are too few to learn from",
                "a batch of 4 is more than the 2 training images: each step takes them all, and an epoch is one step",
            ],
            Check(Set([0, 1])));

    [Fact]
    public void One_image_is_one() =>
        Assert.Equal(
            [
                "all training images are of class b: a network that answers nothing else is right in all of them",
                "1 training image for 3 classes is too few to learn from",
                "a batch of 4 is more than the 1 training image: each step takes them all, and an epoch is one step",
                "batch norm takes its statistics from one image at a time: a batch size of 16 or more is steadier",
            ],
            Check(Set([1])));

    [Fact]
    public void One_class_is_said()
    {
        Assert.StartsWith("all training images are of class b:", Check(Set([1, 1, 1, 1, 1, 1]))[0], StringComparison.Ordinal);
        ImageSet one = new(1, 4, 4, Set([0, 0, 0, 0]).Image(0).ToArray(), [0], ["only"]);
        Graph net = GraphBuilder.Input(1, 4, 4).Conv(3).GlobalAveragePool().Linear(1).Build();
        Assert.StartsWith("there is a single class, only:",
            TrainingCheck.Run(net, new Dataset("a", "b", one, one), new TrainingOptions())[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_anything_to_see_are_said()
    {
        Assert.Equal(
            ["all training images are of one even colour: there is nothing to tell them apart by",
            "all training images are the same to the pixel"],
            Check(Set([0, 0, 1, 1, 2, 2], static (_, _) => 7)));
        Assert.Equal(["all training images are the same to the pixel"],
            Check(Set([0, 0, 1, 1, 2, 2], static (_, pixel) => (byte)(9 * pixel))));
    }

    [Fact]
    public void A_validation_that_holds_no_image_out_is_said() =>
        Assert.Contains(Check(Set([0, 1, 2]), new TrainingOptions { BatchSize = 3, ValidationFraction = 0.2f }), static note =>
            note.StartsWith("a validation of 0.2 ", StringComparison.Ordinal));

    [Fact]
    public void A_norm_that_would_see_a_single_value_is_refused_before_the_training_and_one_image_with_many_pixels_is_said()
    {
        Assert.Contains(Check(Set([0, 0, 1, 1, 2, 2]), new TrainingOptions { BatchSize = 1 }), static note =>
            note.StartsWith("batch norm takes its statistics from one image", StringComparison.Ordinal));
        Graph pooled = GraphBuilder.Input(1, 4, 4).GlobalAveragePool().BatchNorm().Linear(3).Build();
        Dataset data = new("a", "b", Set([0, 0, 1, 1, 2, 2]), Set([0]));
        var error = Assert.Throws<RecipeException>(() => TrainingCheck.Run(pooled, data, new TrainingOptions { BatchSize = 1 }));
        Assert.Contains("training.batch_size", error.Where, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => Trainer.Run(new Network(pooled, 1), data, new TrainingOptions { BatchSize = 1 }));
        Assert.Empty(TrainingCheck.Run(pooled, data, new TrainingOptions { BatchSize = 2 }));
    }

    [Fact]
    public void Without_a_training_or_a_test_image_there_is_no_training()
    {
        Assert.Contains("train on", Assert.Throws<DataException>(() => Check(Set([]))).Message, StringComparison.Ordinal);
        Assert.Contains("test on",
            Assert.Throws<DataException>(() =>
            TrainingCheck.Run(Net, new Dataset("a", "b", Set([0, 1, 2]), Set([])), new TrainingOptions())).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_of_another_size_or_of_other_classes_are_refused_before_the_training()
    {
        ImageSet train = Set([0, 0, 1, 1, 2, 2]);
        foreach ((ImageSet test, string told) in new[]
        {
            (new ImageSet(1, 4, 5, new byte[20], [0], train.Classes), "are of 1x4x5, and the training images of 1x4x4"),
            (new ImageSet(1, 4, 4, new byte[16], [0], ["a", "b"]), "have 2 classes, and the training images 3"),
            (new ImageSet(1, 4, 4, new byte[16], [0], ["a", "c", "b"]), "Class 1 of the test images is `c`, and of the training"),
        })
        {
            var error = Assert.Throws<DataException>(() => Trainer.Run(new Network(Net, 1), new Dataset("a", "b", train, test), new()));
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var network = new Network(Net, 1);
        ImageSet images = Set([0, 0, 1, 1, 2, 2]);
        Dataset data = new("a", "b", images, images);
        Assert.Throws<ArgumentNullException>("network", () => Trainer.Run(null!, data, new()));
        Assert.Throws<ArgumentNullException>("data", () => Trainer.Run(network, null!, new()));
        Assert.Throws<ArgumentNullException>("options", () => Trainer.Run(network, data, null!));
        foreach ((TrainingOptions options, string where) in new[]
        {
            (new TrainingOptions { Optimizer = null! }, "training.optimizer"),
            (new TrainingOptions { Schedule = null! }, "training.schedule"),
            (new TrainingOptions { Techniques = null! }, "techniques"), (new TrainingOptions { Techniques = [null!] }, "techniques"),
        })
            Assert.Equal(where, Assert.Throws<RecipeException>(() => Trainer.Run(network, data, options)).Where);
    }

    [Fact]
    public void The_time_of_a_step_is_measured_though_the_training_runs_away()
    {
        Dataset data = Glyphs.Create(train: 40, test: 10);
        Graph graph = GraphBuilder.Input(1, 28, 28).Conv(3, stride: 4).BatchNorm().Relu().GlobalAveragePool().Linear(10).Build();
        var options = new TrainingOptions { BatchSize = 8, Threads = 1, Schedule = new Constant { Rate = 1e38 } };
        Assert.Throws<RunException>(() => Trainer.Run(new Network(graph, 1), data, options));
        Assert.InRange(StepTimer.SecondsPerImage(graph, data, options, TimeProvider.System), 1e-9, 10);
        Assert.Equal(0, StepTimer.SecondsPerImage(graph, data, options, new FakeClock()));

        // What it takes to begin is not taken for that of a step.
        Assert.Equal(0.01 / 8, StepTimer.SecondsPerImage(graph, data, options, new SteadyClock(startSeconds: 5)), 1e-9);
    }

    // A hundredth of a second passes between two readings, and longer before the second one.
    private sealed class SteadyClock(int startSeconds) : TimeProvider
    {
        private long _hundredths = -1;

        public override long TimestampFrequency => 100;

        public override long GetTimestamp() => ++_hundredths == 0 ? 0 : _hundredths + (startSeconds * 100);
    }

    // A run of 3 epochs of 10 steps.
    private static IReadOnlyList<string> Length(TrainingOptions options) =>
        TrainingCheck.Length(options with { Epochs = 3, BatchSize = 4, ValidationFraction = 0.1f }, images: 43);

    [Fact]
    public void What_a_run_is_too_short_for_is_said_of_schedules()
    {
        foreach ((Schedule fits, Schedule not, string told) in new (Schedule, Schedule, string)[]
        {
            (new Constant { WarmupSteps = 29 }, new Constant { WarmupSteps = 30 },
                "warmup_steps is 30, and the run has 30: it ends before its learning rate is reached"),
            (new Cosine { WarmupSteps = 29 }, new Cosine { WarmupSteps = 400 },
                "warmup_steps is 400, and the run has 30: it ends before its learning rate is reached"),
            (new Cyclical { CycleSteps = 30 }, new Cyclical { CycleSteps = 31 },
                "cycle_steps is 31, and the run has 30: it ends within its first cycle"),
            (new Cyclical { Cycles = 15 }, new Cyclical { Cycles = 16 },
                "cycles is 16, and the run's steps are 30: a cycle takes two or more"),
            (new CosineRestarts { Cycles = 4 }, new CosineRestarts { Cycles = 5 },
                "cycles is 5, and the run's steps are 30: the first cycle is shorter than one"),
            (new CosineRestarts { Cycles = 30, Growth = 1 }, new CosineRestarts { Cycles = 3, WarmupSteps = 24 },
                "cycles is 3, and the run's steps are 30: the first cycle is shorter than one"),
        })
        {
            Assert.Empty(Length(new TrainingOptions { Schedule = fits }));
            Assert.Equal([$"training.schedule: {told}"], Length(new TrainingOptions { Schedule = not }));
        }

        // A single step is the cycle's last.
        Assert.Empty(TrainingCheck.Length(new TrainingOptions { Epochs = 2, Schedule = new OneCycle() }, images: 100));
        Assert.StartsWith("training.schedule: the run has a single step",
            Assert.Single(TrainingCheck.Length(new TrainingOptions { Epochs = 1, Schedule = new OneCycle() }, images: 100)),
            StringComparison.Ordinal);
        Assert.InRange(new OneCycle { PeakRate = 1 }.At(0, 1).LearningRate, 0, 1e-5f);

        // The rate says the same.
        Assert.InRange(new Constant { Rate = 1, WarmupSteps = 30 }.At(29, 30).LearningRate, 0.9f, 0.99f);
        Assert.Equal(1, new Constant { Rate = 1, WarmupSteps = 29 }.At(29, 30).LearningRate);
    }

    [Fact]
    public void A_technique_that_does_nothing_as_it_is_set_is_said()
    {
        ImageSet train = Set([0, 1, 2, 0, 1, 2, 0, 1]);
        Assert.Contains("techniques.cutmix: as it is set it does nothing",
            Check(train, new TrainingOptions { BatchSize = 4, Techniques = [new CutMix { Probability = 0 }, new Mixup()] }));
        Assert.DoesNotContain(Check(train, new TrainingOptions { BatchSize = 4, Techniques = [new Mixup()] }),
            static note => note.Contains("does nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_run_is_too_short_for_is_said_of_averages_and_patience()
    {
        foreach ((Technique fits, Technique not, string told) in new (Technique, Technique, string)[]
        {
            (new Swa { Start = 0.4, Rate = 0.01, AnnealEpochs = 2 }, new Swa { Start = 0.4, Rate = 0.01, AnnealEpochs = 3 },
                "swa: anneal_epochs is 3, and averaging has 2 of 3: the run ends before its rate is reached"),
            (new Swa { AnnealEpochs = 9 }, new Swa { Rate = 0.01, AnnealEpochs = 9 },
                "swa: anneal_epochs is 9, and averaging has 1 of 3: the run ends before its rate is reached"),
            (new Ema { Decay = 0.99999 }, new Ema { Decay = 0.999, Warmup = false },
                "ema: decay is 0.999: at the run's end the average is still to 97 % the weights of its first step"),
            (new Ema { HalfLife = 28, Warmup = false }, new Ema { HalfLife = 58, Warmup = false },
                "ema: half_life is 58: at the run's end the average is still to 71 % the weights of its first step"),
        })
        {
            Assert.Empty(Length(new TrainingOptions { Techniques = [fits] }));
            Assert.Equal([$"techniques.{told}"], Length(new TrainingOptions { Techniques = [not] }));
        }

        Assert.Empty(Length(new TrainingOptions { Patience = 2 }));
        Assert.Equal(["training: patience is 3, and epochs is 3: the run never ends earlier"],
            Length(new TrainingOptions { Patience = 3 }));
    }

    private static IReadOnlyList<string> Check(ImageSet train, TrainingOptions? options = null) =>
        TrainingCheck.Run(Net, new Dataset("a", "b", train, Set([0, 1, 2])), options ?? new TrainingOptions { BatchSize = 4 });

    private static ImageSet Set(int[] labels, Func<int, int, byte>? pixel = null) => new(
        1, 4, 4,
        [.. Enumerable.Range(0, labels.Length * 16)
        .Select(i => (pixel ?? ((image, place) => (byte)((image * 31) + (place * 7))))(i / 16, i % 16))], labels, ["a", "b", "c"]);
}
