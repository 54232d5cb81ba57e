using System.Globalization;
using System.Text.Json;
using Pare.Cli;
using Pare.Reporting;

namespace Pare.Tests.Cli;

public sealed class LrFindCommandTests : IDisposable
{
    private readonly CliData _files = new();

    private string Out => _files.Folder["rates"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void It_draws_the_curve_suggests_a_range_and_says_what_to_type_next()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal(
            ["recipe    tiny: rows and columns", $"data      mnist, {_files.Data}",
            "test      100 steps of 20 images, rates from 1E-05 to 10", ""],
            lines[..4]);
        Assert.Contains(lines, static line => line.Contains('*', StringComparison.Ordinal));
        Assert.Contains(lines, static line =>
            line.Contains("^ steepest fall", StringComparison.Ordinal) || line.Contains("steepest fall", StringComparison.Ordinal));
        Assert.Single(lines, static line => line.StartsWith("suggest   a highest rate of ", StringComparison.Ordinal));
        Assert.Equal($"files     {Path.Combine(Out, "lr-find.svg")}, lr-find.csv", lines[^2]);
        Assert.StartsWith($"next      pare train {_files.Recipe} --data {_files.Data} --set training.schedule.one_cycle.peak_rate=",
            lines[^1], StringComparison.Ordinal);
        Assert.True(cli.Out.All(char.IsAscii));
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void What_it_says_to_type_next_is_understood()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out, "--set", "training.schedule=cosine", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        string[] words = json.RootElement.GetProperty("next").GetString()!.Split(' ');
        Assert.StartsWith("training.schedule.cosine.rate=", words[^1], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. words[1..], "--epochs", "1", "--out", _files.Folder["run"]]));
    }

    [Fact]
    public void The_table_holds_what_the_chart_shows()
    {
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out, "--steps", "30", "--max-rate", "0.1", "--json"));
        string[] rows = File.ReadAllLines(Path.Combine(Out, RateReport.CsvFile));
        Assert.Equal("lr,loss,smoothed", rows[0]);
        Assert.Equal(31, rows.Length);
        Assert.Equal(0.1, double.Parse(rows[^1].Split(',')[0], CultureInfo.InvariantCulture), 1e-6);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(Out, RateReport.SvgFile)), StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_with_colour_the_curve_is_drawn_in_braille()
    {
        var cli = new TestCli(terminal: true, color: true);
        Assert.Equal(ExitCode.Done, cli.Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out));
        Assert.Contains(cli.Out, static c => c is > '\u2800' and <= '\u28ff');
        var plain = new TestCli(terminal: true);
        Assert.Equal(ExitCode.Done, plain.Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["plain"]));
        Assert.DoesNotContain(plain.Out, static c => c is > '\u2800' and <= '\u28ff');
    }

    [Fact]
    public void Another_test_is_never_overwritten()
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out, "--steps", "20"));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("lr-find", _files.Recipe, "--data", _files.Data, "--out", Out, "--steps", "20"));
        Assert.Contains("never overwritten", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--min-rate", "0", "--min-rate needs a number above 0 and up to 1000000, such as 0.1, not `0`.")]
    [InlineData("--max-rate", "fast", "--max-rate needs a number above 0 and up to 1000000, such as 0.1, not `fast`.")]
    [InlineData("--steps", "5", "--steps needs a whole number from 20 to 1000000, not `5`.")]
    [InlineData("--min-rate", "20", "The highest rate is 10, the lowest 20.")]
    public void A_range_that_makes_no_sense_is_refused_before_anything_is_read(string option, string value, string what)
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("lr-find", _files.Recipe, "--data", _files.Folder["nowhere"], option, value));
        Assert.StartsWith($"error: {what}\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_chart_out_of_characters_has_both_axes() => Assert.Equal(
        """
              1 |**
                |  **
                |    **
            0.8 |      ***
                |         **
                |           ***
            0.6 |              **
                |                **
                |                  ***
            0.4 |                     **
                |                       ***
                |                          **
            0.2 |                            **
                |                              **
                +--------------------------------
                 0.01     0.1         1        10
                                      ^ here
        """,
        string.Join('\n', TerminalChart.Draw([(0.01, 1), (10, 0.15)], logX: true, [new ChartMark(1, "here")], width: 41, braille: false)));
}
