using Pare.Data;
using Pare.Evaluation;
using Pare.Inference;
using Pare.Quantization;
using Pare.Robustness;
using Pare.Runs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Gradients;

namespace Pare.Tests.Robustness;

public class RobustnessEvaluationTests
{
    private static readonly Dataset s_data = Glyphs.Create(train: 200, test: 50);
    private static readonly Lazy<TrainingResult> s_trained = new(static () => SmallRun.Train());

    private static RobustnessData Test => new() { Name = "glyphs", Test = s_data.Test };

    [Fact]
    public void A_second_run_and_any_number_of_threads_give_the_same_bytes()
    {
        string one = Line(1), two = Line(2), three = Line(3);
        Assert.Equal(one, Line(1));
        Assert.Equal(one, two);
        Assert.Equal(one, three);

        static string Line(int threads)
        {
            using ImageClassifier classifier = s_trained.Value.ToModel().Classifier(threads);
            return RobustnessFile.ToLine(RobustnessEvaluation.Measure(classifier, Test, new RobustnessOptions
            {
                Threads = threads,
                AttackedImages = 10,
                Epsilons = [8],
                FlatnessImages = 20,
            }));
        }
    }

    [Fact]
    public void Every_form_of_a_network_can_be_measured_and_says_the_clean_accuracy()
    {
        var model = s_trained.Value.ToModel();
        var quantized = QuantizedModel.Of(model, CalibrationImages.Of(s_data, null, null, null));
        int right = 0;
        for (int i = 0; i < s_data.Test.Count; i++)
        {
            float[] logits = QuantizedExecutor.Run(quantized.Graph, s_data.Test.Image(i)).Logits;
            if (logits.AsSpan().IndexOf(logits.Max()) == s_data.Test.Labels[i]) right++;
        }

        using ImageClassifier real = model.Classifier(), lowered = Model.Of(model.Graph).Classifier(), integers = quantized.Classifier();
        var options = new RobustnessOptions { Sections = ["shifts"] };
        RobustnessRecord first = RobustnessEvaluation.Measure(real, Test, options);
        Assert.Equal(model.Evaluate(s_data.Test).Accuracy, first.Accuracy, 1e-6);
        Assert.Equal(first.Accuracy, RobustnessEvaluation.Measure(lowered, Test, options).Accuracy);
        RobustnessRecord last = RobustnessEvaluation.Measure(integers, Test, options);
        Assert.Equal("int8", last.Network);
        Assert.Equal((double)right / s_data.Test.Count, last.Accuracy);
        Assert.Equal(49, last.Shifts!.Shifts.Count);
        Assert.Equal(last.Accuracy, last.Shifts.Shifts.Single(static shift => (shift.Down, shift.Right) == (0, 0)).Accuracy);
        Assert.InRange(last.Shifts.AlwaysRight, 0, last.Shifts.Shifts.Min(static shift => shift.Accuracy));
        Assert.InRange(last.Shifts.Steady, last.Shifts.AlwaysRight, 1);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(50)]
    public void A_part_of_images_whose_classes_take_turns_has_each_class_its_share(int count)
    {
        // Glyphs' classes go round, so that every fifth of 50 images would be a 0 or a 5.
        int[] chosen = [.. Evenly.Spread(count, s_data.Test.Labels)];
        Assert.Equal(chosen.Distinct().Order(), chosen);
        int[] byClass = [.. chosen.CountBy(index => s_data.Test.Labels[index]).Select(static pair => pair.Value)];
        Assert.Equal(count, byClass.Sum());
        Assert.Equal(Math.Min(count, 10), byClass.Length);
        Assert.InRange(byClass.Max() - byClass.Min(), 0, 1);
    }

