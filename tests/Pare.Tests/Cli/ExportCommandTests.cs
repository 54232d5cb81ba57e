using System.Text.Json;
using Pare.Cli;
using Pare.Export;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class ExportCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_is_written_in_both_forms_and_each_is_held_against_the_trainer_on_the_test_images()
    {
        string run = _files.Train(), folder = _files.Folder["shipped"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("export", run, "--to", "onnx,safetensors", "--data", _files.Data, "--out", folder, "--json"));
        using JsonDocument result = JsonDocument.Parse(cli.Out);
        JsonElement[] forms = [.. result.RootElement.GetProperty("forms").EnumerateArray()];
        Assert.Equal(["trainer", "Pare", "onnx", "safetensors"], forms.Select(static form => form.GetProperty("name").GetString()!));
        Assert.Equal(50, result.RootElement.GetProperty("images").GetInt32());
        Assert.All(forms, static form => Assert.Equal(1, form.GetProperty("agreement").GetDouble()));
        Assert.Single(forms.Select(static form => form.GetProperty("accuracy").GetDouble()).Distinct());

        // What was written goes on without the run, and an ONNX file is a model as well.
        Assert.Equal(10, Model.Load(Path.Combine(folder, "run.onnx")).Classes.Count);
        var origin = Model.Load(run).Origin;
        Assert.Equal(origin with { RecipeText = null, PareVersion = null }, Model.Load(Path.Combine(folder, "run.onnx")).Origin);
        TestCli card = new(), again = new();
        Assert.Equal(ExitCode.Done, card.Run("inspect", Path.Combine(folder, "run.onnx")));
        Assert.Contains($"{origin.Recipe}, seed {origin.Seed}", card.Out, StringComparison.Ordinal);
        Assert.Contains($"{origin.Data}, fingerprint {origin.DataFingerprint}", card.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done,
            again.Run("export", Path.Combine(folder, "run.onnx"), "--to", "onnx", "--with-preprocessing", "--samples", "20", "--out",
            _files.Folder["again"]));
        Assert.Contains("20 of noise", again.Out, StringComparison.Ordinal);
        Assert.Contains($"next      pare predict {Path.Combine(_files.Folder["again"], "run.onnx")} PICTURE", again.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_becomes_a_C_program_with_a_card_and_a_board_that_is_too_small_is_named()
    {
        Assert.SkipWhen(Pare.Export.CSource.HostProgram.Compiler is null, "There is no C compiler.");
        string run = _files.Train(), folder = _files.Folder["board"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("export", run, "--to", "c", "--arduino", "--data", _files.Data, "--out", folder, "--json"));
        using JsonDocument result = JsonDocument.Parse(cli.Out);
        JsonElement c = result.RootElement.GetProperty("forms").EnumerateArray().Last();
        Assert.Equal("c", c.GetProperty("name").GetString());
        Assert.Equal(1, c.GetProperty("agreement").GetDouble());
        Assert.InRange(c.GetProperty("largest_difference").GetDouble(), 0, 1e-5);
        Assert.Equal(["CMakeLists.txt", "card.json", "card.md", "main.c", "tiny-arduino.zip", "tiny.c", "tiny.h"],
            Directory.GetFiles(folder).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        using JsonDocument card = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "card.json")));
        Assert.InRange(card.RootElement.GetProperty("arena_bytes").GetInt32(), 100, 1 << 20);
        Assert.Contains("| c |", File.ReadAllText(Path.Combine(folder, "card.md")), StringComparison.Ordinal);

        TestCli.AssertFails(ExitCode.TargetMissed, "bytes of arena, and 102 are allowed", "export", run, "--to", "c", "--samples", "5",
            "--max-arena", "0.1", "--out", _files.Folder["small"]);
        TestCli.AssertFails(ExitCode.Usage, "are for --to c", "export", run, "--to", "onnx", "--arduino");
        foreach (string option in new[] { "--dynamic-batch", "--with-preprocessing" })
            TestCli.AssertFails(ExitCode.Usage, "are for --to onnx and --to onnx-int8", "export", run, "--to", "c,safetensors", option);
        TestCli.AssertFails(ExitCode.Usage, "flash=32K", "export", run, "--to", "c", "--fits", "flash=32K,flash=1K");
        TestCli.AssertFails(ExitCode.Usage, "knows flash and ram, not `rom`", "export", run, "--to", "c", "--fits", "rom=32K");
        TestCli.AssertFails(ExitCode.Usage, "K (1,024 bytes)", "export", run, "--to", "c", "--fits", "ram=32X");
        TestCli.AssertFails(ExitCode.Usage, "K (1,024 bytes)", "export", run, "--to", "c", "--max-arena", "none");
        if (Pare.Export.CSource.CortexM4.Compiler is null) return;
        TestCli.AssertFails(ExitCode.TargetMissed, "bytes of flash", "export", run, "--to", "c", "--samples", "5", "--fits",
            "flash=1K,ram=1M",
            "--out", _files.Folder["tiny"]);
        Assert.Contains("**Missed:** The program takes", File.ReadAllText(Path.Combine(_files.Folder["tiny"], "card.md")),
            StringComparison.Ordinal);
        var both = new TestCli();
        Assert.Equal(ExitCode.TargetMissed, both.Run("export", run, "--to", "c", "--samples", "5", "--fits", "flash=1K,ram=100",
            "--out", _files.Folder["both"], "--json"));
        Assert.Contains("bytes of flash", both.Error, StringComparison.Ordinal);
        Assert.Contains("bytes of ram, stack included", both.Error, StringComparison.Ordinal);
        Assert.Contains("--int8", both.Error, StringComparison.Ordinal);
        using JsonDocument figures = JsonDocument.Parse(both.Out);
        Assert.Equal(2, figures.RootElement.GetProperty("missed").GetArrayLength());
        Assert.All(figures.RootElement.GetProperty("limits").EnumerateArray(), static limit =>
            Assert.False(limit.GetProperty("met").GetBoolean()));
        Assert.InRange(figures.RootElement.GetProperty("flash_bytes").GetInt32(), 1_025, 1 << 20);
        var met = new TestCli();
        Assert.Equal(ExitCode.Done, met.Run("export", run, "--to", "c", "--samples", "5", "--fits", "flash=1M,ram=1M", "--max-arena",
            "1M", "--out", _files.Folder["met"]));
        Assert.Contains("fits      flash ", met.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_program_reads_a_picture_and_refuses_what_is_none()
    {
        Pare.Export.CSource.Tool? compiler = Pare.Export.CSource.HostProgram.Compiler;
        Assert.SkipWhen(compiler is null, "There is no C compiler.");
        string run = _files.Train(), folder = _files.Folder["board"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", run, "--to", "c", "--samples", "5", "--out", folder));
        string[] flags = ["-std=c99", .. CWarnings.All];
        Assert.Equal(0, compiler!.Run([.. flags, "-o", "example", "main.c", "tiny.c"], folder).ExitCode);
        var example = new Pare.Export.CSource.Tool(Path.Combine(folder, "example"));
        Assert.Equal(0, example.Run(["--self-test"], folder).ExitCode);
        Model model = Model.Load(run);
        byte[] pixels = new byte[model.Input.Count];
        new Random(1).NextBytes(pixels);
        string kind = model.Input.Channels == 1 ? "P5" : "P6";
        string head = $"{kind}\n# a comment\n{model.Input.Width} {model.Input.Height}\n255\n";
        File.WriteAllBytes(Path.Combine(folder, "picture"), [.. System.Text.Encoding.ASCII.GetBytes(head), .. pixels]);
        Assert.Equal(model.Predict(pixels, model.Input.Width, model.Input.Height, model.Input.Channels).Label,
            example.Run(["picture"], folder).Text.Split('\n')[0]);
        File.WriteAllText(Path.Combine(folder, "deep"), head.Replace("255", "65535", StringComparison.Ordinal));
        Assert.Contains("deep needs 255 as its largest value: 8 bits a channel", example.Run(["deep"], folder).Error,
            StringComparison.Ordinal);
        foreach (string bad in new[] { head, head.Replace("255", "15", StringComparison.Ordinal), "P4 1 1 ", "", $"{kind} 1 1 255 x" })
        {
            File.WriteAllText(Path.Combine(folder, "bad"), bad);
            Assert.Equal(1, example.Run(["bad"], folder).ExitCode);
        }
    }

    private static string ModelPath(string name, [System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "models", $"{name}.safetensors");

    [Fact]
    public void Of_a_program_in_strips_the_multiply_accumulates_are_its_own()
    {
        string file = ModelPath("mnist-small"), folder = _files.Folder["board"];
        var model = Model.Load(file);
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run("export", file, "--to", "c,onnx", "--samples", "5", "--max-arena", "8K", "--out", folder));
        string map = cli.Out.Split('\n').Single(static line => line.StartsWith("Up to ", StringComparison.Ordinal));
        string own = map.Split(": ")[1].Split(' ')[0];
        long macs = long.Parse(own, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(macs > model.Graph.Macs, map);
        string without = $"strips compute some columns twice, {Amounts.Count(model.Graph.Macs)} without them";
        Assert.Contains($"MACs      {Amounts.Count(macs)}: {without}\n", cli.Out, StringComparison.Ordinal);
        foreach (string form in new[] { "c", "onnx" })
        {
            Assert.Contains(Amounts.Count(form == "c" ? macs : model.Graph.Macs), cli.Out.Split('\n').Single(line =>
                line.StartsWith($"{form} ", StringComparison.Ordinal)).Split(' '));
        }

        Assert.Contains($"| MACs | {Amounts.Count(macs)}: ", File.ReadAllText(Path.Combine(folder, "card.md")), StringComparison.Ordinal);
        Assert.Contains($"\"macs\": {own},", File.ReadAllText(Path.Combine(folder, "card.json")), StringComparison.Ordinal);
        Assert.Contains($" {own} multiply-accumulates an image.", File.ReadAllText(Path.Combine(folder, "mnist_small.h")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_board_with_too_little_memory_is_enough_for_a_program_in_strips()
    {
        Assert.SkipWhen(Pare.Export.CSource.CortexM4.Compiler is null, "There is no arm-none-eabi-gcc.");
        string model = ModelPath("mnist-small");
        var strips = new TestCli();
        Assert.Equal(ExitCode.TargetMissed, strips.Run("export", model, "--to", "c", "--samples", "5", "--fits", "ram=8K", "--out",
            _files.Folder["small"]));
        Assert.EndsWith("  fix: Take --max-arena 7K, which computes the first layers in strips, --int8, which needs about a quarter of " +
            "the memory, or a smaller network: fewer channels first, or a stride earlier on.\n", strips.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", model, "--to", "c", "--samples", "5", "--fits", "ram=8K", "--max-arena",
            "7K", "--out", _files.Folder["fits"]));
        TestCli.AssertFails(ExitCode.TargetMissed, "  fix: Take --int8, ", "export", model, "--to", "c", "--samples", "5", "--fits",
            "ram=1K", "--out", _files.Folder["none"]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2.5, false)]
    [InlineData(1, true)]
    [InlineData(0.4, true)]
    public void The_example_program_shows_the_probabilities_of_the_model_and_what_it_is_unsure_of(double temperature, bool hasThreshold)
    {
        Pare.Export.CSource.Tool? compiler = Pare.Export.CSource.HostProgram.Compiler;
        Assert.SkipWhen(compiler is null, "There is no C compiler.");
        string file = _files.Folder["sure.safetensors"], folder = _files.Folder["board"];
        var plain = Model.Load(_files.Train());
        byte[][] pictures = [.. Enumerable.Range(0, 20).Select(i =>
        {
            byte[] pixels = new byte[plain.Input.Count];
            new Random(i).NextBytes(pixels);
            return pixels;
        })];

        // Such that half of the answers are sure.
        double[] sorted = [.. pictures.Select(pixels => (double)plain.Predict(pixels, 8, 8, 1).Probability).Order()];
        double? threshold = hasThreshold ? (sorted[9] + sorted[10]) / 2 : null;
        Model model = plain.With(new ConfidenceRule { Temperature = temperature, Threshold = threshold });
        model.Save(file);
        Assert.Equal(ExitCode.Done,
            new TestCli().Run("export", file, "--to", "c", "--arduino", "--samples", "5", "--out", folder));
        Assert.Equal(0, compiler!.Run(["-std=c99", .. CWarnings.All, "-o", "example", "main.c", "sure.c"], folder).ExitCode);
        var example = new Pare.Export.CSource.Tool(Path.Combine(folder, "example"));
        int sure = 0;
        foreach (byte[] pixels in pictures)
        {
            File.WriteAllBytes(Path.Combine(folder, "picture"), [.. "P5\n8 8\n255\n"u8, .. pixels]);
            Prediction expected = model.Predict(pixels, 8, 8, 1);
            if (expected.IsSure) sure++;
            string[] lines = example.Run(["picture"], folder).Text.Split('\n');
            Assert.Equal(expected.IsSure ? expected.Label : $"unsure ({expected.Label})", lines[0]);
            float shown = float.Parse(lines[1 + expected.Class].Split('%')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(100 * expected.Probability, shown, 0.011);
        }

        Assert.Equal(hasThreshold ? 10 : 20, sure);

        using var zip = System.IO.Compression.ZipFile.OpenRead(Path.Combine(folder, "sure-arduino.zip"));
        using var sketch = new StreamReader(zip.GetEntry("sure/examples/sure_example/sure_example.ino")!.Open());
        string main = File.ReadAllText(Path.Combine(folder, "main.c")), function = main[main.IndexOf("static int probabilities",
            StringComparison.Ordinal)..main.IndexOf("int main", StringComparison.Ordinal)];
        Assert.Contains(function, sketch.ReadToEnd(), StringComparison.Ordinal);

        string card = File.ReadAllText(Path.Combine(folder, "card.md"));
        Assert.Equal(temperature != 1, card.Contains("| temperature | ", StringComparison.Ordinal));
        Assert.Equal(hasThreshold, card.Contains("| unsure | below a probability of ", StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "card.json")));
        Assert.Equal(temperature, json.RootElement.GetProperty("temperature").GetDouble());
        JsonElement limit = json.RootElement.GetProperty("sure_threshold");
        Assert.Equal(threshold, limit.ValueKind == JsonValueKind.Null ? null : limit.GetDouble());
    }

    [Fact]
    public void Nothing_is_written_over_and_what_cannot_be_written_is_said()
    {
        string run = _files.Train(), folder = _files.Folder["shipped"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", run, "--to", "onnx", "--samples", "5", "--out", folder));
        byte[] before = File.ReadAllBytes(Path.Combine(folder, "run.onnx"));
        TestCli.AssertFails(ExitCode.Usage, "nothing is written over", "export", run, "--to", "onnx", "--samples", "5", "--out", folder);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(folder, "run.onnx")));
        TestCli.AssertFails(ExitCode.Usage, "not `tflite`", "export", run, "--to", "tflite");
        TestCli.AssertFails(ExitCode.Usage, "onnx, onnx-int8, safetensors, c", "export", run);
        TestCli.AssertFails(ExitCode.Usage, "do not go together", "export", run, "--to", "onnx", "--samples", "5", "--data", _files.Data);
        TestCli.AssertFails(ExitCode.Usage, "--agreement", "export", run, "--to", "onnx", "--agreement", "101");
        foreach (string place in new[] { _files.Recipe, Path.Combine(_files.Recipe, "below-a-file") })
            TestCli.AssertFails(ExitCode.Usage, $"A file has the name of the folder that is to be made.\nwhere: {_files.Recipe}\n",
                "export", run, "--to", "onnx", "--samples", "5", "--out", place);
        TestCli.AssertFails(ExitCode.Usage, "nothing at this path", "export", _files.Folder["none"], "--to", "onnx");
    }

    [Fact]
    public void What_an_earlier_export_of_the_same_network_wrote_is_replaced_and_nothing_else_is()
    {
        string run = _files.Train(), folder = _files.Folder["board"], card = Path.Combine(folder, "card.json");
        string[] c = ["export", run, "--to", "c", "--samples", "5", "--out", folder], both = [.. c[..3], "c,onnx", .. c[4..]];
        Assert.Equal(ExitCode.Done, new TestCli().Run(c));
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. c, "--arduino"]));
        Assert.Equal(ExitCode.Done, new TestCli().Run(both));
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. both, "--arduino"]));
        using (JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(card)))
            Assert.Equal(["CMakeLists.txt", "card.md", "main.c", "run.onnx", "tiny-arduino.zip", "tiny.c", "tiny.h"],
                json.RootElement.GetProperty("files").EnumerateObject().Select(static file => file.Name));
        Assert.Equal(8, Directory.GetFileSystemEntries(folder).Length);

        // What somebody changed, or another network's export wrote, stays; a card that is none says nothing.
        string main = Path.Combine(folder, "main.c"), own = File.ReadAllText(main);
        File.AppendAllText(main, "/* mine */\n");
        TestCli.AssertFails(ExitCode.Usage, $"nothing is written over.\nwhere: {main}\n", c);
        File.WriteAllText(main, own);
        string other = _files.Folder["other"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", other, "--seed", "9"));
        TestCli.AssertFails(ExitCode.Usage, "nothing is written over", "export", other, "--to", "c", "--samples", "5", "--out", folder);
        foreach (string bad in new[] { "", "[]", "{}", """{"network":1}""", """{"network":null,"files":{}}""" })
        {
            File.WriteAllText(card, bad);
            TestCli.AssertFails(ExitCode.Usage, "nothing is written over", c);
        }

        Assert.Equal(8, Directory.GetFileSystemEntries(folder).Length);
    }

    [Fact]
    public void Of_files_beside_a_mistyped_model_one_that_is_a_model_is_suggested()
    {
        foreach (string name in new[] { "net-small.json", "net-small.safetensors", "net.json", "net.safetensors", "net.yaml" })
            _files.Write(Path.Combine("models", name), "");
        string folder = _files.Folder["models"];
        TestCli.AssertFails(ExitCode.Usage, $"Did you mean {Path.Combine(folder, "net.safetensors")}?", "export",
            Path.Combine(folder, "net"), "--to", "onnx");
    }

    [Fact]
    public void What_cannot_be_written_is_named_by_where_it_was_to_go()
    {
        string folder = _files.Folder["new"], path = Path.Combine(folder, "a");
        using var files = new ExportFiles(folder);
        var error = Assert.Throws<RunException>(() => files.Save(path, static staged =>
            throw new RunException($"full: '{staged}'", staged, "c")));
        Assert.Equal(($"full: '{path}'", path, "c"), (error.Message, error.Where, error.Remedy));
        error = Assert.Throws<RunException>(() => files.Save(path, static staged => throw new IOException($"full: '{staged}'")));
        Assert.Equal(($"The file cannot be written: full: '{path}'", path), (error.Message, error.Where));
    }

    [Fact]
    public void Files_are_put_into_their_folder_together_or_not_at_all()
    {
        string folder = _files.Folder["new"], path = Path.Combine(folder, "a"), other = Path.Combine(folder, "b");
        using (var stopped = new ExportFiles(folder)) stopped.Save(path, [1]);
        Assert.False(Directory.Exists(folder));
        using (var files = new ExportFiles(folder))
        {
            files.Save(path, [1]);
            files.Save(other, [2]);
            File.WriteAllBytes(other, [3]);
            Assert.Throws<RecipeException>(files.Publish);
            Assert.False(File.Exists(path));
            File.Delete(other);
            Assert.Equal([path, other], files.Publish());
        }

        Assert.Equal([path, other], Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal));
    }
}
