using System.Text.Json;
using Pare.Cli;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class EvalRobustTests : IDisposable
{
    private readonly CliData _files = new();

    private string Run => _files.Folder["run"];

    private string Record => Path.Combine(Run, RunFolder.RobustnessFile);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_keeps_the_record_and_its_report_is_next()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--robust", "--sections", "shifts"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.StartsWith("clean     accuracy ", lines[2], StringComparison.Ordinal);
        Assert.Equal("rows down     -3     -2     -1      0     +1     +2     +3", lines[4]);
        Assert.Matches(@"^shifts    [\d.]+ % \(95 %: [\d.]+ to [\d.]+\) of the images keep their class", lines[13]);
        Assert.Equal($"written   {Record}", lines[^2]);
        Assert.Equal($"next      pare report {Run}", lines[^1]);
        byte[] first = File.ReadAllBytes(Record);

        // A report shows the run's own record and no other.
        var elsewhere = new TestCli();
        Assert.Equal(ExitCode.Done, elsewhere.Run("eval", Run, "--robust", "--sections", "shifts", "--out", _files.Folder["other.json"]));
        Assert.DoesNotContain("next ", elsewhere.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts", "--threads", "1"));
        Assert.Equal(first, File.ReadAllBytes(Record));
    }

    [Fact]
    public void Single_precision_and_integers_stand_beside_each_other_in_the_file()
    {
        Train();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts"));
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts", "--int8"));
        RobustnessFile file = RobustnessFile.Read(Record)!;
        Assert.Equal(["float", "int8"], file.Networks.Select(static record => record.Network));
    }

    [Fact]
    public void Sections_measured_one_after_another_stand_in_one_record()
    {
        Train();
        TestCli same = new(), other = new();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts"));
        Assert.Equal(ExitCode.Done, same.Run("eval", Run, "--robust", "--sections", "calibration"));
        Assert.NotNull(RobustnessFile.Read(Record)!.Networks[0].Shifts);
        Assert.DoesNotContain("note ", same.Out, StringComparison.Ordinal);

        // Who names the place means it.
        Assert.Equal(ExitCode.Done, other.Run("eval", Run, "--robust", "--sections", "calibration", "--seed", "2", "--out", Record));
        Assert.Null(RobustnessFile.Read(Record)!.Networks[0].Shifts);
        Assert.Contains("is replaced", other.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("50 test images and seed 1, stays, and this is of 50 test images and seed 2", "--seed", "2")]
    [InlineData("50 test images and seed 1, stays, and this is of 20 test images and seed 1", "--images", "20")]
    [InlineData("50 test images and seed 1, stays, and this is of 20 test images and seed 7", "--images", "20", "--seed", "7")]
    public void Of_other_draws_or_fewer_images_nothing_takes_the_records_place(string why, params string[] options)
    {
        Train();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts,calibration"));
        byte[] before = File.ReadAllBytes(Record);
        foreach (string sections in new[] { "shifts", "shifts,calibration", "shifts,calibration,corruptions" })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(["eval", Run, "--robust", "--sections", sections, .. options]));
            Assert.Contains($"nothing is kept: the run's record, of {why}. --out FILE keeps this record.", cli.Out,
                StringComparison.Ordinal);
            Assert.True(cli.Out.IndexOf("nothing is kept", StringComparison.Ordinal)
                < cli.Out.IndexOf("rows down", StringComparison.Ordinal), "It is told after minutes only.");
            Assert.Equal(before, File.ReadAllBytes(Record));
        }
    }

    [Fact]
    public void More_images_take_the_place_of_fewer_where_they_have_all_sections()
    {
        Train();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts,calibration", "--images", "20"));
        byte[] before = File.ReadAllBytes(Record);
        TestCli less = new(), all = new();
        Assert.Equal(ExitCode.Done, less.Run("eval", Run, "--robust", "--sections", "shifts"));
        Assert.Contains("the run's record, of 20 test images and seed 1, stays, because it has more: calibration.", less.Out,
            StringComparison.Ordinal);
        Assert.True(less.Out.IndexOf("nothing is kept", StringComparison.Ordinal)
            < less.Out.IndexOf("rows down", StringComparison.Ordinal), "It is told after minutes only.");
        Assert.Equal(before, File.ReadAllBytes(Record));
        Assert.Equal(ExitCode.Done, all.Run("eval", Run, "--robust", "--sections", "shifts,calibration", "--seed", "2"));
        Assert.Contains("is replaced", all.Out, StringComparison.Ordinal);
        Assert.Equal(50, RobustnessFile.Read(Record)!.Networks[0].Images);
    }

    // More images, and of a section of the record less, which hangs on fewer.
    [Theory]
    [InlineData("attacks (eps 4)", new[] { "--eps", "4,8", "--attacked", "10" }, new[] { "--eps", "8", "--attacked", "10" })]
    [InlineData("attacks (10 images)", new[] { "--eps", "8", "--attacked", "10" }, new[] { "--eps", "8", "--attacked", "5" })]
    public void What_the_record_has_all_of_is_said_not_to_be_kept_before_it_is_measured(string more, string[] full, string[] part)
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--sections", "attacks"];
        TestCli less = new(), again = new();
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, .. full, "--images", "20"]));
        byte[] before = File.ReadAllBytes(Record);
        Assert.Equal(ExitCode.Done, less.Run([.. line, .. part]));
        int told = less.Out.IndexOf($"stays, because it has more: {more}.", StringComparison.Ordinal);
        Assert.InRange(told, 0, less.Out.IndexOf("clean ", StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(Record));
        Assert.Equal(ExitCode.Done, again.Run([.. line, .. full]));
        Assert.Contains("is replaced.", again.Out, StringComparison.Ordinal);
        Assert.Equal(50, RobustnessFile.Read(Record)!.Networks[0].Images);
    }

    [Theory]
    [InlineData("corruptions (fog)", "2 kinds", new[] { "--kinds", "fog", "--severities", "3" }, new[] { "--kinds", "jpeg,contrast" })]
    [InlineData("corruptions (severity 1)", "1 kind", new[] { "--kinds", "fog", "--severities", "1" },
        new[] { "--kinds", "fog", "--severities", "3,4" })]
    [InlineData("attacks (eps 8)", "10 test images", new[] { "--eps", "4,8", "--attacked", "5" },
        new[] { "--eps", "4", "--attacked", "10" })]
    public void A_new_measurement_takes_the_place_of_what_has_not_all_of_it_and_what_is_lost_is_said(string lost, string now,
        string[] first, string[] second)
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--sections", lost.Split(' ')[0]];
        TestCli same = new(), more = new();
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, .. first, "--images", "20"]));
        Assert.Equal(ExitCode.Done, same.Run([.. line, .. second, "--images", "20"]));
        Assert.Contains($"note      replaced, and not measured now: {lost}.\n", same.Out, StringComparison.Ordinal);
        Assert.Contains(now, same.Out, StringComparison.Ordinal);
        Assert.Contains("\nwritten ", same.Out, StringComparison.Ordinal);
        byte[] twenty = File.ReadAllBytes(Record);

        // So on more images, where the whole record goes.
        File.Delete(Record);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, .. first, "--images", "15"]));
        Assert.Equal(ExitCode.Done, more.Run([.. line, .. second, "--images", "20"]));
        Assert.Contains($"is replaced, and with it {lost}.\n", more.Out, StringComparison.Ordinal);
        Assert.Equal(twenty, File.ReadAllBytes(Record));
    }

    [Fact]
    public void Where_the_place_is_named_what_is_measured_replaces_the_fuller_and_the_rest_is_kept_or_named()
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--sections"], fog = ["corruptions", "--kinds", "fog", "--severities", "3"];
        TestCli less = new(), fewer = new();
        Assert.Equal(ExitCode.Done,
            new TestCli().Run([.. line, "corruptions,shifts", "--kinds", "fog,jpeg", "--severities", "3"]));
        Assert.Equal(ExitCode.Done, less.Run([.. line, .. fog, "--out", Record]));
        Assert.Contains("note      replaced, and not measured now: corruptions (jpeg).\n", less.Out, StringComparison.Ordinal);
        Assert.Equal(["fog"], RobustnessFile.Read(Record)!.Networks[0].Corruptions!.Kinds.Select(static kind => kind.Kind));
        Assert.NotNull(RobustnessFile.Read(Record)!.Networks[0].Shifts);
        Assert.Equal(ExitCode.Done, fewer.Run([.. line, .. fog, "--images", "20", "--out", Record]));
        Assert.Contains("is replaced, and with it corruptions, shifts.\n", fewer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_can_be_measured_nothing_is_written()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run("eval", Run, "--robust", "--int8", "--sections", "flatness"));
        Assert.Contains("Nothing was measured: flatness: the loss of a network in integers is a staircase", cli.Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Record));
    }

    [Fact]
    public void Images_of_another_data_set_are_no_training_images()
    {
        Train();
        TestCli own = new(), other = new();
        Assert.Equal(ExitCode.Done, own.Run("eval", Run, "--robust", "--sections", "flatness"));
        Assert.Contains(" on 83 training images rises", own.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, other.Run("eval", Run, "--robust", "--sections", "flatness", "--data", _files.OtherData()));
        Assert.Contains(" on 50 test images rises", other.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calibration", true)]
    [InlineData("confidence", true)]
    [InlineData("shifts", false)]
    public void That_all_images_hold_those_that_choose_is_said(string section, bool isSaid)
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--robust", "--sections", section, "--all"));
        Assert.Equal(isSaid, cli.Out.Contains("judged on the validation images, too", StringComparison.Ordinal));
    }

    [Fact]
    public void That_the_model_can_keep_its_temperature_is_said_of_the_network_that_it_is_fitted_to()
    {
        _files.Train();
        TestCli own = new(), integers = new();
        Assert.Equal(ExitCode.Done, own.Run("eval", Run, "--robust", "--sections", "calibration"));
        Assert.Contains("; --temperature keeps it in the model\n", own.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, integers.Run("eval", Run, "--robust", "--sections", "calibration", "--int8"));
        Assert.Contains("\ntempered  temperature ", integers.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--temperature", integers.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_evaluation_keeps_meanwhile_is_not_lost_to_a_lesser_either()
    {
        Train();
        string full = _files.Folder["full.json"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts,calibration", "--out", full));
        using var output = new ActingWriter("measuring ", () => File.Copy(full, Record));
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Done, Program.Run(["eval", Run, "--robust", "--sections", "shifts", "--images", "20"],
            new CliConsole { Out = output, Error = error, OutIsTerminal = true, Width = static () => 1000 },
            TestContext.Current.CancellationToken));
        Assert.True(output.HasActed);
        Assert.Contains("nothing is kept: the run's record, of 50 test images and seed 1, stays", output.ToString(),
            StringComparison.Ordinal);
        Assert.Contains("rows down", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(full), File.ReadAllBytes(Record));
    }

    [Fact]
    public void Stopped_it_keeps_the_finished_sections_and_names_the_command_that_measures_the_rest()
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--eps", "8", "--attacked", "5", "--kinds", "fog", "--images", "20"];
        string whole = _files.Folder["whole.json"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--sections", "corruptions,shifts,strangers,attacks", "--out", whole]));

        // What stands there already stays beside it.
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--images", "20", "--sections", "shifts"));
        string said = Stop("strangers, uniform noise", [.. line, "--sections", "corruptions,strangers,attacks"]);
        string rest = $"eval {Run} --robust --eps 8 --attacked 5 --images 20 --sections strangers,attacks";
        Assert.Contains("mean accuracy", said, StringComparison.Ordinal);
        Assert.EndsWith(
            $"written   {Record}\nnote      kept are the sections that were finished: corruptions\nnext      pare {rest}\n", said,
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run(rest.Split(' ')));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(Record));
    }

    [Fact]
    public void Stopped_it_takes_no_place_that_a_whole_measurement_would_not_take_or_of_another_record()
    {
        Train();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--images", "20", "--sections", "shifts,strangers"));
        byte[] before = File.ReadAllBytes(Record);
        string said = Stop("strangers, uniform noise", "eval", Run, "--robust", "--sections", "shifts,strangers");
        Assert.Contains("nothing is kept: the run's record, of 20 test images and seed 1, stays, because it has more: strangers.", said,
            StringComparison.Ordinal);
        Assert.Contains("rows down", said, StringComparison.Ordinal);
        said = Stop("strangers, uniform noise", "eval", Run, "--robust", "--sections", "shifts,strangers", "--seed", "2", "--out", Record);
        Assert.Contains("nothing is kept: the record there, of other weights, images or draws, stays", said, StringComparison.Ordinal);
        Assert.DoesNotContain("next ", said, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Record));

        // Before a section is done there is nothing to keep.
        File.Delete(Record);
        Assert.DoesNotContain("rows down", Stop("shifts, ", "eval", Run, "--robust", "--sections", "shifts"), StringComparison.Ordinal);
        Assert.False(File.Exists(Record));
    }

    [Theory]
    [InlineData("corruptions", new[] { "--kinds", "fog,jpeg", "--severities", "1,3" }, new[] { "--kinds", "fog", "--severities", "1,3" })]
    [InlineData("corruptions", new[] { "--kinds", "fog,jpeg" }, new[] { "--kinds", "fog,jpeg", "--severities", "3" })]
    [InlineData("attacks", new[] { "--eps", "4,8", "--attacked", "10" }, new[] { "--eps", "8", "--attacked", "10" })]
    [InlineData("attacks", new[] { "--eps", "8", "--attacked", "10" }, new[] { "--eps", "8", "--attacked", "5" })]
    [InlineData("strangers", new[] { "--strangers", "glyphs" }, new string[0])]
    public void Of_two_measurements_of_a_section_the_fuller_stays(string section, string[] full, string[] part)
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--sections", section];
        TestCli first = new(), less = new(), again = new();
        Assert.Equal(ExitCode.Done, first.Run([.. line, .. part]));
        Assert.Equal(ExitCode.Done, less.Run([.. line, .. full]));
        Assert.DoesNotContain("note ", less.Out, StringComparison.Ordinal);
        byte[] before = File.ReadAllBytes(Record);
        Assert.Equal(ExitCode.Done, again.Run([.. line, .. part]));
        Assert.Contains($"kept as before: {section} (", again.Out, StringComparison.Ordinal);
        Assert.Equal(section == "strangers", again.Out.Contains("\nwritten ", StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(Record));
    }

    [Fact]
    public void Strangers_that_are_called_alike_and_are_others_are_said_to_go()
    {
        Train();
        string[] line = ["eval", Run, "--robust", "--sections", "strangers", "--strangers"];
        string first = Strangers("a/odd", 3), second = Strangers("b/odd", 4), third = Strangers("more", 2);
        TestCli same = new(), other = new();
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, first]));
        Assert.Equal(ExitCode.Done, same.Run([.. line, first]));
        Assert.DoesNotContain("note ", same.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, other.Run([.. line, second]));
        Assert.Contains("other out-of-distribution pictures with the name odd are replaced.", other.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, Path.Combine(third, ".")]));
        TestCli.AssertFails(ExitCode.Data, "The out-of-distribution pictures have the name of a noise",
            [.. line, Strangers("uniform noise", 5)]);
        Assert.Equal(["uniform noise", "normal noise", "more", "odd"],
            RobustnessFile.Read(Record)!.Networks[0].Strangers!.Sets.Select(static set => set.Name));

        string Strangers(string folder, int count)
        {
            for (byte i = 0; i < count; i++)
                _files.Folder.Write($"{folder}/{i}.png", ImageFiles.FlatPng(8, 8, (byte)(90 + (10 * count) + i)));
            return _files.Folder[folder];
        }
    }

    [Fact]
    public void A_models_file_writes_where_it_is_told_and_json_holds_the_record()
    {
        Train();
        string model = _files.Folder["model.safetensors"], to = _files.Folder["robust.json"];
        File.Copy(Path.Combine(Run, RunFolder.ModelFile), model);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", model, "--data", _files.Data, "--robust", "--sections", "shifts", "--images", "20"));
        Assert.Contains("--out FILE keeps this record", cli.Out, StringComparison.Ordinal);
        var json = new TestCli();
        Assert.Equal(ExitCode.Done, json.Run("eval", model, "--data", _files.Data, "--robust", "--sections", "shifts", "--images", "20",
            "--out", to, "--json"));
        using JsonDocument document = JsonDocument.Parse(json.Out);
        JsonElement record = document.RootElement.GetProperty("robustness");
        Assert.Equal(20, record.GetProperty("images").GetInt32());
        Assert.Equal(RobustnessFile.Read(to)!.Networks[0].Accuracy, record.GetProperty("accuracy").GetDouble());
    }

    [Fact]
    public void What_is_not_the_runs_network_on_its_test_images_is_only_shown_and_never_stands_as_the_runs_own()
    {
        Train();
        string[] shifts = ["--robust", "--sections", "shifts"];
        Assert.Equal(ExitCode.Done, new TestCli().Run(["eval", Run, .. shifts]));
        byte[] own = File.ReadAllBytes(Record);
        string copy = Path.Combine(Run, "copy.safetensors"), to = _files.Folder["other.json"];
        File.Copy(Path.Combine(Run, RunFolder.ModelFile), copy);
        foreach ((string model, string[] more, string why) in new[]
        {
            (Run, new[] { "--data", _files.OtherData() }, "these are not the images that the run was trained and tested on"),
            (Run, ["--all"], "all images are measured, and not the run's test images alone"),
            (copy, [], "this model is not the run's model.safetensors"),
        })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(["eval", model, .. shifts, .. more]));
            Assert.Contains($"note      nothing is kept: {why}. --out FILE keeps this record.", cli.Out, StringComparison.Ordinal);
            Assert.Contains("rows down", cli.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("written ", cli.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("next ", cli.Out, StringComparison.Ordinal);
            TestCli.AssertFails(ExitCode.Failed, $"This is the place of a run's own record: {why}.",
                ["eval", model, .. shifts, .. more, "--out", Record]);
            Assert.Equal(own, File.ReadAllBytes(Record));
            Assert.Equal(ExitCode.Done, new TestCli().Run(["eval", model, .. shifts, .. more, "--out", to]));
            Assert.NotNull(RobustnessFile.Read(to));
            File.Delete(to);
        }
    }

    [Fact]
    public void The_record_of_a_run_is_no_place_for_anothers_nor_for_weights_that_are_not_the_last_epochs()
    {
        Train();
        string other = _files.Folder["second"], place = Path.Combine(other, RunFolder.RobustnessFile);
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", other, "--seed", "2"));
        TestCli.AssertFails(ExitCode.Failed, "This is the place of a run's own record: it is another run's.",
            "eval", Run, "--robust", "--sections", "shifts", "--out", place);
        File.Delete(Path.Combine(Run, RunFolder.ResultFile));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--robust", "--sections", "shifts"));
        Assert.Contains("nothing is kept: this run has no result yet", cli.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(Record) || File.Exists(place));
    }

    [Fact]
    public void A_report_names_the_images_that_a_record_is_of()
    {
        Train();
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "shifts"));
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", Run));
        Assert.Contains($"Measured on 50 test images of {RobustnessFile.Read(Record)!.Networks[0].Data}, of which",
            File.ReadAllText(Path.Combine(Run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Corruptions_make_a_table_of_kind_by_severity()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--robust", "--sections", "corruptions", "--kinds", "jpeg,fog",
            "--severities", "5,1"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.StartsWith("corrupted by      1      5   mean", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("fog  ", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("jpeg ", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("all  ", lines[8], StringComparison.Ordinal);
        Assert.Matches(@"^corrupted mean accuracy [\d.]+ % \(95 %: [\d.]+ to [\d.]+\) over 2 kinds, a relative drop of ", lines[10]);
        RobustnessFile file = RobustnessFile.Read(Record)!;
        Assert.Equal([1, 5], file.Networks[0].Corruptions!.Severities);
        Assert.Equal(2, file.Networks[0].Corruptions!.Pictures!.Kinds[1].Count);
        TestCli.AssertFails(ExitCode.Usage, "There is no corruption 'smoke' of images of 1x8x8.",
            "eval", Run, "--robust", "--kinds", "smoke");
    }

    [Theory]
    [InlineData("--severities are whole numbers from 1 to 5, not `0`", "--robust", "--severities", "1,0")]
    [InlineData("--severities are whole numbers from 1 to 5, not `6`", "--robust", "--severities", "6")]
    [InlineData("--severities are whole numbers from 1 to 5, not `NaN`", "--robust", "--severities", "NaN")]
    [InlineData("--sections knows", "--robust", "--sections", "shift")]
    [InlineData("--sections names nothing", "--robust", "--sections", ",")]
    [InlineData("--severities names nothing", "--robust", "--severities", ", ,")]
    [InlineData("--kinds names nothing", "--robust", "--kinds", ",")]
    [InlineData("--eps names nothing", "--robust", "--eps", ",,")]
    [InlineData("--severities is for --robust", "--severities", "3")]
    [InlineData("--int8 is for --robust", "--int8")]
    [InlineData("--kinds is for the section corruptions, which --sections leaves out", "--robust",
        "--sections", "shifts", "--kinds", "fog")]
    [InlineData("--severities is for the section corruptions", "--robust", "--sections", "attacks,shifts", "--severities", "3")]
    [InlineData("--strangers is for the section strangers", "--robust", "--sections", "corruptions", "--strangers", "glyphs")]
    [InlineData("--eps is for the section attacks", "--robust", "--sections", "corruptions", "--eps", "8")]
    [InlineData("--attacked is for the section attacks", "--robust", "--sections", "shifts,flatness", "--attacked", "10")]
    public void Options_that_cannot_be_are_refused(string error, params string[] options) =>
        TestCli.AssertFails(ExitCode.Usage, error, ["eval", "runs/a", .. options]);

    [Fact]
    public void A_record_that_cannot_be_kept_is_told_of_before_anything_is_measured()
    {
        Train();
        foreach (string place in new[] { _files.Folder["none/robust.json"], Run })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Failed, cli.Run("eval", Run, "--robust", "--sections", "shifts", "--out", place));
            Assert.DoesNotContain("rows down", cli.Out, StringComparison.Ordinal);
            Assert.Contains("--out FILE", cli.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_record_is_refused_before_anything_is_measured()
    {
        Train();
        string model = Path.Combine(Run, RunFolder.ModelFile);
        byte[] before = File.ReadAllBytes(model);
        File.WriteAllText(Record, "{");
        foreach ((string place, string[] more) in new[] { (model, new[] { "--out", model }), (Record, []) })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Failed, cli.Run(["eval", Run, "--robust", "--sections", "shifts", .. more]));
            Assert.DoesNotContain("rows down", cli.Out, StringComparison.Ordinal);
            string[] lines = cli.Error.TrimEnd().Split('\n');
            Assert.EndsWith("This file is no record of robustness.", lines[0], StringComparison.Ordinal);
            Assert.EndsWith(place, lines[1], StringComparison.Ordinal);
            Assert.EndsWith("Move it away, or name another (--out FILE).", lines[2], StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(model));
        Assert.Equal("{", File.ReadAllText(Record));
    }

    private void Train() => _files.Train();

    // What a command says that is stopped when it draws a text.
    private static string Stop(string text, params string[] line)
    {
        using var stop = new CancellationTokenSource();
        using var output = new ActingWriter(text, stop.Cancel);
        using var error = new StringWriter();

        // So late each time that whatever is drawn is drawn anew.
        var clock = new TickingClock(TimeSpan.FromSeconds(1));
        Assert.Equal(ExitCode.Interrupted, Program.Run(line,
            new CliConsole { Out = output, Error = error, OutIsTerminal = true, Width = static () => 1000, Clock = clock },
            stop.Token));
        Assert.True(output.HasActed);
        Assert.Equal("Interrupted.\n", error.ToString());
        return output.ToString();
    }

    // Does something once, when a text is drawn.
    private sealed class ActingWriter(string text, Action act) : StringWriter
    {
        public bool HasActed { get; private set; }

        public override void Write(string? value)
        {
            base.Write(value);
            if (HasActed || value?.Contains(text, StringComparison.Ordinal) != true) return;
            HasActed = true;
            act();
        }
    }
}
