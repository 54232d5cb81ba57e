using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pare.Cli;
using Pare.Evaluation;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Reporting;

public sealed partial class HtmlReportTests : IDisposable
{
    private const string Hostile = "</td><script>alert('1')</script>&amp;\"\u0001\ud800";

    private readonly ReportRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void A_run_is_reported_with_its_figures()
    {
        _runs.Train("run");
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Equal(
            ["Size against accuracy", "Training", "Setup", "Network", "Mistakes", "Confidence", "Worst images", "First filters",
            "Lighter, faster, robust", "To repeat it", "Try it"], ReportRuns.Headings(page));
        Assert.Equal("tiny", page.Descendants("h1").Single().Value);
        string[] values =
            [.. page.Descendants("dd").Where(static value => value.Attribute("class") is null).Select(static value => value.Value)];
        using JsonDocument result = JsonDocument.Parse(File.ReadAllText(Path.Combine(_runs["run"], "result.json")));
        Assert.Equal((100 * result.RootElement.GetProperty("test_accuracy").GetDouble())
            .ToString("F2", System.Globalization.CultureInfo.InvariantCulture) + " %", values[0]);
        Assert.Equal(["250", "1,312"], values[1..3]);
        int images = JsonNode.Parse(File.ReadAllText(Path.Combine(_runs["run"], RunFolder.EvaluationFile)))!["images"]!.GetValue<int>();
        (double low, double high) =
            Wilson.Interval(result.RootElement.GetProperty("test_accuracy").GetDouble(), images);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{100 * low:F1} to {100 * high:F1}\u00A0% with 95\u00A0% confidence, {images} images"),
            page.Descendants("dd").Select(static value => value.Value));
        Assert.Equal(24, page.Descendants("img").Count());
        Assert.Contains("Published: 1,500: 99.2 % (arXiv 2205.12050).", page.Descendants("p").Select(static text => text.Value));
        Assert.Contains("quick subset",
            page.Descendants("tr").Single(static row => row.Value.StartsWith("robust", StringComparison.Ordinal)).Value,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("build")]
    [InlineData("comparison")]
    public void A_report_needs_nothing_beside_it(string kind)
    {
        string file = kind == "build" ? HtmlReport.Save(_runs.Build()) : Path.Combine(_runs["run"], HtmlReport.ReportFile);
        if (kind != "build") _runs.Train("run");
        if (kind == "comparison") HtmlReport.SaveComparison([_runs["run"], _runs["run"]], file = _runs["both.html"]);
        XElement page = ReportRuns.Read(file);
        Assert.DoesNotContain(page.Descendants(), static element =>
            element.Name.LocalName is "iframe" or "object" or "embed" or "base" or "form");
        Assert.Equal(kind == "comparison" ? [] : ["text/plain", null], page.Descendants("script")
            .Select(static script => script.Attribute("type")?.Value));
        foreach (XAttribute attribute in page.Descendants().Attributes())
        {
            Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal), attribute.ToString());
            if (attribute.Name.LocalName is "src" or "href") Assert.StartsWith("data:", attribute.Value, StringComparison.Ordinal);
            if (attribute.Name.LocalName is "style" or "fill" or "stroke")
                Assert.DoesNotContain("url(", attribute.Value, StringComparison.Ordinal);
        }

        string style = page.Descendants("style").Single().Value;
        Assert.DoesNotMatch(@"url\(|@import|https?:", style);
        Assert.Contains("default-src 'none'", page.Descendants("meta").Single(static meta => meta.Attribute("http-equiv") is not null)
            .Attribute("content")!.Value, StringComparison.Ordinal);
    }

    // A browser does not decode entities in a style, and takes <div/> for an opening tag.
    [Fact]
    public void A_browser_reads_what_an_xml_reader_reads()
    {
        _runs.Train("run");
        string text = File.ReadAllText(HtmlReport.Save(_runs["run"]));
        Assert.DoesNotMatch("[<>&]", Style().Match(text).Groups[1].Value);
        string withoutPictures = Pictures().Replace(text, "");
        Assert.All(SelfClosed().Matches(withoutPictures), static match =>
            Assert.Contains(match.Groups[1].Value, new[] { "meta", "link", "img", "input" }));
    }

    [Fact]
    public void Every_picture_and_table_says_what_it_is()
    {
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs.Build()));
        XElement[] pictures = [.. page.Descendants().Where(static element => element.Name.LocalName == "svg")];
        Assert.InRange(pictures.Length, 10, 100);
        Assert.All(pictures, static svg =>
        {
            Assert.Equal("img", svg.Attribute("role")!.Value);
            Assert.NotEmpty(svg.Elements().First(static element => element.Name.LocalName == "title").Value);
            Assert.NotEmpty(svg.Elements().First(static element => element.Name.LocalName == "desc").Value);
        });
        Assert.All(page.Descendants("img"), static image => Assert.NotEmpty(image.Attribute("alt")!.Value));
        Assert.All(page.Descendants("table"), static table =>
        {
            Assert.NotEmpty(table.Element("caption")!.Value);
            Assert.All(table.Element("thead")!.Descendants("th"), static cell => Assert.Equal("col", cell.Attribute("scope")!.Value));
            int columns = table.Element("thead")!.Descendants("th").Count();
            Assert.All(table.Element("tbody")!.Elements("tr"), row =>
                Assert.Equal(columns, row.Elements().Sum(static cell => (int?)cell.Attribute("colspan") ?? 1)));
        });
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        _runs.Train("run", "--set", $"description={JsonSerializer.Serialize("</p><script>alert(1)</script>")}");
        string file = Path.Combine(_runs["run"], RunFolder.EvaluationFile);
        JsonNode evaluation = JsonNode.Parse(File.ReadAllText(file))!;
        evaluation["classes"]![3]!["name"] = "hostile";
        File.WriteAllText(file, evaluation.ToJsonString()
            .Replace("\"hostile\"", JsonSerializer.Serialize(Hostile), StringComparison.Ordinal));
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Equal(2, page.Descendants("script").Count());
        Assert.Contains("</p><script>alert(1)</script>", page.Element("body")!.Element("main")!.Element("header")!.Elements("p")
            .Select(static text => text.Value));
        Assert.Contains("</td><script>alert('1')</script>&amp;\"\ufffd\ufffd", page.Descendants("th").Select(static cell => cell.Value));
    }

    [Theory]
    [InlineData(RunFolder.RecipeFile, "Network")]
    [InlineData(RunFolder.ModelFile, "First filters")]
    [InlineData(RunFolder.ModelFile, "Try it")]
    [InlineData(RunFolder.EvaluationFile, "Mistakes")]
    [InlineData(MetricsLog.CsvFile, "Training")]
    [InlineData(RunFolder.ResultFile, "Size against accuracy")]
    [InlineData(RunFolder.EnvironmentFile, null)]
    public void What_is_missing_or_damaged_is_left_out_and_named(string file, string? heading)
    {
        _runs.Train("run");
        string whole = File.ReadAllText(HtmlReport.Save(_runs["run"]));
        Assert.DoesNotContain("Left out", whole, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(_runs["run"], file), "epoch,a\n1\n: {");
        Check();
        File.Delete(Path.Combine(_runs["run"], file));
        Check();

        void Check()
        {
            XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
            Assert.Contains("Left out", ReportRuns.Headings(page));
            Assert.Contains(page.Descendants("li"), item => item.Value.StartsWith(file + ": ", StringComparison.Ordinal));
            if (heading is not null) Assert.DoesNotContain(heading, ReportRuns.Headings(page));
        }
    }

    [Fact]
    public void A_build_is_reported_phase_by_phase()
    {
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs.Build()));
        XElement table = page.Descendants("table").First();
        Assert.Equal(
            ["baseline2501,31295.00 ± 1.00 %92.00 ± 2.00 %91.23 ± 0.45 %30.80 %+3.771.5 skept what the others are measured against",
            "something to <measure> against",
            "widemodel.layers.0.conv.channels: 84942,62496.00 %90.00 ± 1.00 %57.60 %+6.002.0 sundone +98\u00A0% parameters"],
            table.Element("tbody")!.Elements("tr").Select(static row => row.Value));
        string[] notes =
            [.. page.Descendants("dd").Where(static value => value.Attribute("class") is not null).Select(static value => value.Value)];
        Assert.Contains("all 2 phases", notes);

        // Student's t of one degree of freedom: 12.706 x 0.45 / sqrt(2) = 4.04 points.
        Assert.Contains("87.2 to 95.3\u00A0% with 95\u00A0% confidence: the mean of other seeds, on these 50 images", notes);
        Assert.Contains(notes, static note => note.StartsWith("baseline: 1.5\u00A0s, ", StringComparison.Ordinal));
        Assert.Equal("7.0 s", page.Descendants("dd").Last(static value => value.Attribute("class") is null).Value);
        Assert.Contains("The figures are those of the last phase that was kept, baseline.", page.Descendants("p")
            .Select(static text => text.Value));
        Assert.Equal(["baseline", "wide"], page.Descendants("h3").Select(static heading => heading.Value));
        Assert.Equal("pare down \"my recipe.yaml\"", page.Descendants("pre").Single().Value.Split('\n')[0]);

        // Thin lines of two seeds and a bold one, of training and of validation.
        XElement loss = page.Descendants()
            .First(static element => element.Name.LocalName == "svg" && element.Attribute("aria-label")!.Value == "baseline: loss");
        Assert.Equal(6, loss.Elements().Count(static element => element.Name.LocalName == "path"));
    }

    [Fact]
    public void What_was_measured_of_robustness_is_shown()
    {
        _runs.Train("run");
        string file = Path.Combine(_runs["run"], RunFolder.EvaluationFile);
        JsonNode evaluation = JsonNode.Parse(File.ReadAllText(file))!;
        evaluation["corrupted_accuracy"] = 0.4321;
        File.WriteAllText(file, evaluation.ToJsonString());
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Contains("robustaccuracy on corrupted images, quick subset43.21 %",
            page.Descendants("tr").Select(static row => row.Value));
        Assert.DoesNotContain("Robustness", ReportRuns.Headings(page));
    }

    [Fact]
    public void Calibration_is_drawn_once_for_each_network_and_says_of_which_images()
    {
        _runs.Train("run");
        string Shown(params string[] more)
        {
            Assert.Equal(ExitCode.Done, new TestCli().Run(["eval", _runs["run"], "--robust", "--sections", "calibration", .. more]));
            XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
            Assert.Equal(more.Contains("--int8") ? 2 : 1, page.Descendants().Count(static one => one.Name.LocalName == "svg"
                && one.Attribute("aria-label")?.Value == "Calibration"));
            return page.Value;
        }

        // The fuller measurement takes the place of the lesser, and not the other way round.
        Assert.Contains(" on these images; the section Confidence draws that of the run's 50 test images. ", Shown("--images", "20"),
            StringComparison.Ordinal);
        Assert.Contains("; the section Confidence draws it. ", Shown(), StringComparison.Ordinal);
        Shown("--int8");
    }

    [Fact]
    public void The_record_of_robustness_has_a_section_with_maps_and_pictures()
    {
        _runs.Train("run");
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", _runs["run"], "--robust", "--severities", "2,4",
            "--sections", "corruptions,shifts"));
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        XElement section = page.Descendants("section").Single(static one => one.Element("h2")!.Value == "Robustness");
        Assert.Equal(["Corruptions", "Shifts"], section.Descendants().Where(static one => one.Name.LocalName == "svg")
            .Select(static map => map.Attribute("aria-label")!.Value));

        Assert.Matches(@"corrupted images is [\d.]+ % \(95 %: [\d.]+ % to [\d.]+ %\) over 16 kinds, a relative drop of ", section.Value);
        Assert.Matches(@"[\d.]+ % \(95 %: [\d.]+ % to [\d.]+ %\) of the images keep their class", section.Value);

        // 16 kinds of grey images, two severities each, and the image as it is.
        Assert.Equal(33, section.Descendants("img").Count());
        File.WriteAllText(Path.Combine(_runs["run"], RunFolder.RobustnessFile), "{");
        page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.DoesNotContain("Robustness", ReportRuns.Headings(page));
        Assert.Contains(RunFolder.RobustnessFile, page.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "run": 1 }""")]
    [InlineData("""{ "\ud800": 1 }""")]
    [InlineData("""{ "description": "\ud800", "recipe": "\ud800", "data": "\ud800" }""")]
    [InlineData("[1]")]
    [InlineData("\"a\"")]
    [InlineData("1e30")]
    [InlineData("")]
    public void A_damaged_record_is_named_and_the_rest_of_a_report_is_made(string text)
    {
        string build = _runs.Build();
        foreach (
            string file in new[] { "01-baseline/seed-1/result.json", "01-baseline/seed-1/evaluation.json",
            "01-baseline/seed-1/environment.json" }) _runs.Files.Write($"build/{file}", text);
        XElement page = ReportRuns.Read(HtmlReport.Save(build));
        Assert.Contains(page.Descendants("li"), static item =>
            item.Value.Contains("01-baseline/seed-1: result.json: ", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("li"), static item => item.Value.Contains("evaluation.json: ", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("li"), static item => item.Value.Contains("environment.json: ", StringComparison.Ordinal));
        Assert.Contains("Mistakes", ReportRuns.Headings(page));

        _runs.Files.Write("build/build.json", text);
        page = ReportRuns.Read(HtmlReport.Save(build));
        Assert.Contains(page.Descendants("li"), static item => item.Value.StartsWith("build.json: ", StringComparison.Ordinal));
        Assert.Contains("The record of this build is damaged", page.Value, StringComparison.Ordinal);
        Assert.Equal(["baseline", "wide"], page.Descendants("h3").Select(static heading => heading.Value));
    }

    [Theory]
    [InlineData("Infinity,1,0.5\n", true)]
    [InlineData("1,1e38,0.5\n2,nonsense,\n", true)]
    [InlineData("1,1,1e39\n", false)]
    [InlineData("1,1,-0.5\n", false)]
    [InlineData(null, false)]
    public void Metrics_that_cannot_be_are_named(string? rows, bool shown)
    {
        _runs.Train("run");
        File.WriteAllText(Path.Combine(_runs["run"], MetricsLog.CsvFile), rows is null ? "{ \"epoch\": 1 }"
            : "epoch,train/loss,validation/accuracy\n" + rows);
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Equal(shown, !page.Descendants("li")
            .Any(static item => item.Value.StartsWith(MetricsLog.CsvFile, StringComparison.Ordinal)));
    }

    [Fact]
    public void One_epoch_is_none_of_several()
    {
        _runs.Train("run", "--set", "training.epochs=1");
        string whole = ReportRuns.Read(HtmlReport.Save(_runs["run"])).Value;
        File.Delete(Path.Combine(_runs["run"], RunFolder.ResultFile));
        string interrupted = ReportRuns.Read(HtmlReport.Save(_runs["run"])).Value;
        Assert.Contains("interrupted after 1 of 1 epoch,", interrupted, StringComparison.Ordinal);
        Assert.DoesNotContain("1 epochs", whole + interrupted, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_run_is_called_that()
    {
        _runs.Train("run");
        File.Delete(Path.Combine(_runs["run"], RunFolder.ResultFile));
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Contains("interrupted after 3 of 3 epochs", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missed_target_is_on_the_page()
    {
        Assert.Equal(Pare.Cli.ExitCode.TargetMissed, new Pare.Tests.Cli.TestCli().Run(
            ["train", _runs.Files.Recipe, "--data", _runs.Files.Data, "--out", _runs["run"], "--threads", "1", "--epochs", "1", "--set",
            "target.test_accuracy=1", "--set", "training.schedule.one_cycle.peak_rate=0.000001"]));
        Assert.Matches(@"The target is missed: \d+\.\d\d % test accuracy, and the target is 100\.00 %\.",
            ReportRuns.Read(HtmlReport.Save(_runs["run"])).Value);
    }

    [Fact]
    public void A_verdict_never_says_kept_and_that_it_does_not_pay_in_one_line()
    {
        string build = _runs.Build(), file = Path.Combine(build, "build.json");
        foreach (
            string change in new[] { "\"kept\": true, \"why\": \"+98 % parameters: consider leaving it out\"",
            "\"kept\": true, \"costly\": true, \"why\": \"+98 % parameters\"" })
        {
            string text = File.ReadAllText(file);
            File.WriteAllText(file, text.Replace("\"kept\": false, \"why\": \"+98 % parameters\"", change, StringComparison.Ordinal));
            Assert.Contains("stays, though it costs more than it saves: +98\u00A0% parameters", ReportRuns.Read(HtmlReport.Save(build))
                .Descendants("table").First().Value, StringComparison.Ordinal);
            File.WriteAllText(file, text);
        }
    }

    [Fact]
    public void What_it_was_trained_with_is_shown()
    {
        _runs.Train("run", "--set", "techniques.label_smoothing=0.1", "--set", "training.optimizer={adamw: {weight_decay: 0.02}}", "--set",
            "training.batch_size=16");
        string[] rows =
            [.. ReportRuns.Read(HtmlReport.Save(_runs["run"])).Descendants("tr")
            .Select(static row => string.Join(" | ", row.Elements().Select(static cell => cell.Value)))];
        Assert.Contains("training: batch size | 16", rows);
        Assert.Contains(rows, static row => row.StartsWith("training: optimizer | adamw (", StringComparison.Ordinal)
            && row.Contains("weight_decay 0.02", StringComparison.Ordinal));
        Assert.Contains(rows, static row =>
            row.StartsWith("techniques: label smoothing | ", StringComparison.Ordinal) && row.Contains("0.1", StringComparison.Ordinal));
        Assert.Contains(rows, static row => row.StartsWith("training: schedule | ", StringComparison.Ordinal));
        Assert.Contains("images to train on | 83", rows);
        Assert.Contains("images for validation | 17", rows);
        Assert.Contains("images for testing | 50, the data set's own", rows);
        Assert.Contains(rows, static row => DataPrint().IsMatch(row));

        // A run of an earlier version kept no list of its images.
        File.Delete(Path.Combine(_runs["run"], RunFolder.SplitFile));
        XElement earlier = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Contains("images for testing50", earlier.Descendants("tr").Select(static row => row.Value));
        Assert.DoesNotContain("Left out", ReportRuns.Headings(earlier));
    }

    [Fact]
    public void Classes_have_precision_recall_and_F1_and_a_dash_where_there_is_none()
    {
        _runs.Train("run");
        string file = Path.Combine(_runs["run"], RunFolder.EvaluationFile);
        JsonNode evaluation = JsonNode.Parse(File.ReadAllText(file))!;
        int classes = evaluation["classes"]!.AsArray().Count;
        int[][] confusion = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
        (confusion[0][0], confusion[0][1], confusion[1][1], confusion[2][0]) = (3, 1, 1, 2);
        evaluation["confusion"] = JsonSerializer.SerializeToNode(confusion);
        File.WriteAllText(file, evaluation.ToJsonString());
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        string[] rows =
            [.. page.Descendants("table")
            .Single(static table => table.Element("caption")!.Value.StartsWith("Precision", StringComparison.Ordinal))
            .Element("tbody")!.Elements("tr")
            .Select(static row => string.Join(' ', row.Elements().Skip(1).Select(static cell => cell.Value)))];
        Assert.Equal("4 60.00 % 75.00 % 66.67 %", rows[0]);
        Assert.Equal("1 50.00 % 100.00 % 66.67 %", rows[1]);
        Assert.Equal("2 - 0.00 % 0.00 %", rows[2]);
        Assert.Equal("0 - - -", rows[3]);
        Assert.Equal("7 55.00 % 58.33 % 44.44 %", rows[^1]);
        Assert.DoesNotContain("NaN", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparison_says_how_the_recipes_differ_and_draws_a_single_epoch()
    {
        _runs.Train("one", "--set", "training.epochs=1", "--set", "training.seed=1");
        _runs.Train("two", "--set", "training.epochs=1", "--set", "training.seed=2", "--set", "model.layers.0.conv.channels=6", "--set",
            "techniques.label_smoothing=0.1");
        HtmlReport.SaveComparison([_runs["one"], _runs["two"]], _runs["both.html"]);
        XElement page = ReportRuns.Read(_runs["both.html"]), table = page.Descendants("table").Last();
        Assert.Equal(["setting", "one", "two"], table.Element("thead")!.Descendants("th").Select(static cell => cell.Value));
        string[] rows =
            [.. table.Element("tbody")!.Elements("tr")
            .Select(static row => string.Join(" | ", row.Elements().Select(static cell => cell.Value)))];
        Assert.Contains("training.seed | 1 | 2", rows);
        Assert.Contains("model.layers.0.conv.channels | 4 | 6", rows);
        Assert.Contains(rows, static row => row.StartsWith("techniques.label_smoothing | - | ", StringComparison.Ordinal));
        Assert.Equal(3, rows.Length);
        XElement[] curves =
            [.. page.Descendants("section").Single(static section => section.Element("h2")!.Value == "Curves").Descendants()
            .Where(static element => element.Name.LocalName == "svg")];
        Assert.NotEmpty(curves);
        Assert.All(curves, static chart => Assert.Equal(2, chart.Elements().Count(static element => element.Name.LocalName == "circle")));

        HtmlReport.SaveComparison([_runs["one"], _runs["one"]], _runs["both.html"]);
        Assert.Contains("All runs have the same recipe.", ReportRuns.Read(_runs["both.html"]).Descendants("p")
            .Select(static text => text.Value));
    }

    [Fact]
    public void A_comparison_sets_the_records_of_robustness_side_by_side_and_says_what_cannot_be_compared()
    {
        string[] Measure(string run, params string[] more)
        {
            Assert.Equal(ExitCode.Done, new TestCli().Run(["eval", _runs[run], "--robust", "--sections",
                "corruptions,shifts,calibration,strangers,flatness,attacks", "--eps", "4,8", "--attacked", "5", "--kinds", "fog,jpeg",
                "--severities", .. more]));
            string[] doubts = [.. HtmlReport.SaveComparison([_runs["one"], _runs["two"]], _runs["both.html"])];
            return [.. doubts.Where(static doubt => doubt.Contains("robustness", StringComparison.Ordinal))];
        }

        XElement? Section() => ReportRuns.Read(_runs["both.html"]).Descendants("section")
            .SingleOrDefault(static one => one.Element("h2")!.Value == "Robustness");

        string[][] Rows() => [.. Section()!.Descendants("tr")
            .Select(static row => row.Elements().Select(static cell => cell.Value).ToArray())];

        _runs.Train("one");
        _runs.Train("two", "--seed", "2");
        HtmlReport.SaveComparison([_runs["one"], _runs["two"]], _runs["both.html"]);
        Assert.Null(Section());
        Assert.Empty(Measure("one", "3"));
        Assert.Contains("Not measured: two.", Section()!.Value, StringComparison.Ordinal);
        Assert.Empty(Measure("two", "3"));
        Assert.Equal(["figure", "one", "two"], Rows()[0]);
        Assert.Equal(
        [
            "accuracy on 50 test images as they are", "accuracy on corrupted images: fog, jpeg; severity 3",
            "images that keep their class wherever they are moved within 3 pixels", "expected calibration error (ECE); less is better",
            "AUROC against 50 out-of-distribution pictures: uniform noise", "AUROC against 50 out-of-distribution pictures: normal noise",
            "rise of the loss at rho 0.05 (sharpness), on 83 training images; less is better",
            "accuracy under PGD-50 at 4/255, on 5 images, 2 starts", "accuracy under PGD-50 at 8/255, on 5 images, 2 starts",
        ], Rows().Skip(1).Select(static row => row[0]));
        Assert.All(Rows(), static row => Assert.DoesNotContain("-", row));

        // What is measured in another way stands in another row, and what is of other draws is told.
        File.Delete(Path.Combine(_runs["two"], RunFolder.RobustnessFile));
        Assert.EndsWith("so that it cannot be compared: one | two.", Assert.Single(Measure("two", "3", "--seed", "2")),
            StringComparison.Ordinal);
        Assert.Contains("one | two", Section()!.Value, StringComparison.Ordinal);
        File.Delete(Path.Combine(_runs["two"], RunFolder.RobustnessFile));
        Assert.Empty(Measure("two", "4"));
        Assert.Contains(Rows(), static row => row[0] == "accuracy on corrupted images: fog, jpeg; severity 4" && row[1] == "-");
    }

    [Fact]
    public void Networks_of_different_depth_are_told_apart_by_the_layers_that_differ()
    {
        _runs.Train("one");
        string recipe = File.ReadAllText(Path.Combine(_runs["one"], RunFolder.RecipeFile));
        Recipe[] recipes =
            [Read("[{conv: 4}, relu, {linear: 10}]"), Read("[{conv: 4}, batch_norm, {conv: 5}, relu, {linear: 10}]"),
            Read("[{conv: {channels: 4, kernel: 5}}, relu, {linear: 10}]")];
        Assert.Equal(["- | batch_norm, conv 5"], Differences(recipes[0], recipes[1]));
        Assert.Equal(["3 | 5"], Differences(recipes[0], recipes[2]));
        Assert.StartsWith("conv 4 | conv 4, batch_norm, conv 5", Differences(recipes[2], recipes[1])[0], StringComparison.Ordinal);

        // One name for another, and a name that stands alone.
        Assert.Equal(["relu | silu"], Differences(recipes[0], Read("[{conv: 4}, silu, {linear: 10}]")));
        Assert.Equal(["model.layers.1"], SettingText.Differences([recipes[0], Read("[{conv: 4}, silu, {linear: 10}]")])
            .Select(static difference => difference.Key));
        Recipe flipped = Recipe.Parse(recipe, "recipe.yaml", ["techniques={horizontal_flip: true, mixup: 0.1, label_smoothing: 0.1}"]);
        Recipe smooth = Recipe.Parse(recipe, "recipe.yaml", ["techniques={mixup: 0.1, label_smoothing: 0.1}"]);
        Assert.NotEmpty(Differences(flipped, smooth));
        Assert.NotNull(RecipeDifference.First(flipped, smooth));

        Recipe Read(string layers) => Recipe.Parse(recipe, "recipe.yaml", [$"model.layers={layers}"]);
        static string[] Differences(params Recipe[] recipes) =>
            [.. SettingText.Differences(recipes).Select(static difference => string.Join(" | ", difference.Values))];
    }

    [Fact]
    public void A_run_without_an_end_is_called_interrupted()
    {
        _runs.Train("run");
        File.Delete(Path.Combine(_runs["run"], RunFolder.ResultFile));
        File.Delete(Path.Combine(_runs["run"], RunFolder.EvaluationFile));
        string metrics = Path.Combine(_runs["run"], MetricsLog.CsvFile);
        File.WriteAllLines(metrics, File.ReadAllLines(metrics)[..2]);
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Equal(["This run has no result: it was interrupted after 1 of 3 epochs, or is still running."], Remarks(page));
        Assert.Contains(page.Descendants("dd"), static note =>
            note.Value.EndsWith("\u00A0% on validation after epoch 1", StringComparison.Ordinal));
        Assert.All(Charts(page, "Training"), static chart =>
            Assert.Contains(chart.Elements(), static element => element.Name.LocalName == "circle"));

        _runs.Train("whole");
        HtmlReport.SaveComparison([_runs["run"], _runs["whole"]], _runs["both.html"]);
        Assert.Equal(["run: This run has no result: it was interrupted after 1 of 3 epochs, or is still running."],
            Remarks(ReportRuns.Read(_runs["both.html"])));
        Assert.Contains("interrupted", ReportRuns.Read(_runs["both.html"]).Descendants("td").Select(static cell => cell.Value));
    }

    [Fact]
    public void A_missed_target_is_on_the_page_of_earlier_versions_runs_too()
    {
        Assert.Equal(ExitCode.TargetMissed, new TestCli()
            .Run(["train", _runs.Files.Recipe, "--data", _runs.Files.Data, "--out", _runs["run"], "--threads", "1", "--set",
            "target.test_accuracy=1"]));
        string file = Path.Combine(_runs["run"], RunFolder.ResultFile);
        JsonNode result = JsonNode.Parse(File.ReadAllText(file))!;
        foreach (string? key in new[] { null, "missed_targets", "pare_version" })
        {
            if (key is not null) result.AsObject().Remove(key);
            File.WriteAllText(file, result.ToJsonString());
            string[] remarks = Remarks(ReportRuns.Read(HtmlReport.Save(_runs["run"])));
            Assert.Matches(@"^The target is missed: [\d.]+ % test accuracy, and the target is 100\.00 %\.$", Assert.Single(remarks));
        }
    }

    [Fact]
    public void The_worst_images_of_a_folder_carry_their_names()
    {
        for (int i = 0; i < 40; i++)
            _runs.Files.Folder.Write($"images/{(i % 2 == 0 ? "dark" : "light")}/image {i}.png",
                ImageFiles.FlatPng(28, 28, (byte)((100 * (i % 2)) + i)));
        Assert.Equal(ExitCode.Done, new TestCli().Run(
            ["train", _runs.Files.Recipe, "--data", _runs["images"], "--out", _runs["run"], "--threads", "1", "--set",
            "dataset.name=folder", "--set", "model.layers.5.linear=2"]));
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        XElement[] items = [.. page.Descendants("li").Where(static item => item.Element("img") is not null)];
        Assert.NotEmpty(items);
        Assert.All(items, static item =>
        {
            Assert.Matches(@"^(dark|light)/image \d+\.png$", item.Elements("span").Last().Value);
            Assert.StartsWith($"test image {item.Elements("span").Last().Value}: ", item.Element("img")!.Attribute("alt")!.Value,
                StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("""[{"from": 0, "to": 1, "images": 7, "confidence": 0.9, "accuracy": 0.8}]""", 7)]
    public void Confidence_of_other_images_than_were_measured_is_not_shown(string bins, int images)
    {
        _runs.Train("run");
        string file = Path.Combine(_runs["run"], RunFolder.EvaluationFile);
        JsonNode evaluation = JsonNode.Parse(File.ReadAllText(file))!;
        evaluation["calibration"]!["bins"] = JsonNode.Parse(bins);
        File.WriteAllText(file, evaluation.ToJsonString());
        XElement page = ReportRuns.Read(HtmlReport.Save(_runs["run"]));
        Assert.Contains($"It is not shown: the intervals of the record hold {images} images, and 50 were measured.", page.Descendants("p")
            .Select(static text => text.Value));
        Assert.Empty(Charts(page, "Confidence"));
        Assert.Contains("Mistakes", ReportRuns.Headings(page));
    }

    [Fact]
    public void A_folder_without_a_run_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => HtmlReport.Save(_runs.Files.Data));
        Assert.Equal(_runs.Files.Data, error.Where);
        Assert.Throws<RecipeException>(() => HtmlReport.Save(_runs["nowhere"]));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void A_build_without_phases_says_so(string json)
    {
        _runs.Files.Write("build/build.json", json);
        Assert.Contains("build.json", Assert.Throws<RunException>(() => HtmlReport.Save(_runs["build"])).Where, StringComparison.Ordinal);
    }

    private static string[] Remarks(XElement page) =>
        [.. page.Descendants("div").Where(static part => part.Attribute("class")?.Value == "remarks")
            .SelectMany(static part => part.Elements("p")).Select(static remark => remark.Value)];

    private static IEnumerable<XElement> Charts(XElement page, string section) =>
        page.Descendants("section").Single(part => part.Element("h2")!.Value == section).Descendants()
            .Where(static element => element.Name.LocalName == "svg");

    [GeneratedRegex("^data fingerprint \\| [0-9a-f]{32}$")]
    private static partial Regex DataPrint();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Pictures();

    [GeneratedRegex("<([a-z]+)[^<>]*/>")]
    private static partial Regex SelfClosed();
}
