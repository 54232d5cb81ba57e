using Pare.Cli;
using Pare.Robustness;

namespace Pare.Tests.Cli;

public class RobustnessTablesTests
{
    private static readonly CorruptionAccuracy s_stripe = new("stripe", "strokes", 0.25, [0.25]);

    [Fact]
    public void Kinds_without_severities_alone_have_a_mean_only()
    {
        string[] lines = Show([1, 3], s_stripe, new CorruptionAccuracy("zigzag", "strokes", 0.75, [0.75]));
        Assert.Equal("corrupted by   mean", lines[2]);
        Assert.Equal("stripe        25.00", lines[3]);
        Assert.Equal("all           50.00", lines[6]);
    }

    [Fact]
    public void A_kind_without_severities_stands_under_no_severity_and_counts_in_no_column()
    {
        string[] lines = Show([3], new CorruptionAccuracy("fog", "light", 0.75, [0.75]), s_stripe);
        Assert.Equal("corrupted by      3   mean", lines[2]);
        Assert.Equal("fog           75.00  75.00", lines[3]);
        Assert.Equal("stripe               25.00", lines[4]);
        Assert.Equal("all           75.00  50.00", lines[6]);
        Assert.StartsWith("all       a severity's mean is over 1 of 2 kinds, ", lines[8], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "corrupted mean accuracy 50.00 % over 1 kind,")]
    [InlineData(0.0125, "corrupted mean accuracy 50.00 % (95 %: 48.75 to 51.25) over 1 kind,")]
    [InlineData(6.35, "corrupted mean accuracy 50.00 % (95 %: 0.00 to 100.00) over 1 kind,")]
    public void An_interval_ends_where_shares_do(double? halfWidth, string line) =>
        Assert.Contains(Show([3], halfWidth, new CorruptionAccuracy("fog", "light", 0.5, [0.5])), shown =>
            shown.StartsWith(line, StringComparison.Ordinal));

    [Fact]
    public void Of_a_network_that_is_never_right_nothing_can_drop()
    {
        var cli = new TestCli();
        RobustnessTables.Write(cli.Console.Messages(json: false), Record(0, new CorruptionsRecord(0.5, null, [1],
            [new CorruptionAccuracy("fog", "light", 0.5, [0.5])])), fitsModel: true);
        Assert.Contains("mean accuracy 50.00 % over 1 kind\n", cli.Out, StringComparison.Ordinal);
    }

    private static string[] Show(int[] severities, params CorruptionAccuracy[] kinds) => Show(severities, null, kinds);

    private static string[] Show(int[] severities, double? halfWidth, params CorruptionAccuracy[] kinds)
    {
        var cli = new TestCli();
        RobustnessTables.Write(cli.Console.Messages(json: false),
            Record(1, new CorruptionsRecord(0.5, 0.5, severities, kinds) { HalfWidth = halfWidth }), fitsModel: true);
        return cli.Out.Split('\n');
    }

    private static RobustnessRecord Record(double accuracy, CorruptionsRecord corruptions) => new()
    {
        Network = ImageClassifier.Float,
        Data = "digits",
        Images = 4,
        Accuracy = accuracy,
        Seed = 1,
        Corruptions = corruptions,
    };
}
