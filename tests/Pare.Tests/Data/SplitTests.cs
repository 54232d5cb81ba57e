using Pare.Data;

namespace Pare.Tests.Data;

public sealed class SplitTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 100).Select(i => i < 70 ? 0 : i < 99 ? 1 : 2)];

    [Fact]
    public void Each_class_gives_its_share_and_no_image_is_lost_or_doubled()
    {
        IndexSplit split = Split.Stratified(Labels, 3, 0.1, seed: 1);

        Assert.Equal([7, 3, 0], Enumerable.Range(0, 3).Select(c => split.Validation.Count(i => Labels[i] == c)));
        Assert.Equal(Enumerable.Range(0, 100), split.Train.Concat(split.Validation).Order());
        Assert.Equal(split.Train.Order(), split.Train);
        Assert.Equal(split.Validation.Order(), split.Validation);
    }

    [Fact]
    public void The_seed_decides_alone()
    {
        Assert.Equal(Split.Stratified(Labels, 3, 0.2, 5).Validation, Split.Stratified(Labels, 3, 0.2, 5).Validation);
        Assert.NotEqual(Split.Stratified(Labels, 3, 0.2, 5).Validation, Split.Stratified(Labels, 3, 0.2, 6).Validation);
        Assert.Equal("4 40 43 48 77", string.Join(' ', Split.Stratified(Labels, 3, 0.05, 1).Validation));
    }

    [Fact]
    public void A_fraction_of_zero_holds_nothing_out() => Assert.Empty(Split.Stratified(Labels, 3, 0, 1).Validation);

    [Fact]
    public void A_small_class_keeps_an_image_on_either_side()
    {
        int[] labels = [0, 0, 1, 1];

        Assert.Equal(2, Split.Stratified(labels, 2, 0.01, 1).Validation.Length);
        Assert.Equal(2, Split.Stratified(labels, 2, 0.99, 1).Train.Length);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Another_fraction_is_refused(double fraction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Split.Stratified(Labels, 3, fraction, 1));

    [Fact]
    public void An_image_set_is_split_by_its_own_labels()
    {
        var images = new ImageSet(1, 1, 1, new byte[100], Labels, ["a", "b", "c"]);

        Assert.Equal(Split.Stratified(Labels, 3, 0.3, 2).Validation, Split.Validation(images, 0.3, 2).Validation);
    }
}
