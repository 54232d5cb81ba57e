using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using StbImageSharp;

namespace Pare.Tests.Evaluation;

public class EvaluationRecordTests
{
    private static readonly Dataset s_data = Glyphs.Create(train: 10, test: 70);
    private static readonly Network s_network = GraphBuilder.Input(1, 28, 28).Conv(4, stride: 4).Relu().GlobalAveragePool().Linear(10)
        .Build(seed: 3);
    private static readonly Normalization s_normalization = Normalization.Of(s_data.Test);

    [Fact]
    public void It_agrees_with_the_evaluator_and_with_itself()
    {
        var record = EvaluationRecord.Measure(s_network, s_normalization, s_data, threads: 2);
        EvaluationResult result = Evaluator.Run(s_network, s_normalization, s_data.Test, threads: 1);
        Assert.Equal(result.Loss, record.Result.Loss);
        Assert.Equal(result.Confusion, record.Result.Confusion);
        Assert.Equal(70, record.Calibration.Bins.Sum(static bin => bin.Images));
        Assert.Equal(result.Accuracy, record.Calibration.Bins.Sum(static bin => bin.Images * bin.Accuracy) / 70, 1e-6);
        Assert.Equal(70 - Enumerable.Range(0, 10).Sum(label => result.Confusion[label, label]),
            record.ConfusedPairs.Sum(static pair => pair.Images));
        Assert.Equal(record.ConfusedPairs.OrderByDescending(static pair => pair.Images), record.ConfusedPairs);
        Assert.True(record.LatencyMilliseconds > 0);
    }

    [Fact]
    public void The_worst_images_are_those_with_the_highest_loss_and_come_as_pictures()
    {
        var record = EvaluationRecord.Measure(s_network, s_normalization, s_data);
        Assert.Equal(24, record.Worst.Count);
        Assert.Equal(record.Worst.OrderByDescending(static image => image.Loss), record.Worst);
        Assert.True(record.Worst[^1].Loss > record.Result.Loss);
        foreach (WorstImage image in record.Worst)
        {
            Assert.Equal(s_data.Test.Labels[image.Index], image.True);
            Assert.Equal(s_data.Test.Image(image.Index).ToArray(), ImageResult.FromMemory(image.Png, ColorComponents.Grey).Data);

            // The predicted class is the most probable one, and the loss tells the true one's probability.
            Assert.True(Math.Exp(-image.Loss) <= image.Confidence + 1e-9);
            Assert.Equal(image.True == image.Predicted, Math.Abs(Math.Exp(-image.Loss) - image.Confidence) < 1e-9);
        }
    }
}
