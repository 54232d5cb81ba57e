using Pare.Data;
using Pare.Graphs;
using Pare.Robustness;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Robustness;

public class QuickCorruptionsTests
{
    [Fact]
    public void It_is_the_mean_of_the_whole_evaluations_kinds_at_its_severity()
    {
        TrainingResult trained = SmallRun.Train();
        ImageSet test = Glyphs.Create(train: 20, test: 60).Test;
        float quick = QuickCorruptions.Measure(trained.Network, trained.Normalization, test, threads: 2)!.Value;
        Assert.Equal(quick, QuickCorruptions.Measure(trained.Network, trained.Normalization, test, threads: 1));
        using var classifier = ImageClassifier.Of(trained.Network, trained.Normalization);
        CorruptionsRecord all = RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "glyphs", Test = test },
            new RobustnessOptions { Sections = ["corruptions"] }).Corruptions!;
        string[] kinds = ["gaussian_noise", "motion_blur", "contrast", "pixelate", "rotation"];
        Assert.Equal(all.Kinds.Where(kind => kinds.Contains(kind.Kind)).Average(static kind => kind.Accuracies[2]), quick, 1e-6);
    }

    [Fact]
    public void What_cannot_be_told_is_null()
    {
        Assert.Null(Measure(2, 8, 0, 1));
        Assert.Null(Measure(1, 8, 0, 0));
        Assert.Null(Measure(1, 1, 0, 1));
        Assert.NotNull(Measure(1, 8, 0, 1));
    }

    private static float? Measure(int channels, int side, params int[] labels)
    {
        Network network = GraphBuilder.Input(channels, side, side).Flatten().Linear(2).Build(seed: 1);
        float[] zeros = new float[channels], ones = [.. zeros.Select(static _ => 1f)];
        var test = new ImageSet(channels, side, side, new byte[labels.Length * channels * side * side], labels, ["a", "b"]);
        return QuickCorruptions.Measure(network, new Normalization(zeros, ones), test, threads: 1);
    }
}
