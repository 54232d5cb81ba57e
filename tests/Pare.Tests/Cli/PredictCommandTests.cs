using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Inference;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class PredictCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public PredictCommandTests()
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", Run, "--epochs", "2"));
        for (int i = 0; i < 5; i++) _files.Folder.Write($"pictures/{4 - i}.png", ImageFiles.FlatPng(8, 8, (byte)(40 * i)));
    }

    private string Run => _files.Folder["run"];

    private string Pictures => _files.Folder["pictures"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_picture_gets_a_class_and_its_probability()
    {
        string picture = Path.Combine(Pictures, "3.png");
        Prediction expected = Model.Load(Run).Predict(picture);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, picture));
        Assert.Equal($"class  probability  picture\n{expected.Label,-5}  {Amounts.Percent(expected.Probability),11}  {picture}\n",
            cli.Out);
    }

    [Fact]
    public void Several_pictures_and_folders_are_done_one_after_another_and_an_unsure_answer_names_its_class()
    {
        string first = Path.Combine(Pictures, "3.png"), bad = _files.Folder.Write("bad.png", [1, 2, 3]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("predict", Run, first, bad, Pictures, "--min-confidence", "1"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.StartsWith($"unsure ({Model.Load(Run).Predict(first).Label})", lines[1], StringComparison.Ordinal);
        Assert.Contains(bad, cli.Error, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "- and other pictures do not go together", "predict", Run, "-", first);
    }

    [Fact]
    public void The_models_file_is_enough_by_itself()
    {
        string alone = _files.Folder["elsewhere/model.safetensors"];
        Directory.CreateDirectory(Path.GetDirectoryName(alone)!);
        File.Copy(Path.Combine(Run, RunFolder.ModelFile), alone);
        TestCli run = new(), file = new(), eval = new();
        Assert.Equal(ExitCode.Done, run.Run("predict", Run, Pictures));
        Assert.Equal(ExitCode.Done, file.Run("predict", alone, Pictures));
        Assert.Equal(run.Out, file.Out);
        Assert.Equal(ExitCode.Done, eval.Run("eval", alone, "--data", _files.Data));
    }

    [Fact]
    public void A_folder_is_done_in_its_order_and_a_bad_picture_does_not_stop_it()
    {
        _files.Folder.Write("pictures/2.bad.png", [1, 2, 3]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("predict", Run, Pictures, "--json", "--top", "2"));
        JsonElement[] answers = [.. cli.Out.TrimEnd().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["0.png", "1.png", "2.bad.png", "2.png", "3.png", "4.png"],
            answers.Select(static answer => answer.GetProperty("picture").GetString()));
        Assert.True(answers[2].TryGetProperty("error", out _));
        Assert.Equal(2, answers[0].GetProperty("top").GetArrayLength());
        Assert.Equal(answers[0].GetProperty("label").GetString(), answers[0].GetProperty("top")[0].GetProperty("label").GetString());
        Assert.Contains("where: 2.bad.png", cli.Error, StringComparison.Ordinal);
        Assert.Contains("5 classified", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--csv")]
    [InlineData("--json")]
    public void On_a_terminal_no_progress_runs_into_the_answers(string form)
    {
        var cli = new TestCli(terminal: true);
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, Pictures, form));
        Assert.Matches("^pictures  5 classified[^\r]*\n$", cli.Error);
    }

    [Fact]
    public void Files_that_are_passed_over_are_told_of()
    {
        _files.Folder.Write("pictures/9.heic", [1]);
        _files.Folder.Write("pictures/deep/8.webp", [1]);
        _files.Folder.Write("pictures/.hidden", [1]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, Pictures, "--csv"));
        Assert.Contains("note      2 files left out that do not end in .png, .jpg, .jpeg, .bmp\n", cli.Error, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "--min-confidence needs a number above 0 and up to 1, such as 0.1, not `2`.", "predict", Run,
            Pictures, "--min-confidence", "2");
    }

    [Fact]
    public void Pipes_that_are_passed_over_are_told_of()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no named pipes in the file system.");
        using (Process make = Process.Start("mkfifo", [Path.Combine(Pictures, "a.png"), Path.Combine(Pictures, "b")])) make.WaitForExit();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, Pictures, "--csv"));
        Assert.Contains("note      1 pipe, socket or device left out that has the name of a picture\n", cli.Error,
            StringComparison.Ordinal);
        Assert.Contains("note      1 file left out that does not end in ", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_gives_the_same_as_its_folder()
    {
        string zip =
            _files.Folder.WriteZip("pictures.zip",
            [.. Directory.GetFiles(Pictures).Order().Select(static file => (Path.GetFileName(file), File.ReadAllBytes(file))),
            (".hidden.png", [1]), ("notes.txt", [1])]);
        TestCli folder = new(), archive = new();
        Assert.Equal(ExitCode.Done, folder.Run("predict", Run, Pictures, "--csv"));
        Assert.Equal(ExitCode.Done, archive.Run("predict", Run, zip, "--csv"));
        Assert.Equal(folder.Out, archive.Out);
        Assert.StartsWith("picture,label,probability,best,error\n0.png,", folder.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_folders_each_picture_is_told_with_its_own()
    {
        string zip = _files.Folder.WriteZip("pictures.zip", [("0.png", File.ReadAllBytes(Path.Combine(Pictures, "0.png")))]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, Pictures, zip, "--csv"));
        Assert.Contains($"\n{Path.Combine(Pictures, "0.png")},", cli.Out, StringComparison.Ordinal);
        Assert.Contains($"\n{Path.Combine(zip, "0.png")},", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_several_paths_without_pictures_does_not_stop_the_others()
    {
        string empty = Directory.CreateDirectory(_files.Folder["empty"]).FullName, none = _files.Folder["nothing"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("predict", Run, empty, none, Path.Combine(Pictures, "3.png"), "--json"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines[..2], static line => Assert.Contains("\"error\"", line, StringComparison.Ordinal));
        Assert.Contains($"where: {empty}", cli.Error, StringComparison.Ordinal);
        Assert.Contains("1 classified", cli.Error, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Data, "There is no picture here", "predict", Run, empty);
    }

    [Theory]
    [InlineData("--json", "\"error\"")]
    [InlineData("--csv", "bad.png,,,,")]
    public void A_single_picture_that_cannot_be_read_has_its_line_for_programs_and_its_error(string form, string line)
    {
        string bad = _files.Folder.Write("bad.png", [1, 2, 3]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("predict", Run, bad, form));
        Assert.Contains(line, cli.Out, StringComparison.Ordinal);
        Assert.Contains($"where: {bad}", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("others", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed_and_one_that_leads_nowhere_is_unreadable()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link may need rights there.");
        string tar = _files.Folder["pictures.tar"];
        using (var writer = new TarWriter(File.Create(tar)))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "early.png") { LinkName = "0.png" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "gone.png") { LinkName = "none.png" });
            for (int i = 0; i < 5; i++) writer.WriteEntry(Path.Combine(Pictures, $"{i}.png"), $"{i}.png");
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "late.png") { LinkName = "0.png" });
        }

        File.CreateSymbolicLink(Path.Combine(Pictures, "early.png"), "0.png");
        File.CreateSymbolicLink(Path.Combine(Pictures, "gone.png"), "none.png");
        File.CreateSymbolicLink(Path.Combine(Pictures, "late.png"), Path.Combine(Pictures, "0.png"));
        TestCli folder = new(), archive = new();
        Assert.Equal(ExitCode.Data, folder.Run("predict", Run, Pictures, "--csv"));
        Assert.Equal(ExitCode.Data, archive.Run("predict", Run, tar, "--csv"));
        Assert.Equal(folder.Out, archive.Out);
        string[] answers = folder.Out.TrimEnd().Split('\n');
        Assert.Equal(["picture", "0.png", "1.png", "2.png", "3.png", "4.png", "early.png", "late.png", "gone.png"],
            answers.Select(static answer => answer.Split(',')[0]));
        Assert.Equal(answers[1].Split(',')[1..], answers[6].Split(',')[1..]);
        Assert.Equal("gone.png,,,,\"The picture cannot be read: it is a link to `none.png`, which is not there.\"", answers[^1]);
        Assert.Contains("where: gone.png", folder.Error, StringComparison.Ordinal);
        Assert.Contains("7 classified", folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_on_standard_input_is_read_to_its_end()
    {
        string picture = Path.Combine(Pictures, "0.png");
        TestCli file = new(), input = new(input: File.OpenRead(picture));
        Assert.Equal(ExitCode.Done, file.Run("predict", Run, picture));
        Assert.Equal(ExitCode.Done, input.Run("predict", Run, "-"));
        Assert.Equal(file.Out.Replace(picture, "-", StringComparison.Ordinal), input.Out);
    }

    [Fact]
    public void Whoever_types_no_picture_may_interrupt()
    {
        using var interrupt = new CancellationTokenSource();
        var cli = new TestCli(input: new SilentStream(interrupt));
        Assert.Equal(ExitCode.Interrupted, Program.Run(["predict", Run, "-"], cli.Console, interrupt.Token));
    }

    [Fact]
    public void Wide_letters_of_a_class_take_their_two_columns()
    {
        string model = _files.Folder["wide.safetensors"];
        ModelFile.Save(model, GraphBuilder.Input(1, 8, 8).Linear(2).Build(seed: 1), new Normalization([0], [1]), ["漢字漢字", "b"]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", model, Pictures));
        Assert.StartsWith("class     probability  picture\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Below_the_least_probability_the_answer_is_unsure()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("predict", Run, Pictures, "--min-confidence", "1", "--csv"));
        Assert.All(cli.Out.TrimEnd().Split('\n').Skip(1), static line => Assert.Contains(",unsure,", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "--json", "--csv")]
    [InlineData(ExitCode.Usage, "--min-confidence", "1.5")]
    [InlineData(ExitCode.Usage, "--min-confidence", "nan")]
    [InlineData(ExitCode.Usage, "--min-confidence", "0")]
    [InlineData(ExitCode.Usage, "--top", "0")]
    [InlineData(ExitCode.Usage, "--json", "--min-confidence", "much")]
    public void What_does_not_go_together_is_refused(int code, params string[] options)
    {
        var cli = new TestCli();
        Assert.Equal(code, cli.Run(["predict", Run, Pictures, .. options]));
        Assert.Empty(cli.Out);
        Assert.DoesNotContain("should not", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_is_known_by_its_content_where_its_name_says_nothing()
    {
        byte[] png = File.ReadAllBytes(Path.Combine(Pictures, "0.png"));
        TestCli named = new(), bare = new(), other = new();
        Assert.Equal(ExitCode.Done, named.Run("predict", Run, Path.Combine(Pictures, "0.png"), "--csv"));
        foreach (string name in new[] { "picture", "picture.webp", "picture.jpg" })
        {
            var cli = new TestCli();
            string path = _files.Folder.Write(name, png);
            Assert.Equal(ExitCode.Done, cli.Run("predict", Run, path, "--csv"));
            Assert.Equal(named.Out.Replace(Path.Combine(Pictures, "0.png"), path, StringComparison.Ordinal), cli.Out);
        }

        Assert.Equal(ExitCode.Data, other.Run("predict", Run, _files.Folder.Write("real.webp", [.. "RIFF"u8, 1, 0, 0, 0, .. "WEBP"u8])));
        Assert.Contains("it is a WebP", other.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Data, bare.Run("predict", Run, _files.Folder.Write("notes.txt", [.. "words"u8])));
        Assert.Contains("archive", bare.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_no_pictures_there_is_no_table()
    {
        Directory.CreateDirectory(_files.Folder["empty"]);
        foreach (string form in new[] { "--csv", "--json" })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Data, cli.Run("predict", Run, _files.Folder["empty"], form));
            Assert.Empty(cli.Out);
        }
    }

    [Fact]
    public void A_device_or_a_pipe_is_refused_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such files.");
        string device = _files.Folder["device.png"], model = _files.Folder["device.onnx"];
        File.CreateSymbolicLink(device, "/dev/zero");
        File.CreateSymbolicLink(model, "/dev/zero");
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", Run, device));
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", model, Pictures));
    }

    [Fact]
    public void What_is_no_picture_or_no_model_is_named()
    {
        foreach (string name in new[] { "one.pgm", "one.ppm" })
        {
            TestCli.AssertFails(ExitCode.Data, "The file is no picture that Pare reads (PNG, JPEG, BMP), nor a zip or tar archive.\n",
                "predict", Run, _files.Folder.Write(name, [.. "P5\n8 8\n255\n"u8, .. new byte[64]]));
        }

        Directory.CreateDirectory(_files.Folder["empty"]);
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", Run, _files.Folder["empty"]));
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", Run, _files.Folder["nothing.png"]));
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", Run, _files.Recipe));
        Assert.Equal(ExitCode.Usage, new TestCli().Run("predict", _files.Folder["nothing"], Pictures));
        Assert.Equal(ExitCode.Data, new TestCli().Run("predict", Run, _files.Folder.Write("cut.png", ImageFiles.FlatPng(8, 8, 1)[..40])));
    }

    // Never gives anything, and asks to stop when it is read.
    private sealed class SilentStream(CancellationTokenSource interrupt) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await interrupt.CancelAsync();
            return await new TaskCompletionSource<int>().Task;
        }
    }
}
