using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;

namespace Pare.Tests.Evaluation;

public class EvaluatorTests
{
    private static readonly ImageSet Images = Glyphs.Create(train: 1, test: 20).Test;

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Outputs_that_are_no_numbers_have_no_figure(float bias)
    {
        Network network = GraphBuilder.Input(1, 28, 28).GlobalAveragePool().Linear(10).Build(seed: 1);
        Normalization normalization = Normalization.Of(Images);
        network.Values(network["linear1.bias"])[Images.Labels[3]] = bias;
        var error = Assert.Throws<RunException>(() => Evaluator.Run(network, normalization, Images, threads: 2));
        Assert.Contains("not a finite number", error.Message, StringComparison.Ordinal);
        Assert.Contains("image ", error.Where, StringComparison.Ordinal);
        Assert.Throws<RunException>(() => EvaluationRecord.Measure(network, normalization, new Dataset("a", "b", Images, Images)));
    }

    [Fact]
    public void More_outputs_than_an_array_holds_are_refused_with_the_figure() =>
        Assert.Contains("3,000,000,000", Assert.Throws<DataException>(static () => new LogitSink(100_000, 30_000)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_class_without_images_has_no_accuracy()
    {
        var result = new EvaluationResult(0.5f, new[,] { { 3, 1 }, { 0, 0 } });
        Assert.Equal(0.75f, result.AccuracyOf(0));
        Assert.Null(result.AccuracyOf(1));
    }

    [Fact]
    public void The_balanced_accuracy_is_the_mean_of_the_classes_that_have_images()
    {
        // As scikit-learn's balanced_accuracy_score: (7/8 + 1/4 + 2/2) / 3.
        var result = new EvaluationResult(0, new[,] { { 7, 1, 0, 0 }, { 2, 1, 1, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 2 } });
        Assert.Equal(2.125 / 3, result.BalancedAccuracy, 1e-7);
        Assert.Equal(10.0 / 14, result.Accuracy, 1e-7);
        Assert.Equal([8, 4, 0, 2], Enumerable.Range(0, 4).Select(result.ImagesOf));
    }

    [Theory]
    [InlineData(10, 10, 10, false)]
    [InlineData(10, 39, 15, false)]
    [InlineData(10, 40, 15, true)]
    [InlineData(10, 0, 10, false)]
    [InlineData(0, 0, 0, false)]
    public void Classes_are_uneven_where_one_that_has_images_has_a_quarter_of_anothers(int first, int second, int third, bool uneven)
    {
        var result = new EvaluationResult(0, new[,] { { first, 0, 0 }, { 0, 0, second }, { third, 0, 0 } });
        Assert.Equal(uneven, result.IsUneven);
        if (first == second && second == third && first > 0) Assert.Equal(result.Accuracy, result.BalancedAccuracy);
    }
}
