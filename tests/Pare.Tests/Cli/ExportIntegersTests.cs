using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;

namespace Pare.Tests.Cli;

public sealed class ExportIntegersTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_becomes_ONNX_in_integers_with_a_card_that_says_how()
    {
        string run = _files.Train(), folder = _files.Folder["shipped"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("export", run, "--to", "onnx-int8,onnx", "--data", _files.Data, "--out", folder, "--json",
            "--explain", "--tolerance", "100", "--calibration-images", "1000"));
        Assert.Contains("training images to look at, and 1,000 were asked for", cli.Error, StringComparison.Ordinal);
        Assert.Contains("bias corrected", cli.Error, StringComparison.Ordinal);
        using JsonDocument result = JsonDocument.Parse(cli.Out);
        JsonElement[] forms = [.. result.RootElement.GetProperty("forms").EnumerateArray()];
        Assert.Equal(["trainer", "Pare", "Pare int8", "onnx-int8", "onnx"],
            forms.Select(static form => form.GetProperty("name").GetString()!));
        Assert.InRange(forms[3].GetProperty("integer_agreement").GetDouble(), 0.97, 1);
        Assert.InRange(forms[2].GetProperty("largest_difference").GetDouble(), 1e-6, 0.5);
        using JsonDocument card = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "card.json")));
        JsonElement made = card.RootElement.GetProperty("integers");
        Assert.Equal(100, made.GetProperty("calibration_images").GetInt32() + made.GetProperty("validation_images").GetInt32());
        Assert.Equal(5, made.GetProperty("trials").GetArrayLength());
        Assert.Equal("input", made.GetProperty("layers")[0].GetProperty("layer").GetString());
        foreach (JsonElement loss in new[] { result, card }.Select(static json => json.RootElement.GetProperty("loss")))
        {
            Assert.Equal(50, loss.GetProperty("images").GetInt32());
            Assert.Equal(loss.GetProperty("points").GetDouble() / 2, loss.GetProperty("lost").GetInt32());
        }

        Assert.Contains("| min-max |", File.ReadAllText(Path.Combine(folder, "card.md")), StringComparison.Ordinal);
        Assert.Equal(10, Model.Load(Path.Combine(folder, "run-int8.onnx")).Classes.Count);

        // The accuracy of the network in float32 is not that of its integers, nor are these a float network.
        Assert.NotNull(Model.Load(Path.Combine(folder, "run.onnx")).Origin.TestAccuracy);
        Assert.Null(Model.Load(Path.Combine(folder, "run-int8.onnx")).Origin.TestAccuracy);
        foreach (string form in (string[])["float", "int8"])
        {
            var robust = new TestCli();
            string file = Path.Combine(folder, form == "int8" ? "run-int8.onnx" : "run.onnx");
            Assert.Equal(ExitCode.Done, robust.Run("eval", file, "--data", _files.Data, "--robust", "--sections", "calibration"));
            Assert.Contains($", {form} network\n", robust.Out, StringComparison.Ordinal);
        }

        // What was written is a model whose integers are made anew from images; without them it is said that they are needed.
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", Path.Combine(folder, "run.onnx"), "--to", "onnx-int8", "--data",
            _files.Data, "--out", _files.Folder["again"], "--tolerance", "100"));

        // In C what rounds its maps is in integers, or nothing is written.
        string integers = Path.Combine(folder, "run-int8.onnx"), again = _files.Folder["own"];
        TestCli.AssertFails(ExitCode.Usage, "use --to c --int8", "export", integers, "--to", "c", "--out", _files.Folder["c"]);
        Assert.False(Directory.Exists(_files.Folder["c"]));
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", integers, "--to", "c", "--int8", "--data", _files.Data, "--out",
            _files.Folder["c"], "--tolerance", "100", "--agreement", "1"));
        Directory.Move(_files.Data, _files.Folder["elsewhere"]);
        TestCli.AssertFails(ExitCode.Data, "8-bit integers need the training images", "export", run, "--to", "onnx-int8", "--out",
            _files.Folder["none"]);
        Assert.False(Directory.Exists(_files.Folder["none"]));

        // They are the file's own, which need no image: nothing is rounded a second time.
        var own = new TestCli();
        Assert.Equal(ExitCode.Done, own.Run("export", integers, "--to", "c,onnx-int8", "--int8", "--out", again, "--json"));
        using JsonDocument second = JsonDocument.Parse(own.Out);
        Assert.Equal("file", second.RootElement.GetProperty("ranges").GetString());
        Assert.All(second.RootElement.GetProperty("forms").EnumerateArray(), static form =>
            Assert.InRange(form.GetProperty("agreement").GetDouble(), 0.999, 1));
        Assert.Contains("The integers are those of the file that was exported.", File.ReadAllText(Path.Combine(again, "card.md")),
            StringComparison.Ordinal);
        QuantizedGraph first = QuantizedModel.OfTraining(Model.Load(integers))!.Graph,
            last = QuantizedModel.OfTraining(Model.Load(Path.Combine(again, "run-int8-int8.onnx")))!.Graph;
        Assert.Equal(first.Nodes.Select(static node => node.Parameters.ZeroPoint),
            last.Nodes.Select(static node => node.Parameters.ZeroPoint));
        Assert.Equal(Weights(first), Weights(last));

        static sbyte[] Weights(QuantizedGraph graph) =>
            [.. graph.Nodes.Select(static node => node.Operation).OfType<QuantizedConvolution>()
                .SelectMany(static layer => layer.Weights.Values.ToArray())];
    }

    // A card outlives what the command said.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_other_images_than_the_runs_the_card_says_so_and_that_the_integers_are_made_with_them(bool isOther)
    {
        const string Measured = "These are not the images that the run was trained and tested on.";
        const string Made =
            "The integers are made with training images of mnist, which is not, or no longer, what the network was trained on.";
        string run = _files.Train(), file = Path.Combine(_files.Folder["alone"], "alone.safetensors");
        Directory.CreateDirectory(_files.Folder["alone"]);
        File.Copy(Path.Combine(run, "model.safetensors"), file);

        // Beside a network that comes without its run nothing tells which images it was tested on, but which it was trained on.
        foreach ((string model, string[] notes) in new[] { (run, new[] { Measured, Made }), (file, [Made]) })
        {
            string folder = _files.Folder[$"{Path.GetFileName(model)}-shipped"];
            var cli = new TestCli(width: 1000);
            Assert.Equal(ExitCode.Done, cli.Run("export", model, "--to", "onnx-int8", "--data",
                isOther ? _files.OtherData() : _files.Data, "--out", folder, "--tolerance", "100", "--agreement", "1", "--json"));
            string[] expected = isOther ? notes : [];
            string card = File.ReadAllText(Path.Combine(folder, "card.md"));
            Assert.Contains("On 50 images of mnist:", card, StringComparison.Ordinal);
            Assert.Equal(expected, card.Split('\n').Where(static line => line.StartsWith("**Note:**", StringComparison.Ordinal))
                .Select(static line => line["**Note:** ".Length..]));
            Assert.Equal(expected, cli.Error.Split('\n').Where(static line => line.StartsWith("note ", StringComparison.Ordinal))
                .Select(static line => line["note      ".Length..]));
            foreach (string json in new[] { cli.Out, File.ReadAllText(Path.Combine(folder, "card.json")) })
            {
                using JsonDocument document = JsonDocument.Parse(json);
                Assert.Equal("mnist", document.RootElement.GetProperty("measured_on").GetString());
                Assert.Equal(expected, document.RootElement.GetProperty("notes").EnumerateArray().Select(static note => note.GetString()));
            }
        }
    }

    [Fact]
    public void A_run_is_trained_on_for_integers_and_its_ranges_go_with_it()
    {
        string run = _files.Train(), folder = _files.Folder["shipped"], tuned = Path.Combine(folder, "run-tuned.safetensors");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("export", run, "--to", "onnx-int8", "--fine-tune", "2", "--data", _files.Data, "--out", folder,
            "--tolerance", "100"));
        string card = File.ReadAllText(Path.Combine(folder, "card.md"));
        Assert.Contains("| original |", card, StringComparison.Ordinal);
        Assert.Contains("| tuned | 2 epochs", card, StringComparison.Ordinal);
        Assert.Contains("against the original in float32", card, StringComparison.Ordinal);
        Assert.Contains("epoch 2/2", cli.Out, StringComparison.Ordinal);
        Assert.Contains("ranges of the training, measured on", cli.Out, StringComparison.Ordinal);
        Assert.NotNull(QuantizedModel.OfTraining(Model.Load(tuned)));
        Assert.Null(QuantizedModel.OfTraining(Model.Load(run)));

        // Nothing is calibrated any more, so no image is needed; to train on once more they are.
        Directory.Move(_files.Data, _files.Folder["elsewhere"]);
        var later = new TestCli();
        Assert.Equal(ExitCode.Done, later.Run("export", tuned, "--to", "onnx-int8", "--out", _files.Folder["later"], "--agreement", "1"));
        Assert.Contains("ranges of the training", later.Out, StringComparison.Ordinal);
        var noise = new TestCli();
        Assert.Equal(ExitCode.Done, noise.Run("export", tuned, "--to", "onnx-int8", "--out", _files.Folder["noise"], "--samples", "20",
            "--explain", "--agreement", "1", "--calibration-images", "10"));
        Assert.Contains("--explain says nothing: it needs images", noise.Out, StringComparison.Ordinal);
        Assert.Contains("--calibration-images has no effect", noise.Out, StringComparison.Ordinal);
        Assert.Contains("The ranges of the integers are those of the training.",
            File.ReadAllText(Path.Combine(_files.Folder["later"], "card.md")),
            StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Data, "8-bit integers need the training images", "export", tuned, "--to", "onnx-int8", "--fine-tune",
            "1",
            "--out", _files.Folder["none"]);
    }

    [Fact]
    public void A_run_becomes_a_C_program_in_integers_that_gives_every_logit_of_theirs()
    {
        Assert.SkipWhen(Pare.Export.CSource.HostProgram.Compiler is null, "There is no C compiler.");
        string run = _files.Train(), folder = _files.Folder["board"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("export", run, "--to", "c,onnx-int8", "--int8", "--data", _files.Data, "--out", folder,
            "--json", "--tolerance", "100"));
        using JsonDocument result = JsonDocument.Parse(cli.Out);
        JsonElement[] forms = [.. result.RootElement.GetProperty("forms").EnumerateArray()];
        Assert.Equal(["trainer", "Pare", "Pare int8", "c int8", "onnx-int8"],
            forms.Select(static form => form.GetProperty("name").GetString()!));
        Assert.Equal((1, 0), (forms[3].GetProperty("integer_agreement").GetDouble(),
            forms[3].GetProperty("largest_integer_difference").GetDouble()));
        using JsonDocument card = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "card.json")));
        Assert.Equal(card.RootElement.GetProperty("integers").GetProperty("ranges").GetString(),
            result.RootElement.GetProperty("ranges").GetString());
        Assert.Contains("every logit of c int8 is that of Pare int8", cli.Error, StringComparison.Ordinal);
        Assert.Contains("| c int8 |", File.ReadAllText(Path.Combine(folder, "card.md")), StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "--int8 is for --to c", "export", run, "--to", "onnx", "--int8");
    }

    [Fact]
    public void Options_of_integers_without_integers_and_noise_for_them_are_refused()
    {
        TestCli.AssertFails(ExitCode.Usage, "are for 8-bit integers", "export", "a", "--to", "onnx", "--tolerance", "1");
        TestCli.AssertFails(ExitCode.Usage, "are for 8-bit integers", "export", "a", "--to", "onnx,safetensors", "--explain");
        TestCli.AssertFails(ExitCode.Usage, "are for 8-bit integers", "export", "a", "--to", "onnx", "--fine-tune", "1");
        TestCli.AssertFails(ExitCode.Usage, "--fine-tune", "export", "a", "--to", "onnx-int8", "--fine-tune", "0");
        TestCli.AssertFails(ExitCode.Usage, "--samples does not go", "export", "a", "--to", "onnx-int8", "--samples", "5", "--fine-tune",
            "1");
        TestCli.AssertFails(ExitCode.Usage, "--samples does not go", "export", _files.Train(), "--to", "onnx-int8", "--samples", "5");
        TestCli.AssertFails(ExitCode.Usage, "--calibration-images", "export", "a", "--to", "onnx-int8", "--calibration-images", "0");
    }

    [Fact]
    public void What_integers_lose_beyond_the_tolerance_is_said()
    {
        InferenceGraph graph = Bright(1), other = Bright(-1);
        byte[] pixels = [.. Enumerable.Range(0, 50).SelectMany(static i => Enumerable.Repeat((byte)(i * 5), 4))];
        var images = new ImageSet(1, 2, 2, pixels, [.. Enumerable.Range(0, 50).Select(static i => i * 5 > 127 ? 1 : 0)], graph.Classes);
        var proof = ExportProof.Begin(Model.Of(graph), images);
        Assert.Null(IntegerExport.Loss(proof, 0.3));
        ActivationRanges ranges = new([default, new(0, 1), default], [null, null, null]);
        proof.Add(Quantizer.Quantize(graph, ranges));
        Assert.Null(IntegerExport.Loss(proof, 0.3));
        proof.Add(Quantizer.Quantize(other, ranges));
        Assert.Contains("lose 50 of 50 test pictures against the network in float32, 100.00 points of top-1, and 0.3 may be lost.",
            IntegerExport.Loss(proof, 0.3), StringComparison.Ordinal);
        Assert.True(proof.Loss()!.IsMissed(0.3));
        Assert.Null(IntegerExport.Loss(proof, 100));
    }

    // Dark or bright, or the other way around.
    private static InferenceGraph Bright(float sign)
    {
        var builder = new InferenceGraphBuilder(new Shape(1, 2, 2));
        InferenceNode mean = builder.Add("mean", new LoweredMean(), builder.Input);
        return builder.Build(builder.Add("linear", new LoweredConvolution
        {
            Weights = new WeightArray("w", [2, 1, 1, 1], [-sign, sign]),
            Window = SlidingWindow.Square(1),
            Shift = [sign / 2, -sign / 2],
        }, mean), Preprocessing.Plain(1));
    }
}
