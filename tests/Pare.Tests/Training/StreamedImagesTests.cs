using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;

namespace Pare.Tests.Training;

/// <summary>Images that are read from a source when they are needed.</summary>
public class StreamedImagesTests
{
    private static readonly Dataset s_memory = Resumed.Data;

    public static TheoryData<Technique[], int, int> Trainings => new()
    {
        { [], 1, 0 },
        { [], 2, 0 },
        { [], 2, 2 },
        { [new HorizontalFlip(), new Mixup(), new Sam(), new Swa { Start = 0.4 }], 2, 0 },
        { [new RandomCrop(), new Cutout(), new Ema { Recalibrate = true }], 1, 2 },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_training_on_them_ends_with_the_bytes_of_one_from_memory(Technique[] techniques, int threads, int workers)
    {
        TrainingOptions options = Resumed.Options with { Techniques = techniques, Threads = threads, DataWorkers = workers };
        Network memory = Resumed.Network(), streamed = Resumed.Network();
        Dataset data = s_memory with
        {
            Train = new ImageSet(new CopiedImages(s_memory.Train)),
            Test = new ImageSet(new CopiedImages(s_memory.Test)),
        };
        Assert.True(data.Train.IsStreamed);
        Assert.Equal(Resumed.Bytes(memory, Trainer.Run(memory, s_memory, options)),
            Resumed.Bytes(streamed, Trainer.Run(streamed, data, options)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 7)]
    [InlineData(2, 3)]
    public void Where_an_image_cannot_be_read_the_training_stands_between_two_steps_and_can_be_kept(int workers, int failing)
    {
        // Nothing is held out: what workers have read ahead may end the epoch, and images of a validation split would be read there.
        TrainingOptions options = Resumed.Options with
        {
            Threads = 2,
            DataWorkers = workers,
            ValidationFraction = 0,
            Techniques = [new HorizontalFlip(), new Ema { Decay = 0.9 }],
        };
        Network whole = Resumed.Network(), broken = Resumed.Network(), rest = Resumed.Network(seed: 2);
        string expected = Resumed.Bytes(whole, Trainer.Run(whole, s_memory, options));

        var source = new CopiedImages(s_memory.Train);
        Dataset data = s_memory with { Train = new ImageSet(source) };
        using var session = new TrainingSession(broken, data, options);
        for (int step = 0; step < failing; step++) session.Step();
        source.Fails = true;
        DataException error = Assert.Throws<DataException>(() => session.Run());
        Assert.Contains("the disk is gone", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("image ", error.Where, StringComparison.Ordinal);
        TrainingState state = session.Capture();
        Assert.InRange(state.Step, failing, failing + (workers == 0 ? 0 : workers + 3));

        source.Fails = false;
        using var resumed = new TrainingSession(rest, data, options, state);
        Assert.Equal(expected, Resumed.Bytes(rest, resumed.Run()));

        // Without workers ahead of the step the same session goes on, too.
        if (workers == 0) Assert.Equal(expected, Resumed.Bytes(broken, session.Run()));
    }

    // The images held out are read when an epoch's last step is taken: what follows it is done whole, once they can be read.
    [Fact]
    public void Where_a_held_out_image_cannot_be_read_after_an_epoch_the_training_goes_on_from_the_state_before()
    {
        TrainingOptions options = Resumed.Options with { Techniques = [new Swa { Start = 0.4 }] };
        Network whole = Resumed.Network(), broken = Resumed.Network(), rest = Resumed.Network(seed: 2);
        string expected = Resumed.Bytes(whole, Trainer.Run(whole, s_memory, options));
        var source = new CopiedImages(s_memory.Train);
        Dataset data = s_memory with { Train = new ImageSet(source) };
        var keeper = new BeforeTheEnd(source);
        using var session = new TrainingSession(broken, data, options, callbacks: [keeper]);
        DataException error = Assert.Throws<DataException>(() => session.Run());
        Assert.Contains("the disk is gone", error.Message, StringComparison.Ordinal);
        Assert.Empty(session.Metrics);

        // Half of what follows an epoch may be done: that is no state to keep, and a step more would be a wrong one.
        Assert.Throws<InvalidOperationException>(session.Capture);
        Assert.Throws<InvalidOperationException>(() => session.Step());
        source.Fails = false;
        using var resumed = new TrainingSession(rest, data, options, keeper.State);
        Assert.Equal(expected, Resumed.Bytes(rest, resumed.Run()));
    }

    [Fact]
    public void An_evaluation_tells_of_an_image_that_cannot_be_read()
    {
        Network network = Resumed.Network();
        var source = new CopiedImages(s_memory.Test);
        var images = new ImageSet(source);
        var normalization = Normalization.Of(s_memory.Train);
        Assert.Equal(Evaluator.Run(network, normalization, s_memory.Test).Loss, Evaluator.Run(network, normalization, images).Loss);
        source.Fails = true;
        Assert.Throws<DataException>(() => Evaluator.Run(network, normalization, images, threads: 2));
        Assert.Throws<DataException>(() => Normalization.Of(images));
        Assert.Throws<DataException>(() => (s_memory with { Test = images }).Fingerprint);
    }

    [Fact]
    public void Fingerprint_normalization_split_and_classes_are_those_of_the_images_in_memory()
    {
        var streamed = new ImageSet(new CopiedImages(s_memory.Train));
        Dataset data = s_memory with { Train = streamed };
        Assert.Equal(s_memory.Fingerprint, data.Fingerprint);
        Assert.Equal(Normalization.Of(s_memory.Train).Mean, Normalization.Of(streamed).Mean);
        Assert.Equal(Normalization.Of(s_memory.Train).StandardDeviation, Normalization.Of(streamed).StandardDeviation);
        Assert.Equal(Split.Validation(s_memory, 0.2).Train, Split.Validation(data, 0.2).Train);
        Assert.Equal(s_memory.Train.Image(3).ToArray(), streamed.Image(3).ToArray());
        string[] turned = [.. s_memory.Train.Classes.Reverse()];
        ImageSet memory = s_memory.Train.WithClasses(turned, "here"), other = streamed.WithClasses(turned, "here");
        Assert.Equal(memory.Labels.ToArray(), other.Labels.ToArray());
        Assert.Equal(memory.Image(5).ToArray(), other.Image(5).ToArray());
        Assert.Equal(memory.Image(7).ToArray(), ImageSet.Of([(other, 7)]).Image(0).ToArray());
    }

    [Fact]
    public void A_fingerprint_that_the_source_knows_is_taken_without_reading()
    {
        var source = new CopiedImages(s_memory.Train) { Fingerprint = "version 1", Fails = true };
        Dataset first = s_memory with { Train = new ImageSet(source) },
            second = s_memory with { Train = new ImageSet(new CopiedImages(s_memory.Train) { Fingerprint = "version 2" }) };
        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
    }

    [Fact]
    public void What_a_source_leaves_unwritten_is_0_and_not_the_image_before()
    {
        var images = new ImageSet(new CopiedImages(s_memory.Train) { LeavesOut = 4 });
        byte[] spare = [.. Enumerable.Repeat((byte)9, 784)];
        Assert.Equal(new byte[784], images.Image(4, spare).ToArray());
    }

    [Theory]
    [InlineData(0, 28, 10, "0x28x28")]
    [InlineData(1, -1, 10, "1x-1x28")]
    [InlineData(1, 28, 9, "has label 9 of 9 classes")]
    public void What_does_not_fit_together_is_refused(int channels, int height, int classes, string told) =>
        Assert.Contains(told, Assert.Throws<ArgumentException>(() =>
            new ImageSet(new CopiedImages(s_memory.Train)
            {
                Channels = channels,
                Height = height,
                Classes = [.. s_memory.Train.Classes.Take(classes)],
            })).Message, StringComparison.Ordinal);

    // Kept between the first epoch's last step and what follows it; from there on nothing can be read.
    private sealed class BeforeTheEnd(CopiedImages source) : ITrainingCallback
    {
        public TrainingState? State { get; private set; }

        public void AfterStep(TrainingSession session)
        {
            if (session.StepsDone != session.StepsPerEpoch) return;
            State = session.Capture();
            source.Fails = true;
        }
    }
}
