using Pare.Cli;
using Pare.Phases;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;

namespace Pare.Tests.Cli;

public sealed class BuildViewTests
{
    private static readonly PhasedRecipe s_recipe = PhasedRecipe.Parse(
        """
        name: small
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers:
            - linear: 10
        phases:
          - baseline: { target: What there is. }
          - pooled:
              target: Global average pooling asks whether a feature is there and not where it is, which costs some accuracy.
              set:
                training: { epochs: 5 }
        """,
        "small.yaml");

    [Fact]
    public void On_a_terminal_the_plan_is_wrapped_to_its_width()
    {
        var cli = new TestCli(terminal: true, width: 60);
        View(cli, seeds: 1).ShowPlan();
        Assert.Equal(
            """
            plan      2 phases, one seed each, about 1:15 on this
                      machine

               phase      params    MACs  time
            1  baseline  105,866  1.20 M  30 s
               change: none: the recipe as it stands
               target: What there is.
            2  pooled      4,306  98.7 k  45 s
               change: epochs 5
               target: Global average pooling asks whether a feature is
                       there and not where it is, which costs some
                       accuracy.


            """,
            cli.Out);
    }

    [Fact]
    public void A_row_has_mean_and_deviation_of_every_accuracy_where_there_is_room()
    {
        var cli = new TestCli(width: 80);
        Show(View(cli, seeds: 3));
        Assert.Equal(
            """
            phase      params    MACs       train %      valid. %        test %     gap  seconds
            baseline  105,866  1.20 M  99.31 ± 0.10  98.20 ± 0.20  98.11 ± 0.15   +1.20     12.3
              kept: what the others are measured against
            pooled      4,306  98.7 k  97.00 ± 0.10                97.11 ± 0.15   -0.11      8.0
              undone: -96 % parameters for -1.00 points, 0.48 allowed

            """,
            cli.Out);
    }

    [Theory]
    [InlineData(40, "saved     60 of 100 parameters (60 %), at +1.00 points of test accuracy\n")]
    [InlineData(130, "added     30 to 100 parameters (30 %), at +1.00 points of test accuracy\n")]
    public void At_the_end_it_says_what_was_saved_or_added(int parameters, string line)
    {
        var cli = new TestCli();
        PhaseOutcome first = Outcome with { Parameters = 100, Kept = true };
        PhaseOutcome last = first with { Name = "pooled", Parameters = parameters, Test = new Spread(0.9911, 0.001) };
        View(cli, seeds: 1).ShowEnd(
            new BuildRecord
            {
                Recipe = "small",
                Seeds = [1],
                Phases = [first, last],
                Environment = new RunEnvironment
                {
                    Started = DateTimeOffset.UnixEpoch,
                    CommandLine = ["pare", "down"],
                    Seed = 1,
                    Threads = 1,
                    DataSource = "built in",
                    DataFingerprint = "f00d",
                },
            },
            "report.html");
        Assert.Contains(line, cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_narrow_terminal_only_the_test_accuracy_has_its_deviation()
    {
        var cli = new TestCli(terminal: true, width: 80);
        Show(View(cli, seeds: 3));
        Assert.Equal(
            """
            phase      params    MACs  train %  valid. %        test %     gap  seconds
            baseline  105,866  1.20 M    99.31     98.20  98.11 ± 0.15   +1.20     12.3
            """,
            string.Join('\n', cli.Out.Split('\n')[..2]));
    }

    [Fact]
    public void The_live_line_tells_the_time_left_of_the_whole_build_and_learns_from_each_training()
    {
        var cli = new TestCli(terminal: true, width: 100);
        BuildView view = View(cli, seeds: 2);
        view.Report(new BuildProgress(s_recipe.Phases[0], 1, null, null));
        cli.Clock.Advance(TimeSpan.FromSeconds(10));
        view.Report(new BuildProgress(s_recipe.Phases[0], 1, Training(1, null), null));
        cli.Clock.Advance(TimeSpan.FromSeconds(50));
        view.Report(new BuildProgress(s_recipe.Phases[0], 1, Training(4, new EpochMetrics(4, 1, 1, null, null, 1, 60, 1)), null));
        view.Report(new BuildProgress(s_recipe.Phases[0], 2, null, null));
        cli.Clock.Advance(TimeSpan.FromSeconds(1));
        view.Report(new BuildProgress(s_recipe.Phases[0], 2, Training(1, null), null));
        string[] lines = cli.Out.Split("\r\e[K", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("1/2 baseline seed 1/2 ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░   7 %  epoch 1/4  loss 0.9877  2:20 left", lines[0]);
        Assert.Equal("1/2 baseline seed 2/2 ███████░░░░░░░░░░░░░░░░░░░░░░░  23 %  epoch 1/4  loss 0.9877  3:20 left", lines[^1]);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(80)]
    public void The_live_line_never_fills_the_terminals_width(int width)
    {
        var cli = new TestCli(terminal: true, width: width);
        View(cli, seeds: 2).Report(new BuildProgress(s_recipe.Phases[0], 1, Training(1, null), null));
        Assert.True(cli.Out.Replace("\r\e[K", "", StringComparison.Ordinal).Length < width, cli.Out);
    }

    [Theory]
    [InlineData("one two three", 20, "one two three")]
    [InlineData("one two three", 10, "one two|  three")]
    [InlineData("one two three", 7, "one two|  three")]
    [InlineData("unbreakable", 4, "unbreakable")]
    [InlineData("a unbreakable", 4, "a|  unbreakable")]
    [InlineData("漢字 漢字 漢字", 9, "漢字 漢字|  漢字")]
    [InlineData("", 4, "")]
    public void Text_is_broken_between_words(string text, int columns, string lines) =>
        Assert.Equal(lines.Split('|'), Messages.Wrap(text, columns, 2));

    private static PhaseOutcome Outcome => new()
    {
        Name = "baseline",
        Target = "",
        Change = "",
        Parameters = 105_866,
        Macs = 1_204_000,
        Runs = ["a", "b", "c"],
        Train = new Spread(0.9931, 0.001),
        Validation = new Spread(0.982, 0.002),
        Test = new Spread(0.9811, 0.0015),
        Seconds = 12.34,
        Why = "what the others are measured against",
    };

    private static void Show(BuildView view)
    {
        view.Report(new BuildProgress(s_recipe.Phases[0], 3, null, Outcome));
        view.Report(new BuildProgress(s_recipe.Phases[1], 3, null, Outcome with
        {
            Name = "pooled",
            Parameters = 4306,
            Macs = 98_700,
            Train = new Spread(0.97, 0.001),
            Validation = null,
            Test = new Spread(0.9711, 0.0015),
            Seconds = 8,
            Kept = false,
            Why = "-96 % parameters for -1.00 points, 0.48 allowed",
        }));
    }

    private static BuildView View(TestCli cli, int seeds) => new(
        cli.Console.Messages(json: false),
        [
            new PlannedPhase(s_recipe.Phases[0], 105_866, 1_204_000, seeds, 0, TimeSpan.FromSeconds(30)),
            new PlannedPhase(s_recipe.Phases[1], 4306, 98_700, seeds, 0, TimeSpan.FromSeconds(45)),
        ],
        new PhaseBuildOptions { Folder = "runs/a", Seeds = seeds },
        cli.Clock);

    private static TrainingProgress Training(int epoch, EpochMetrics? end) =>
        new(epoch, 4, 10, 100, 0.98765, 1000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(end is null ? 20 : 0), end);
}
