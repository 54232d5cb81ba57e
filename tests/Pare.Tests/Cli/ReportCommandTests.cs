using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Pare.Cli;
using Pare.Reporting;
using Pare.Runs;
using Pare.Tests.Reporting;

namespace Pare.Tests.Cli;

public sealed class ReportCommandTests : IDisposable
{
    private readonly ReportRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void One_run_gets_its_report_again_and_it_is_the_one_that_training_wrote()
    {
        _runs.Train("run");
        string file = Path.Combine(_runs["run"], "report.html"), before = File.ReadAllText(file);
        File.Delete(file);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("report", _runs["run"]));
        Assert.Equal($"report    {file}\n", cli.Out);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("recipe.yaml")]
    [InlineData("metrics.csv")]
    [InlineData("metrics.jsonl")]
    [InlineData("result.json")]
    [InlineData(".lock")]
    public async Task A_pipe_in_the_place_of_a_runs_file_keeps_nobody_waiting(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no named pipes in the file system.");
        _runs.Train("run");
        string file = Path.Combine(_runs["run"], name);
        File.Delete(file);
        using (Process make = Process.Start("mkfifo", [file])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        string[][] lines = [["report", _runs["run"]], ["train", _runs["run"], "--out", _runs["run"]], ["status", _runs["run"]]];
        foreach (string[] line in lines)
        {
            int code = await Task.Run(() => new TestCli().Run(line), TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.InRange(code, ExitCode.Done, ExitCode.TargetMissed);
        }
    }

    [Fact]
    public void Several_are_compared()
    {
        string build = _runs.Build(), file = _runs["both.html"];
        _runs.Train("other", "--seed", "5");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("report", build, _runs["other"], Path.Combine(build, "02-wide", "seed-1"), "--out", file));
        XElement page = ReportRuns.Read(file);
        Assert.Equal(["Figures", "By pairs", "Size against accuracy", "Curves", "Recipes"], ReportRuns.Headings(page));
        Assert.Equal(["build", "other", "02-wide/seed-1"], page.Descendants("tbody").First().Elements("tr")
            .Select(static row => row.Elements().First().Value));

        // The build has one seed, and so has each of the others: image by image.
        XElement[] pairs = [.. page.Descendants("section").Single(static part => part.Element("h2")?.Value == "By pairs").Descendants("tr")
            .Skip(1)];
        Assert.Equal(["other", "02-wide/seed-1"], pairs.Select(static row => row.Elements().First().Value));
        Assert.All(pairs, static row => Assert.Equal("50 images", row.Elements().Last().Value));
    }

    // Singles whose differences are not the same to the digit, and are one image each.
    [Fact]
    public void Builds_that_differ_by_the_same_in_all_seeds_have_neither_interval_nor_p_value()
    {
        string build = _runs.Build(), other = _runs["again"];
        foreach (string file in Directory.GetFiles(build, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(other, Path.GetRelativePath(build, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach ((string folder, int right) in new[] { (build, 41), (other, 42) })
        {
            foreach (int seed in new[] { 1, 2 })
            {
                string file = Path.Combine(folder, "01-baseline", $"seed-{seed}", RunFolder.ResultFile);
                JsonNode result = JsonNode.Parse(File.ReadAllText(file))!;
                result["test_accuracy"] = (right - (7 * seed)) / 50f;
                File.WriteAllText(file, result.ToJsonString());
            }
        }

        Assert.Equal(ExitCode.Done, new TestCli().Run("report", build, other, "--out", _runs["both.html"]));
        Assert.Equal(["again", "+2.00", "-", "-", "", "", "2 seeds"], ReportRuns.Read(_runs["both.html"]).Descendants("section")
            .Single(static part => part.Element("h2")?.Value == "By pairs").Descendants("tr").Last().Elements()
            .Select(static cell => cell.Value));
    }

    [Fact]
    public void Runs_without_predictions_are_compared_by_their_means_alone()
    {
        _runs.Train("run");
        _runs.Train("other", "--seed", "5");
        File.WriteAllText(Path.Combine(_runs["other"], RunFolder.PredictionsFile), "damaged");
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", _runs["run"], _runs["other"], "--out", _runs["both.html"]));
        Assert.Contains("nothing: a run kept no predictions, or they cannot be read", ReportRuns.Read(_runs["both.html"]).Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_report_leaves_out_is_told_beside_its_page()
    {
        _runs.Train("run");
        _runs.Train("other", "--seed", "5");
        File.WriteAllText(Path.Combine(_runs["run"], RunFolder.RobustnessFile), "damaged");
        File.Delete(Path.Combine(_runs["run"], RunFolder.EvaluationFile));
        TestCli one = new(width: 1000), both = new(width: 1000);
        Assert.Equal(ExitCode.Done, one.Run("report", _runs["run"]));
        string file = Path.Combine(_runs["run"], "report.html");
        AssertTold(one.Out, file, "");
        Assert.EndsWith($"\nreport    {file}\n", one.Out, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, both.Run("report", _runs["run"], _runs["other"], "--out", _runs["both.html"]));
        AssertTold(both.Out, _runs["both.html"], $"{_runs["run"]}: ");

        static void AssertTold(string text, string page, string before)
        {
            string[] notes =
                [.. text.Split('\n').Where(static line => line.StartsWith("note ", StringComparison.Ordinal))
                .Select(static line => line[10..])];
            string[] named = [.. ReportRuns.Read(page).Descendants("section")
                .Single(static part => part.Element("h2")?.Value == "Left out").Descendants("li").Select(static item => item.Value)];
            Assert.Equal(named.Select(static what => $"the report leaves out {what}"), notes);
            Assert.Equal($"{before}evaluation.json: it is not there", named[0]);
            Assert.StartsWith($"{before}robustness.json: ", named[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_folder_that_is_no_run_is_named()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("report", _runs.Files.Data));
        Assert.StartsWith($"error: There is neither a run nor a build in this folder.\nwhere: {_runs.Files.Data}\n  fix: ", cli.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_one_run_is_written_elsewhere_where_that_is_asked_for()
    {
        _runs.Train("run");
        string own = Path.Combine(_runs["run"], HtmlReport.ReportFile), other = _runs.Files.Folder["a.html"];
        string page = File.ReadAllText(own);
        File.Delete(own);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("report", _runs["run"], "--out", other));
        Assert.Contains($"report    {other}\n", cli.Out, StringComparison.Ordinal);
        Assert.Equal(page.Length, File.ReadAllText(other).Length);
        Assert.False(File.Exists(own));
    }
}
