using Pare.Cli;
using Pare.Training;

namespace Pare.Tests.Cli;

public sealed class TrainingViewTests
{
    [Fact]
    public void Without_a_terminal_there_is_one_plain_line_an_epoch_and_nothing_else()
    {
        var cli = new TestCli();
        var view = new TrainingView(cli.Console.Messages(json: false));
        view.Report(Step(1, 10));
        view.Report(End(1, 0.95f));
        view.Report(Step(2, 110));
        view.Report(End(2, null));
        Assert.Equal(
            """
            epoch  1/12  loss 1.2346  train  61.50 %  validation  95.00 %  12,346 images/s  4.2 s
            epoch  2/12  loss 1.2346  train  61.50 %  12,346 images/s  4.2 s

            """,
            cli.Out);
        Assert.Empty(cli.Error);
    }

    [Theory]
    [InlineData(25, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25")]
    [InlineData(30, "1 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30")]
    [InlineData(200, "1 10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160 170 180 190 200")]
    [InlineData(333, "1 20 40 60 80 100 120 140 160 180 200 220 240 260 280 300 320 333")]
    public void A_terminal_gets_some_twenty_epochs_and_a_log_gets_all(int epochs, string shown)
    {
        Assert.Equal(shown, Shown(terminal: true));
        Assert.Equal(string.Join(' ', Enumerable.Range(1, epochs)), Shown(terminal: false));

        string Shown(bool terminal)
        {
            var cli = new TestCli(terminal: terminal, width: 120);
            var view = new TrainingView(cli.Console.Messages(json: false));
            for (int epoch = 1; epoch <= epochs; epoch++) view.Report(End(epoch, null, epochs));
            return string.Join(' ', cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => line[5..].Split('/')[0].Trim()));
        }
    }

    [Fact]
    public void An_epochs_line_is_never_broken_inside_a_number()
    {
        Assert.Equal("epoch  1/12  loss 1.2346  train  61.50 %  validation  95.00 %  12,346 images/s  4.2 s\n", Shown(120));
        Assert.Equal("epoch  1/12  loss 1.2346  train  61.50 %  valid.  95.00 %  12,346 img/s  4.2 s\n", Shown(83));
        Assert.Equal("epoch  1/12  loss 1.2346  train  61.50 %  valid.  95.00 %  12,346 img/s  4.2 s\n", Shown(80));
        Assert.Equal("epoch  1/12  loss 1.2346  train  61.50 %  valid.  95.00 %  4.2 s\n", Shown(70));
        Assert.Equal("epoch  1/12  loss 1.2346  train  61.50 %  valid.  95.00 %\n  12,346 img/s  4.2 s\n", Shown(60));
        Assert.Equal("epoch  1/12\n  loss 1.2346\n  train  61.50 %\n  valid.  95.00 %\n  12,346 img/s\n  4.2 s\n", Shown(18));

        static string Shown(int width)
        {
            var cli = new TestCli(terminal: true, width: width);
            new TrainingView(cli.Console.Messages(json: false)).Report(End(1, 0.95f));
            return cli.Out;
        }
    }

    [Fact]
    public void Without_a_terminal_a_long_epoch_gives_a_sign_of_life_after_each_silent_minute()
    {
        var cli = new TestCli(width: 80);
        var view = new TrainingView(cli.Console.Messages(json: false));
        for (int second = 0; second < 100; second++)
        {
            view.Report(Step(1, second));
            cli.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        string line = Assert.Single(cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("epoch  1/12 ", line, StringComparison.Ordinal);
        Assert.EndsWith("5 %  loss 0.9877  12,346 images/s  1:05 left", line, StringComparison.Ordinal);
        view.Report(End(1, null));
        cli.Clock.Advance(TimeSpan.FromSeconds(59));
        view.Report(Step(2, 110));
        Assert.Equal(2, cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void With_json_the_lines_go_to_standard_error()
    {
        var cli = new TestCli();
        new TrainingView(cli.Console.Messages(json: true)).Report(End(1, null));
        Assert.Empty(cli.Out);
        Assert.StartsWith("epoch  1/12  loss", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_terminal_the_live_line_has_bar_loss_rate_and_time_left_and_gives_way_to_the_epochs_line()
    {
        var cli = new TestCli(terminal: true, width: 100);
        var view = new TrainingView(cli.Console.Messages(json: false));
        view.Report(End(1, null));
        view.Report(Step(2, 600));
        view.Report(End(2, null));
        Assert.Equal(
            "epoch  1/12  loss 1.2346  train  61.50 %  12,346 images/s  4.2 s\n"
            + "\r\e[Kepoch  2/12 ███████████████░░░░░░░░░░░░░░░  50 %  loss 0.9877  12,346 images/s  1:05 left"
            + "\r\e[Kepoch  2/12  loss 1.2346  train  61.50 %  12,346 images/s  4.2 s\n",
            cli.Out);
    }

    [Fact]
    public void The_live_line_is_drawn_at_most_ten_times_a_second()
    {
        var cli = new TestCli(terminal: true);
        var view = new TrainingView(cli.Console.Messages(json: false));
        view.Report(Step(1, 1));
        cli.Clock.Advance(TimeSpan.FromMilliseconds(60));
        view.Report(Step(1, 2));
        Assert.Single(Redraws(cli));
        cli.Clock.Advance(TimeSpan.FromMilliseconds(60));
        view.Report(Step(1, 3));
        Assert.Equal(2, Redraws(cli).Length);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(80)]
    public void The_live_line_never_fills_the_terminals_width(int width)
    {
        var cli = new TestCli(terminal: true, width: width);
        new TrainingView(cli.Console.Messages(json: false)).Report(Step(1, 7));
        Assert.True(Redraws(cli)[0].Length < width, Redraws(cli)[0]);
    }

    private static string[] Redraws(TestCli cli) => cli.Out.Split("\r\e[K", StringSplitOptions.RemoveEmptyEntries);

    private static TrainingProgress Step(int epoch, long step) =>
        new(epoch, 12, step, 1200, 0.98765, 12345.6, TimeSpan.FromSeconds(65), TimeSpan.FromSeconds(65), null);

    private static TrainingProgress End(int epoch, float? validation, int epochs = 12) => Step(epoch, epoch * 100) with
    {
        Epochs = epochs,
        EpochEnd = new EpochMetrics(epoch, 1.23456f, 0.615f, validation is null ? null : 0.2f, validation, 0.05f, 4.2, 12345.6),
    };
}