    [Fact]
    public void A_part_of_the_images_of_one_class_tells_nothing()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        DataException error = Assert.Throws<DataException>(() => RobustnessEvaluation.Measure(classifier, Test,
            new RobustnessOptions { Sections = ["shifts"], MostImages = 1 }));
        Assert.StartsWith("The one test image is of the class '0'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_section_is_a_part_of_the_record()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        RobustnessRecord record = RobustnessEvaluation.Measure(classifier,
            new RobustnessData { Name = "glyphs", Test = s_data.Test, Training = new ChosenImages(s_data.Train, [0, 1, 2, 3]) },
            new RobustnessOptions { AttackedImages = 5, Epsilons = [8], FlatnessImages = 4, MostImages = 20, Severities = [1] });
        Assert.Empty(record.NotMeasured);
        Assert.All(RobustnessEvaluation.Sections, section => Assert.True(record.Has(section), section));
    }

    [Fact]
    public void The_interval_of_the_corruption_accuracy_is_over_the_images_means()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        CorruptionsRecord Measure(int images, params string[] kinds) => RobustnessEvaluation.Measure(classifier, Test,
            new RobustnessOptions { Sections = ["corruptions"], Kinds = kinds, Severities = [5], MostImages = images }).Corruptions!;

        // Of right and wrong alone it is that of a share.
        CorruptionsRecord fog = Measure(50, "fog");
        Assert.InRange(fog.Accuracy, 0.02, 0.98);
        Assert.Equal(StudentT.TwoSidedQuantile(0.95, 49) * Math.Sqrt(fog.Accuracy * (1 - fog.Accuracy) / 49), fog.HalfWidth!.Value, 1e-12);

        // An image's figures over kinds go together or against each other, but never farther than if all were the same.
        CorruptionsRecord both = Measure(50, "fog", "contrast");
        Assert.InRange(both.HalfWidth!.Value, 0.001,
            (fog.HalfWidth.Value + Measure(50, "contrast").HalfWidth!.Value + 1e-12) / 2);

        // Images that all come out alike show no scatter, and no interval of nothing.
        string[] kinds = ["brightness", "contrast", "fog", "shift", "rotation", "jpeg", "pixelate", "occlusion"];
        string[] one = [.. kinds.GroupBy(kind => Measure(2, kind).Accuracy).Where(static group => group.Key != 0.5)
            .MaxBy(static group => group.Count())!];
        Assert.True(one.Length > 1, $"{one.Length} kinds of {kinds.Length} leave two images alike.");
        Assert.Null(Measure(2, one).HalfWidth);
    }

    [Fact]
    public void A_fingerprint_tells_weights_and_images_apart_and_is_the_same_of_the_same()
    {
        var model = s_trained.Value.ToModel();
        CalibrationImages images = CalibrationImages.Of(s_data, null, null, null);
        string[] Of(Model one)
        {
            using ImageClassifier real = one.Classifier(), lowered = Model.Of(one.Graph).Classifier(),
                integers = QuantizedModel.Of(one, images).Classifier();
            return [real.Fingerprint!, lowered.Fingerprint!, integers.Fingerprint!];
        }

        string[] first = Of(model);
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first, Of(s_trained.Value.ToModel()));
        Assert.Empty(first.Intersect(Of(SmallRun.Train(SmallRun.Network(seed: 2), SmallRun.Options).ToModel())));
        using ImageClassifier classifier = model.Classifier();
        RobustnessRecord Measure(int most) => RobustnessEvaluation.Measure(classifier, Test,
            new RobustnessOptions { Sections = ["shifts"], MostImages = most });
        Assert.Equal(first[0], Measure(20).NetworkFingerprint);
        Assert.Equal(Measure(20).ImagesFingerprint, Measure(20).ImagesFingerprint);
        Assert.NotEqual(Measure(20).ImagesFingerprint, Measure(19).ImagesFingerprint);
    }

    [Fact]
    public void Progress_ends_at_all_passes()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        var reports = new List<RobustnessProgress>();
        RobustnessEvaluation.Measure(classifier, Test,
            new RobustnessOptions { AttackedImages = 10, Epsilons = [8], FlatnessImages = 20 }, new Kept(reports));
        Assert.Equal(reports[^1].Total, reports[^1].Done);
        Assert.All(reports.Zip(reports.Skip(1)), static pair => Assert.True(pair.First.Done < pair.Second.Done));
    }

    [Fact]
    public void Fewer_images_are_taken_evenly_from_the_classes()
    {
        var inputs = new RobustnessInputs(s_trained.Value.ToModel().Classifier(1), Test, new RobustnessOptions { MostImages = 5 }, null,
            TestContext.Current.CancellationToken);
        Assert.Equal([0, 2, 4, 6, 8], inputs.Indices);
        Assert.Equal([0, 2, 4, 6, 8], inputs.Labels);
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => RobustnessEvaluation.Measure(classifier, Test, cancellation: source.Token));
    }

    [Fact]
    public void Of_one_that_is_cancelled_the_finished_sections_are_told()
    {
        using var source = new CancellationTokenSource();
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        var options = new RobustnessOptions { Sections = ["shifts", "calibration", "strangers"] };
        var told = new List<RobustnessRecord>();
        Assert.Throws<OperationCanceledException>(() => RobustnessEvaluation.Measure(classifier, Test, options, null, part =>
        {
            told.Add(part);
            if (part.Calibration is not null) source.Cancel();
        }, source.Token));
        Assert.Equal(2, told.Count);
        Assert.Null(told[0].Calibration);
        RobustnessRecord whole =
            RobustnessEvaluation.Measure(classifier, Test, options, null, told.Add, TestContext.Current.CancellationToken);
        Assert.Same(whole, told[^1]);
        Assert.Equal(RobustnessFile.ToLine(whole with { Strangers = null }), RobustnessFile.ToLine(told[1]));
    }

    [Fact]
    public void What_cannot_tell_anything_is_refused()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        ImageSet test = s_data.Test;
        (ImageSet, int)[] same = [.. Enumerable.Range(0, test.Count).Where(i => test.Labels[i] == 3).Select(i => (test, i))];
        DataException one = Assert.Throws<DataException>(
            () => RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "a", Test = ImageSet.Of(same) }));
        Assert.Contains("of the class '3'", one.Message, StringComparison.Ordinal);
        var none = new ImageSet(1, 28, 28, [], [], test.Classes);
        Assert.Throws<DataException>(() => RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "a", Test = none }));
        var other = new ImageSet(1, 8, 8, new byte[128], [0, 1], test.Classes);
        Assert.Throws<RecipeException>(() => RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "a", Test = other }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(-1)]
    public void Severities_go_from_1_to_5(int severity)
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => RobustnessEvaluation.Measure(classifier, Test, new RobustnessOptions { Severities = [1, severity] }));
        Assert.Contains("from 1 to 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_of_another_name_is_refused()
    {
        using ImageClassifier classifier = s_trained.Value.ToModel().Classifier();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => RobustnessEvaluation.Measure(classifier, Test, new RobustnessOptions { Sections = ["shift"] }));
        Assert.Contains("no section 'shift'", error.Message, StringComparison.Ordinal);
    }

    private sealed class Kept(List<RobustnessProgress> reports) : IProgress<RobustnessProgress>
    {
        public void Report(RobustnessProgress value) => reports.Add(value);
    }
}
