using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pare.Cli;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Reporting;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Reporting;

/// <summary>
/// The network in a report's page: that the browser computes what the library computes, and that nothing else comes with it.
/// </summary>
public sealed partial class TrySectionTests(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    private const double Tolerance = 1e-4;

    private readonly ReportRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void A_browser_computes_the_logits_of_any_network()
    {
        InferenceGraph[] networks =
        [
            .. Enumerable.Range(1, 24).Select(RandomInferenceGraphs.Classifier),
            .. Enumerable.Range(1, 6).Select(static seed => Lower(TrainedNetworks.Random(seed))),
            .. Enumerable.Range(1, 4).Select(static seed => Lower(TrainedNetworks.Shared(seed))),
        ];
        Assert.Equal(10, networks.SelectMany(static network => network.Nodes).Select(static node => node.Operation.GetType()).Distinct()
            .Count());
        var random = new SeededRandom(3);
        byte[][][] images =
            [.. networks.Select(network => Enumerable.Range(0, 4).Select(_ => Bytes(random, network.Input.Shape.Count)).ToArray())];
        string cases =
            JsonSerializer.Serialize(networks.Select((network, i) => new { model = ModelFile.ToBytes(network), images = images[i] }));
        float[][][] found = JsonSerializer.Deserialize<float[][][]>(Run(
            $$"""
            const bytes = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
            return {{cases}}.map(({ model, images }) => images.map(image => Array.from(logits(readModel(model), bytes(image)))));
            """))!;

        Assert.InRange(images.Sum(static each => each.Length), 100, int.MaxValue);
        for (int i = 0; i < networks.Length; i++)
        {
            for (int k = 0; k < images[i].Length; k++)
                AssertNear(Expected(networks[i], images[i][k]), found[i][k], $"network {i}, image {k}");
        }
    }

    [Fact]
    public void A_browser_computes_the_logits_of_a_trained_run_for_a_hundred_images()
    {
        _runs.Train("run");
        string report = HtmlReport.Save(_runs["run"]);
        var model = Model.Load(_runs["run"]);
        ImageSet images = Mnist.Load(_runs.Files.Data).Train;
        string script = $$"""
            const model = readModel(document.getElementById("model").textContent);
            return {{JsonSerializer.Serialize(Enumerable.Range(0, 100).Select(i => images.Image(i).ToArray()))}}.map(image =>
              Array.from(logits(model, Uint8Array.from(atob(image), letter => letter.charCodeAt(0)))));
            """;
        float[][] found = JsonSerializer.Deserialize<float[][]>(RunIn(report, script))!;

        Assert.Equal(100, found.Length);
        var expected = new float[10];
        for (int i = 0; i < found.Length; i++)
        {
            model.Logits(images.Image(i), expected);
            AssertNear(expected, found[i], $"image {i}");
        }
    }

    // Both axes shrunk, enlarged, one cropped, odd and even remains, one pixel, far larger than the network.
    [Fact]
    public void A_browser_makes_the_same_image_of_a_picture_of_any_size()
    {
        var random = new SeededRandom(5);
        (int Height, int Width, Shape Shape)[] sizes =
        [
            (7, 9, new(1, 7, 9)), (7, 9, new(3, 7, 9)), (14, 18, new(1, 7, 9)), (1, 1, new(3, 5, 4)), (200, 131, new(1, 28, 28)),
                (131, 200, new(3, 28, 28)),
            (5, 40, new(3, 8, 8)), (40, 5, new(1, 8, 8)), (3, 4, new(3, 16, 11)), (28, 30, new(1, 28, 28)), (31, 28, new(3, 28, 28)),
            (2, 600, new(1, 6, 5)),
        ];
        byte[][] pictures = [.. sizes.Select(size => Enumerable.Range(0, size.Height * size.Width)
            .SelectMany(_ => new[] { (byte)random.NextInt(256), (byte)random.NextInt(256), (byte)random.NextInt(256), byte.MaxValue })
                .ToArray())];
        string cases = JsonSerializer.Serialize(sizes.Select((size, i) => new
        {
            size.Height,
            size.Width,
            Shape = new[] { size.Shape.Channels, size.Shape.Height, size.Shape.Width },
            Picture = pictures[i],
        }));
        int[][] found = JsonSerializer.Deserialize<int[][]>(Run(
            $$"""
            return {{cases}}.map(({ Height, Width, Shape, Picture }) =>
              Array.from(fit(Uint8Array.from(atob(Picture), letter => letter.charCodeAt(0)), Width, Height, Shape)));
            """))!;

        for (int i = 0; i < sizes.Length; i++)
        {
            ((int height, int width, Shape shape), byte[] picture) = (sizes[i], pictures[i]);
            byte[] expected = ImageDecoder.Fit(picture, height, width, 4, shape.Channels, shape.Height, shape.Width);
            Assert.Equal(expected.Select(static value => (int)value), found[i]);
        }
    }

    [Fact]
    public void A_browser_decodes_a_picture_as_the_library_does()
    {
        var random = new SeededRandom(6);
        (byte[] File, int Difference)[] files =
        [
            (ImageFiles.Png(9, 14, 1, Bytes(random, 9 * 14)), 0), (ImageFiles.Png(9, 14, 3, Bytes(random, 9 * 14 * 3)), 0),
            .. Enumerable.Range(2, 7).Select(orientation => (ImageFiles.Png(9, 14, 3, Bytes(random, 9 * 14 * 3), orientation), 0)),
            (ImageFiles.Bmp(6, 7, Bytes(random, 6 * 7 * 3)), 0),
            // Decoders of JPEG round differently.
            (ImageFiles.Jpeg(2, 3, [10, 60, 110, 160, 210, 250]), 2),
                (ImageFiles.Jpeg(2, 3, [10, 60, 110, 160, 210, 250], orientation: 6), 2),
        ];
        string script = $$"""
            const answers = [];
            for (const file of {{JsonSerializer.Serialize(files.Select(static file => file.File))}}) {
              const { data, width, height } = await pixelsOf(new Blob([Uint8Array.from(atob(file), letter => letter.charCodeAt(0))]));
              answers.push([1, 3].map(channels => Array.from(fit(data, width, height, [channels, 10, 8]))));
            }
            return answers;
            """;
        int[][][] found = JsonSerializer.Deserialize<int[][][]>(Run(script))!;

        for (int i = 0; i < files.Length; i++)
        {
            foreach ((int channels, int[] image) in new[] { 1, 3 }.Zip(found[i]))
            {
                byte[] expected = ImageDecoder.Decode(files[i].File, "picture", channels, 10, 8);
                Assert.Equal(expected.Length, image.Length);
                int difference = expected.Zip(image, static (a, b) => Math.Abs(a - b)).Max();
                Assert.True(difference <= files[i].Difference, $"file {i} with {channels} channels differs by {difference}");
            }
        }
    }

    [Theory]
    [InlineData(390)]
    [InlineData(1280)]
    public void A_report_shows_what_the_network_says_of_its_worst_image_and_fits_the_window(int width)
    {
        _runs.Train("run");
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", _runs["run"], "--robust", "--severities", "2,4", "--images", "10",
            "--attacked", "2"));
        WorstImage worst = Evaluation("run").Worst[0];
        Prediction expected = Model.Load(_runs["run"]).PredictFile(worst.Png, "worst");
        Assert.Equal(worst.Predicted, expected.Class);
        using BrowserPage page = browser.Open(HtmlReport.Save(_runs["run"]), width);
        using JsonDocument found = JsonDocument.Parse(page.Run("""
            const section = document.getElementById("try"), part = name => section.querySelector(name);
            while (!part(".verdict").textContent) await new Promise(requestAnimationFrame);
            return {
              label: part(".verdict").textContent,
              shares: [...section.querySelectorAll(".bars .number")].map(share => parseFloat(share.textContent)),
              hidden: part(".interactive").hidden,
              choices: section.querySelectorAll(".choices button").length,
              window: innerWidth, width: document.documentElement.scrollWidth,
            };
            """));
        Assert.False(found.RootElement.GetProperty("hidden").GetBoolean());
        Assert.Equal(expected.Label, found.RootElement.GetProperty("label").GetString());
        double[] shares = [.. found.RootElement.GetProperty("shares").EnumerateArray().Select(static share => share.GetDouble())];
        Assert.Equal(10, shares.Length);
        Assert.All(shares.Zip(expected.Probabilities), static pair =>
            Assert.InRange(pair.First, (100 * pair.Second) - 0.06, (100 * pair.Second) + 0.06));
        Assert.Equal(12, found.RootElement.GetProperty("choices").GetInt32());
        Assert.Equal(width, found.RootElement.GetProperty("window").GetInt32());
        Assert.InRange(found.RootElement.GetProperty("width").GetInt32(), 1, width);
        AssertQuiet(page);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_mouse_and_finger_draw_reaches_the_network_and_clear_takes_it_away(bool finger)
    {
        _runs.Train("run");
        var model = Model.Load(_runs["run"]);
        using BrowserPage page = browser.Open(HtmlReport.Save(_runs["run"]), width: 390);
        int[] box = JsonSerializer.Deserialize<int[]>(page.Run("""
            const pad = document.querySelector(".pad");
            while (!document.querySelector(".verdict").textContent) await new Promise(requestAnimationFrame);
            pad.scrollIntoView();
            const box = pad.getBoundingClientRect();
            return [box.left, box.top, box.width, box.height].map(Math.round);
            """))!;
        Assert.Equal(280, box[2]);
        (double X, double Y) from = (box[0] + 25, box[1] + 30), to = (box[0] + 25, box[1] + 250);
        if (finger)
        {
            page.Touch("touchStart", from);
            page.Touch("touchMove", to);
            page.Touch("touchEnd");
        }
        else
        {
            page.Mouse("mousePressed", from.X, from.Y);
            page.Mouse("mouseMoved", to.X, to.Y);
            page.Mouse("mouseReleased", to.X, to.Y);
            page.Mouse("mouseMoved", to.X + 200, to.Y);
        }

        // The stroke down the first column, and nothing to its right.
        (byte[] image, string label, _) = Answer(page);
        Assert.All(Enumerable.Range(1, 6), row => Assert.InRange(image[row * 8], 60, 255));
        Assert.All(Enumerable.Range(0, 64).Where(static place => place % 8 > 1), place => Assert.Equal(0, image[place]));
        Assert.Equal(model.Predict(image, 8, 8, 1).Label, label);

        page.Run("document.querySelector('.clear').click();");
        (image, label, _) = Answer(page);
        Assert.All(image, static value => Assert.Equal(0, value));
        Assert.Empty(label);
        AssertQuiet(page);
    }

    [Fact]
    public void A_worst_image_and_a_file_of_one_s_own_are_answered_and_what_is_no_picture_is_told()
    {
        _runs.Train("run");
        var model = Model.Load(_runs["run"]);
        WorstImage worst = Evaluation("run").Worst[3];
        byte[] pixels = Bytes(new SeededRandom(8), 30 * 21 * 3), png = ImageFiles.Png(30, 21, 3, pixels);
        using BrowserPage page = browser.Open(HtmlReport.Save(_runs["run"]));

        page.Run("document.querySelectorAll('.choices button')[3].click();");
        (byte[] image, string label, string status) = Answer(page);
        Assert.Equal(ImageDecoder.Decode(worst.Png, "worst", 1, 8, 8), image);
        Assert.Equal(model.Classes[worst.Predicted], label);
        Assert.Matches(@"^Computed by this page in [0-9.]+ ms\.$", status);

        Choose(page, png);
        (image, label, _) = Answer(page);
        Assert.Equal(ImageDecoder.Decode(png, "own", 1, 8, 8), image);
        Assert.Equal(model.PredictFile(png, "own").Label, label);

        // A browser loses the colours under transparent pixels, and says so; under opaque ones it loses nothing.
        byte[] hidden = [.. Enumerable.Range(0, 30 * 21 * 4).Select(i => i % 4 == 3 ? (byte)255 : pixels[i / 4])];
        Choose(page, ImageFiles.Png(30, 21, 4, hidden));
        Assert.DoesNotContain("transparent", Answer(page).Status, StringComparison.Ordinal);
        hidden[403] = 0;
        Choose(page, ImageFiles.Png(30, 21, 4, hidden));
        Assert.Contains("transparent in places", Answer(page).Status, StringComparison.Ordinal);

        Choose(page, "no picture"u8.ToArray());
        Assert.StartsWith("This picture cannot be read: ", Answer(page).Status, StringComparison.Ordinal);
        AssertQuiet(page);
    }

    [Fact]
    public void The_script_that_a_page_lets_run_is_the_one_of_the_library()
    {
        _runs.Train("run");
        string text = File.ReadAllText(HtmlReport.Save(_runs["run"]));
        Match script = Scripts().Matches(text).Single(static match => match.Groups[1].Value.Length == 0);
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups[2].Value)));
        Assert.Contains($"script-src 'sha256-{hash}'\"", text.Replace("&#39;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", text, StringComparison.Ordinal);

        // A browser ends a script at the first closing tag, and reads on after <!--; an XML reader ends the text at ]]>.
        Assert.DoesNotMatch("(?i)</script|<!--|]]>", Resources.Text("network.js"));
        Assert.DoesNotMatch(@"https?:|fetch\(|import[ (]|XMLHttpRequest|WebSocket|innerHTML|eval\(", Resources.Text("network.js"));
    }

    [Fact]
    public void A_script_that_got_into_a_page_does_not_run_and_the_console_says_so()
    {
        _runs.Train("run");
        string file = HtmlReport.Save(_runs["run"]);
        File.WriteAllText(file, File.ReadAllText(file)
            .Replace("</main>", "</main><script>document.title = 'taken'</script>", StringComparison.Ordinal));
        using BrowserPage page = browser.Open(file);
        Assert.Equal("\"tiny - Pare\"", page.Run("return document.title;"));
        Assert.Contains("Content Security Policy", Assert.Single(page.Console), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("<!-- <script> \u2028 ]]> \u0001 \ud800")]
    public void Names_of_classes_stay_text(string name)
    {
        Network network = new(GraphBuilder.Input(1, 8, 8).Conv(2).Relu().GlobalAveragePool().Linear(2).Build(), seed: 1);
        XElement section = TrySection.Create(Lowerer.Lower(network, Preprocessing.Plain(1), [name, "other"]));
        Assert.Equal(["noscript", "script"], section.Descendants().Select(static element => element.Name.LocalName)
            .Where(static tag => tag.EndsWith("script", StringComparison.Ordinal)));
        Assert.Matches("^[A-Za-z0-9+/]+=*$", section.Element("script")!.Value);
        string found = JsonSerializer.Deserialize<string>(Run($"return readModel(\"{section.Element("script")!.Value}\").classes[0];"))!;
        Assert.Equal(name.Replace('\ud800', '\ufffd'), found);
    }

    [Theory]
    [InlineData(3_000, "its weights are 4.6 MB")]
    [InlineData(8, null)]
    public void A_network_that_is_too_large_for_a_page_is_left_out_with_a_sentence(int units, string? why)
    {
        Network network = new(GraphBuilder.Input(1, 20, 20).Linear(units).Relu().Linear(2).Build(), seed: 1);
        InferenceGraph lowered = Lower(network);
        XElement section = TrySection.Create(lowered);
        Assert.Equal(why is null, TrySection.Script(lowered) is not null);
        Assert.Equal(why is null, section.Descendants("script").Any());
        if (why is not null) Assert.Contains(why, section.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_computes_too_long_for_a_page_is_left_out_with_a_sentence()
    {
        Network network = new(GraphBuilder.Input(3, 512, 512).Conv(16).Conv(64).GlobalAveragePool().Linear(2).Build(), seed: 1);
        Assert.Contains("an image takes 2.53 G MACs", TrySection.Create(Lower(network)).Value, StringComparison.Ordinal);
    }

    private static InferenceGraph Lower(Network network)
    {
        int channels = network.Graph.Input.Shape.Channels;
        float[] mean = [.. Enumerable.Range(0, channels).Select(static c => 0.3f + (0.1f * c))];
        return Lowerer.Lower(network, new Preprocessing(mean, [.. mean.Select(static value => value / 1.7f)]));
    }

    private static byte[] Bytes(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.NextInt(256))];

    private static float[] Expected(InferenceGraph network, byte[] image)
    {
        float[] table = network.Preprocessing.Table();
        int pixels = network.Input.Shape.Pixels;
        return ReferenceExecutor.Run(network, [.. image.Select((value, i) => table[(i / pixels * 256) + value])])[^1];
    }

    private static void AssertNear(float[] expected, float[] found, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        double largest = expected.Max(Math.Abs), difference = expected.Zip(found, static (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(difference <= Tolerance * largest, $"{what}: off by {difference:G3}, and the largest is {largest:G3}");
    }

    private EvaluationRecord Evaluation(string run) =>
        RunRecords.Read<EvaluationFile>(Path.Combine(_runs[run], RunFolder.EvaluationFile)).ToRecord();

    private static (byte[] Image, string Label, string Status) Answer(BrowserPage page)
    {
        using JsonDocument answer = JsonDocument.Parse(page.Run("""
            await new Promise(resolve => setTimeout(resolve, 300));
            const seen = document.querySelector(".seen"), copy = Object.assign(document.createElement("canvas"), { width: seen.width, height: seen.height });
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(seen, 0, 0);
            return {
              image: Array.from(context.getImageData(0, 0, seen.width, seen.height).data).filter((_, i) => i % 4 === 0),
              label: document.querySelector(".verdict").textContent,
              status: document.querySelector(".status").textContent,
            };
            """));
        return (
            [.. answer.RootElement.GetProperty("image").EnumerateArray().Select(static value => value.GetByte())],
            answer.RootElement.GetProperty("label").GetString()!, answer.RootElement.GetProperty("status").GetString()!);
    }

    private static void Choose(BrowserPage page, byte[] file) => page.Run($$"""
        const transfer = new DataTransfer(), input = document.querySelector(".file");
        transfer.items.add(new File([Uint8Array.from(atob("{{Convert.ToBase64String(file)}}"), letter => letter.charCodeAt(0))], "own.png"));
        input.files = transfer.files;
        input.dispatchEvent(new Event("change"));
        """);

    [Fact]
    public void The_page_answers_by_the_rule_that_the_model_keeps()
    {
        _runs.Train("run");
        Assert.DoesNotContain("keeps a rule", File.ReadAllText(HtmlReport.Save(_runs["run"])), StringComparison.Ordinal);
        string file = Path.Combine(_runs["run"], RunFolder.ModelFile);
        ImageSet images = Mnist.Load(_runs.Files.Data).Train;
        byte[][] shown = [.. Enumerable.Range(0, 40).Select(i => images.Image(i).ToArray())];
        var plain = Model.Load(file);

        // Between two of them: a browser's last bit may differ.
        double middle = shown.Select(image => (double)plain.Predict(image, 8, 8, 1).Probability).Order()
            .Skip(shown.Length / 2).Take(2).Average();
        var rule = new ConfidenceRule { Temperature = 2.5, Threshold = middle, WishedAccuracy = 0.9 };
        Model.Load(file).With(rule).Save(file);

        string report = HtmlReport.Save(_runs["run"]), text = File.ReadAllText(report);

        Assert.Contains("by a temperature of 2.5, which these figures are without", text, StringComparison.Ordinal);
        Assert.Contains("below a probability of ", text, StringComparison.Ordinal);
        string kept = _runs["kept.safetensors"];
        File.WriteAllBytes(kept, Convert.FromBase64String(Regex.Match(text, "id=\"model\">([^<]*)<").Groups[1].Value));
        Assert.Equal((2.5, middle), (Model.Load(kept).Confidence.Temperature, Model.Load(kept).Confidence.Threshold));

        var model = Model.Load(file);
        Prediction[] expected = [.. shown.Select(image => model.Predict(image, 8, 8, 1))];
        Assert.Equal(2, expected.Select(static one => one.IsSure).Distinct().Count());
        using JsonDocument found = JsonDocument.Parse(RunIn(report, $$"""
            const model = readModel(document.getElementById("model").textContent);
            return {{JsonSerializer.Serialize(shown)}}.map(image =>
              predict(model, logits(model, Uint8Array.from(atob(image), letter => letter.charCodeAt(0)))));
            """));
        foreach ((JsonElement answer, Prediction one) in found.RootElement.EnumerateArray().Zip(expected))
        {
            Assert.Equal(one.IsSure, answer.GetProperty("isSure").GetBoolean());
            AssertNear([.. one.Probabilities],
                [.. answer.GetProperty("probabilities").EnumerateArray().Select(static share => share.GetSingle())], "probabilities");
        }
    }

    private static void AssertQuiet(BrowserPage page)
    {
        Assert.Empty(page.Console);
        Assert.All(page.Requests, static address => Assert.Matches("^(file|data|blob):", address));
        Assert.Single(page.Requests, static address => address.StartsWith("file:", StringComparison.Ordinal));
    }

    /// <summary>Runs a function's body beside the page's script alone; what it returns, as JSON.</summary>
    private string Run(string body)
    {
        string file = _runs["script.html"];
        File.WriteAllText(file,
            $"<!DOCTYPE html><meta " +
            $"charset=\"utf-8\"><body>{Html.Script(Resources.Text("network.js")).ToString(SaveOptions.DisableFormatting)}</body>");
        return RunIn(file, body);
    }

    private string RunIn(string file, string body)
    {
        using BrowserPage page = browser.Open(file);
        string answer = page.Run(body);
        AssertQuiet(page);
        return answer;
    }

    [GeneratedRegex("<script( [^>]*)?>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Scripts();
}
