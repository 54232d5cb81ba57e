using Pare.Evaluation;
using Pare.Export;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Inference;
using Pare.Tests.Robustness;
using Pare.Tests.Support;

namespace Pare.Tests.Inference;

public sealed class ConfidenceRuleTests : IDisposable
{
    private static readonly ConfidenceRule s_rule = new() { Temperature = 2.5, Threshold = 0.625, WishedAccuracy = 0.99 };

    private readonly DataFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_temperature_makes_probabilities_less_sure_and_changes_no_class()
    {
        Model plain = Golden(), tempered = plain.With(s_rule);
        for (int i = 0; i < GoldenNetwork.Images; i++)
        {
            byte[] image = [.. GoldenNetwork.Pictures().Image(i)];
            Prediction one = plain.Predict(image, 7, 6, 1), other = tempered.Predict(image, 7, 6, 1);
            Assert.Equal(one.Label, other.Label);
            double[] powers = [.. one.Probabilities.Select(static p => Math.Pow(p, 1 / 2.5))];
            for (int k = 0; k < powers.Length; k++) Assert.Equal(powers[k] / powers.Sum(), other.Probabilities[k], 1e-5);
            Assert.True(one.IsSure);
            Assert.Equal(one.Probability >= 0.625, other.IsSure);
            var many = new float[3];
            tempered.Predict(image, many);
            Assert.Equal(other.Probabilities, many);
        }
    }

    [Fact]
    public void The_file_keeps_it_whether_the_network_is_the_trained_or_the_lowered_one()
    {
        foreach (Model model in new[] { Golden(), Model.Of(Golden().Graph) })
        {
            string path = _files["model.safetensors"];
            model.With(s_rule).Save(path);
            Assert.Equal(s_rule, Model.Load(path).Confidence);
            model.Save(path);
            Assert.Equal(ConfidenceRule.None, Model.Load(path).Confidence);
            Assert.DoesNotContain("temperature", Safetensors.Read(path).Metadata["pare"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Onnx_carries_it()
    {
        string path = _files["model.onnx"];
        OnnxFile.Save(Golden().Graph, path, new OnnxOptions { Confidence = s_rule });
        Assert.Equal(s_rule, Model.Load(path).Confidence);
        OnnxFile.Save(Golden().Graph, path);
        Assert.Equal(ConfidenceRule.None, Model.Load(path).Confidence);
        OnnxFile.Save(Golden().Graph, path, new OnnxOptions { Metadata = new Dictionary<string, string> { ["temperature"] = "warm" } });
        Assert.Throws<DataException>(() => Model.Load(path));
    }

    [Fact]
    public void A_model_saved_as_onnx_is_one_and_keeps_it_with_its_origin()
    {
        var origin = new ModelOrigin { Recipe = "golden", Seed = 7 };
        foreach (string name in new[] { "model.onnx", "MODEL.ONNX" })
        {
            var model = Model.Of(Golden().Graph, origin);
            model.With(s_rule).Save(_files[name]);
            Assert.Throws<DataException>(() => Safetensors.Read(_files[name]));
            var read = Model.Load(_files[name]);
            Assert.Equal((s_rule, "golden", 7), (read.Confidence, read.Origin.Recipe, read.Origin.Seed));
            byte[] image = [.. GoldenNetwork.Pictures().Image(0)];
            Assert.Equal(model.Predict(image, 7, 6, 1).Label, read.Predict(image, 7, 6, 1).Label);
        }
    }

    [Fact]
    public void A_number_that_is_none_is_named()
    {
        Model model = Golden();
        Assert.Equal("the threshold is 90, and must be from 0 to 1 (Parameter 'confidence')",
            Assert.Throws<ArgumentException>("confidence", () => model.With(model.Confidence with { Threshold = 90 })).Message);
        Assert.Equal("the temperature is 0, and must be positive and finite (Parameter 'confidence')",
            Assert.Throws<ArgumentException>("confidence", () => model.With(model.Confidence with { Temperature = 0 })).Message);
    }

    [Fact]
    public void An_answer_reads_as_one()
    {
        var answer = new Prediction("cat", 0, 0.8332f, [0.8332f, 0.1668f]);
        Assert.Equal("cat, 83.3 %", $"{answer}");
        Assert.Equal("unsure: cat, 83.3 %", $"{answer with { IsSure = false }}");
        Assert.Equal("75.00 % of 4 images, loss 0.5000", $"{new EvaluationResult(0.5f, new[,] { { 2, 0 }, { 1, 1 } })}");
        Assert.Equal("43.43 % of 4,000 images, loss 0.5000", $"{new EvaluationResult(0.5f, new[,] { { 1737, 2263 }, { 0, 0 } })}");
    }

    [Fact]
    public void A_program_in_C_has_its_numbers()
    {
        string Header(ConfidenceRule rule) =>
            CProgram.Of(Golden().Graph, new CSourceOptions { Name = "net", Confidence = rule }).Files["net.h"];
        Assert.Contains($"#define NET_SURE {CText.Float(0.625f)}\n", Header(s_rule), StringComparison.Ordinal);
        Assert.Contains($"#define NET_TEMPERATURE {CText.Float(2.5f)}\n", Header(s_rule), StringComparison.Ordinal);
        Assert.DoesNotContain("NET_SURE", Header(ConfidenceRule.None), StringComparison.Ordinal);
        Assert.DoesNotContain("NET_TEMPERATURE", Header(ConfidenceRule.None), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"temperature\":0")]
    [InlineData("\"temperature\":-1.5")]
    [InlineData("\"temperature\":\"NaN\"")]
    [InlineData("\"temperature\":\"Infinity\"")]
    [InlineData("\"temperature\":\"warm\"")]
    [InlineData("\"temperature\":[1]")]
    [InlineData("\"temperature\":1e400")]
    [InlineData("\"sure_threshold\":1.5")]
    [InlineData("\"sure_threshold\":-0.5")]
    [InlineData("\"sure_threshold\":\"NaN\"")]
    [InlineData("\"sure_accuracy\":1")]
    public void A_file_that_says_what_cannot_be_is_refused(string said)
    {
        string path = _files["model.safetensors"];
        Golden().Save(path);
        SafetensorsFile file = Safetensors.Read(path);
        var metadata = new Dictionary<string, string>(file.Metadata);
        metadata["pare"] = metadata["pare"].Replace("{\"format\":1", "{" + said + ",\"format\":1", StringComparison.Ordinal);
        Assert.NotEqual(file.Metadata["pare"], metadata["pare"]);
        Safetensors.Write(path, [.. file.Tensors.Values], metadata);
        DataException error = Assert.Throws<DataException>(() => Model.Load(path));
        Assert.StartsWith("The model cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_cannot_be_is_refused()
    {
        foreach (ConfidenceRule rule in new[]
        {
            new ConfidenceRule { Temperature = 0 }, new ConfidenceRule { Temperature = double.NaN },
            new ConfidenceRule { Threshold = 2 }, new ConfidenceRule { WishedAccuracy = 0 },
        })
            Assert.Throws<ArgumentException>(() => Golden().With(rule));
    }

    private static Model Golden() => Model.Of(GoldenNetwork.Make("silu"), GoldenNetwork.Normalization, ["a", "b", "c"]);
}
