using System.Globalization;
using System.Text.Json;
using Pare.Cli;
using Pare.Evaluation;
using Pare.Runs;
using Pare.Runs.TensorBoard;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>What a user with uneven classes is told: accuracy alone hides a class that is never recognized.</summary>
public sealed class UnevenClassesTests : IDisposable
{
    private const string Meaning = EvaluationResult.BalancedMeaning;

    private readonly PhotoFiles _files = new();
    private readonly string _uneven;

    public UnevenClassesTests() => _uneven = _files.Folder.Write("uneven",
        PhotoFiles.Pictures(60).Where(static picture => !picture.Name.StartsWith("ant/", StringComparison.Ordinal)
            || string.CompareOrdinal(picture.Name, "ant/14") < 0));

    private string Out => _files["out"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_training_ends_with_the_balanced_accuracy_that_eval_tells()
    {
        TestCli train = new(), eval = new(), report = new();
        Assert.Equal(ExitCode.Done, train.Run("train", _files.Recipe, "--data", _uneven, "--out", Out));
        Assert.Equal(ExitCode.Done, eval.Run("eval", Out));
        string line = Line(train.Out, "balanced  accuracy ");
        Assert.EndsWith(Meaning, line, StringComparison.Ordinal);
        Assert.Equal(line, Line(eval.Out, "balanced  accuracy "));
        float balanced = RunSummary.Read(Path.Combine(Out, RunFolder.ResultFile))!.BalancedTestAccuracy!.Value;
        Assert.Contains($"accuracy {Amounts.Percent(balanced)}:", line, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(Out, "report.html"));
        Assert.Contains($"balanced {Amounts.Percent(balanced)}", page.Replace('\u00a0', ' '), StringComparison.Ordinal);
        TestCli inspect = new(), json = new();
        Assert.Equal(ExitCode.Done, inspect.Run("inspect", Out));
        Assert.EndsWith($"as measured after the training; balanced {Amounts.Percent(balanced)}", Line(inspect.Out, "accuracy  "),
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, json.Run("inspect", Out, "--json"));
        Assert.Equal(balanced, JsonDocument.Parse(json.Out).RootElement.GetProperty("card").GetProperty("balanced_accuracy").GetDouble(),
            1e-6);
        List<Event> events = EventRecords.Read(Directory.GetFiles(Out, "events.out.tfevents.*").Single());
        Assert.Equal(balanced, events[^1].Summary.Value.Single(static value => value.Tag == "result/balanced_test_accuracy").SimpleValue);
        Assert.Contains("The training loss is what is minimized, class weights and label smoothing included", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_are_compared_by_it_too()
    {
        string other = _files["other"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _uneven, "--out", Out));
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", Weighted(), "--data", _uneven, "--out", other, "--epochs", "30"));
        string[] shares = [.. new[] { Out, other }.Select(static run =>
            Amounts.Percent(RunSummary.Read(Path.Combine(run, RunFolder.ResultFile))!.BalancedTestAccuracy!.Value))];
        Assert.NotEqual(shares[0], shares[1]);
        TestCli eval = new(), json = new();
        Assert.Equal(ExitCode.Done, eval.Run("eval", Out, "--against", other));
        Assert.EndsWith($", balanced {shares[1]}, on the same images", Line(eval.Out, "against   "), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, json.Run("eval", Out, "--against", other, "--json"));
        Assert.Equal(shares[1], Amounts.Percent(JsonDocument.Parse(json.Out).RootElement.GetProperty("against")
            .GetProperty("balanced_accuracy").GetSingle()));
        string page = _files["both.html"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", Out, other, "--out", page));
        string text = File.ReadAllText(page).Replace('\u00a0', ' ');
        Assert.Contains($"Balanced is {Meaning}, on the test images.", text, StringComparison.Ordinal);
        Assert.All(shares, share => Assert.Contains($">{share}<", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 80)]
    [InlineData(2, 80)]
    [InlineData(1, 200)]
    public void The_tables_of_a_build_stay_tables_on_a_narrow_terminal(int seeds, int width)
    {
        string recipe = _files.Write("phases.yaml", PhotoFiles.RecipeText + "\nphases:\n  - the_textbook_network: {}\n" +
            "  - one_epoch: { set: { training: { epochs: 1 } } }\n");
        var cli = new TestCli(terminal: true, width: width);
        Assert.Equal(ExitCode.Done, cli.Run("down", recipe, "--data", _uneven, "--out", Out, "--seeds", $"{seeds}"));
        string[] lines = [.. cli.Out.Split('\n').Select(static line => line[(line.LastIndexOf("\e[K", StringComparison.Ordinal) is >= 0 and
            int clear ? clear + 3 : 0)..])];
        Assert.All(lines, line => Assert.InRange(Printable.Width(line), 0, width - 1));
        Assert.Equal(1, lines.Count(static line => line.StartsWith("phase ", StringComparison.Ordinal)
            && line.Contains(" test %", StringComparison.Ordinal) && line.EndsWith(" seconds", StringComparison.Ordinal)));
        string heading = lines.Single(static line => line.StartsWith("phase ", StringComparison.Ordinal)
            && line.Contains(" balanced", StringComparison.Ordinal) && line.EndsWith(" kept", StringComparison.Ordinal));
        Assert.Equal(width == 200, heading.Contains(" MACs", StringComparison.Ordinal));
        Assert.Equal(seeds == 1, heading.Contains(" of ", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_classes_are_even_nothing_of_it_is_written()
    {
        TestCli train = new(), check = new(), ablate = new();
        Assert.Equal(ExitCode.Done, train.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out));
        Assert.Equal(ExitCode.Done, check.Run("data", "check", _files.Data));
        Assert.Equal(ExitCode.Done, ablate.Run("ablate", Weighted(), "--data", _files.Data, "--seeds", "2", "--out", _files["table"]));
        string written = train.Out + check.Out + ablate.Out + File.ReadAllText(Path.Combine(Out, RunFolder.ResultFile))
            + File.ReadAllText(Path.Combine(Out, "report.html")).Split("<script", 2)[0]
            + File.ReadAllText(Path.Combine(_files["table"], "ablation.md"))
            + File.ReadAllText(Path.Combine(_files["table"], "results.tex"))
            + File.ReadAllText(Path.Combine(_files["table"], "ablation.json"));
        Assert.DoesNotContain("uneven", written, StringComparison.Ordinal);
        Assert.DoesNotContain("alanced_", written, StringComparison.Ordinal);
        Assert.DoesNotContain("balanced  ", written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_says_that_classes_are_uneven()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("data", "check", _uneven));
        Assert.Contains("note      the classes are uneven: always saying `bee` would be right for 44.78 % of the images\n",
            cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_shows_what_a_phase_does_to_it_beside_the_accuracy()
    {
        string recipe = _files.Write("phases.yaml", PhotoFiles.RecipeText + "\nphases:\n  - first: {}\n  - second: { set: { training: " +
            "{ epochs: 1 } } }\n");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("down", recipe, "--data", _uneven, "--out", Out));
        Assert.Contains("  test %  against baseline  balanced %  corrupted %  kept\n", cli.Out, StringComparison.Ordinal);
        Assert.Matches(@"\nsaved .* points of test accuracy \([-+0-9. to]+ with 95 % confidence, over other images\) and [-+]?[0-9.]+ of "
            + "balanced accuracy\n", cli.Out);
        Assert.Contains($"\nbalanced  {Meaning}; the classes are uneven, and verdicts go by the accuracy on all images\n", cli.Out,
            StringComparison.Ordinal);
        PhaseOutcome outcome = BuildRecord.TryRead(Out)!.Phases[1];
        float run = RunSummary.Read(Path.Combine(Out, outcome.Runs[0], RunFolder.ResultFile))!.BalancedTestAccuracy!.Value;
        Assert.Equal(run, outcome.Balanced!.Value.Mean, 1e-6);
        foreach (string file in new[] { "results.md", "results.tex" })
            Assert.Contains($"Balanced is {Meaning}.", File.ReadAllText(Path.Combine(Out, file)), StringComparison.Ordinal);
        Assert.Contains(",balanced/accuracy,", File.ReadAllText(Path.Combine(Out, "results.csv")), StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(Out, "report.html")).Replace('\u00a0', ' ');
        Assert.Contains($"Balanced is {Meaning}, on the test images; verdicts go by the accuracy on all images.", page,
            StringComparison.Ordinal);
        Assert.Matches("balanced [0-9.]+ %, .[0-9.]+ points<", page);
    }

    [Fact]
    public void An_ablation_shows_what_each_row_does_to_it_though_nobody_asks()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("ablate", Weighted(), "--data", _uneven, "--seeds", "2", "--out", Out));
        Assert.Matches("\ntechnique +balanced +sd +difference +95 % interval +p, Holm\nbaseline .*\nwithout class_weights ", cli.Out);
        Assert.Contains($"balanced is {Meaning}, on the test images", cli.Out, StringComparison.Ordinal);
        using var table = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "ablation.json")));
        JsonElement row = table.RootElement.GetProperty("rows")[1];
        Assert.InRange(row.GetProperty("balanced").GetProperty("mean").GetDouble(), 0, 1);
        Assert.True(row.GetProperty("runs")[0].TryGetProperty("balanced_test_accuracy", out _));
        Assert.Contains($"Balanced is {Meaning}.", File.ReadAllText(Path.Combine(Out, "ablation.md")), StringComparison.Ordinal);
        Assert.Contains("<h2>Balanced accuracy</h2>", File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_threshold_is_said_to_hold_for_all_answers_together_and_a_wish_too_high_gets_one_that_is_fulfilled()
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _uneven, "--out", Out, "--epochs", "60"));
        TestCli high = new(), less = new();
        Assert.Equal(ExitCode.Data, high.Run("eval", Out, "--sure", "99.9"));
        string fix = Line(high.Error, "  fix: Wish for less, such as --sure ");
        string wish = fix.Split("--sure ")[1].Split(',')[0];
        Assert.Equal(ExitCode.Done, less.Run("eval", Out, "--sure", wish));
        Assert.Contains("\nnote      the classes are uneven: this holds for all answers together", less.Out, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Data, "No threshold makes", "eval", Out, "--sure",
            (int.Parse(wish, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture));
    }

    private static string Line(string text, string begin) =>
        text.Split('\n').Single(line => line.StartsWith(begin, StringComparison.Ordinal));

    private string Weighted() => _files.Write("weighted.yaml", PhotoFiles.RecipeText + "\ntechniques: { class_weights: 0.5 }\n");
}
