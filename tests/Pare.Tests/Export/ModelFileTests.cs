using System.Text.Json;
using System.Text.Json.Nodes;
using Pare.Data;
using Pare.Execution.Lowered;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Kernels;
using Pare.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Export;

public sealed class ModelFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private string FilePath => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_statistics_and_normalization_come_back_to_the_bit()
    {
        Network saved = Create(channels: 5, seed: 1), loaded = Create(channels: 5, seed: 2);
        saved.Statistics.AsSpan().Fill(0.3f);
        ModelFile.Save(FilePath, saved, new Normalization([0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f]));
        Normalization normalization = ModelFile.Load(FilePath, loaded);
        Assert.Equal(saved.Weights, loaded.Weights);
        Assert.Equal(saved.Statistics, loaded.Statistics);
        Assert.Equal([0.1f, 0.2f, 0.3f], normalization.Mean);
        Assert.Equal([0.4f, 0.5f, 0.6f], normalization.StandardDeviation);
    }

    [Theory]
    [InlineData("plain", "0", "1", "2")]
    [InlineData("strange", "caf\u00e9", "a \"b\", c", "\ud83d\udc1d")]
    public void Names_of_classes_come_back_and_others_than_the_network_has_are_refused(string kind, params string[] classes)
    {
        Assert.NotEmpty(kind);
        Network network = Create(channels: 5, seed: 1);
        int outputs = network.Graph.Output.Shape.Channels;
        string[] names = [.. Enumerable.Range(0, outputs).Select(i => i < classes.Length ? classes[i] : $"class {i}")];
        var normalization = new Normalization([0, 0, 0], [1, 1, 1]);

        ModelFile.Save(FilePath, network, normalization, names);
        ModelFile.Load(FilePath, network, out IReadOnlyList<string>? read);
        Assert.Equal(names, read);
        ModelFile.Save(FilePath, network, normalization);
        ModelFile.Load(FilePath, network, out read);
        Assert.Null(read);
        Assert.Throws<ArgumentException>(() => ModelFile.Save(FilePath, network, normalization, [.. names, "more"]));
        string[] twice = [.. names.Skip(1), names[1]];
        Assert.Throws<ArgumentException>(() => ModelFile.Save(FilePath, network, normalization, twice));
        Safetensors.Write(FilePath, Safetensors.Read(FilePath).Tensors.Values,
            new Dictionary<string, string> { ["classes"] = JsonSerializer.Serialize(twice) });
        string message = Assert.Throws<DataException>(() => ModelFile.Load(FilePath, network)).Message;
        Assert.Contains($"classes are damaged: `{names[1]}` is there twice", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5f, true)]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(7.5f, false)]
    [InlineData(-0.1f, false)]
    public void An_accuracy_that_is_none_is_not_known(float accuracy, bool known)
    {
        ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0, 0, 0], [1, 1, 1]),
            origin: new ModelOrigin { TestAccuracy = accuracy });
        Assert.Equal(known ? accuracy : null, ModelFile.Read(FilePath)!.Origin.TestAccuracy);
    }

    [Fact]
    public void Weights_of_another_network_are_refused_and_change_nothing()
    {
        ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0, 0, 0], [1, 1, 1]));
        Network other = Create(channels: 6, seed: 2);
        float[] before = [.. other.Weights];
        var error = Assert.Throws<DataException>(() => ModelFile.Load(FilePath, other));
        Assert.Contains("conv1.weight", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, other.Weights);
    }

    [Fact]
    public void Weights_of_a_larger_network_are_refused()
    {
        Graph larger = GraphBuilder.Input(3, 6, 7).Conv(5).BatchNorm().Conv(5).GlobalAveragePool().Build();
        ModelFile.Save(FilePath, new Network(larger, 1), new Normalization([0, 0, 0], [1, 1, 1]));
        var smaller = new Network(GraphBuilder.Input(3, 6, 7).Conv(5).BatchNorm().GlobalAveragePool().Build(), 1);
        Assert.Contains("conv2.weight", Assert.Throws<DataException>(() => ModelFile.Load(FilePath, smaller)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relu1.range.running_min", 0.5f, "holds 0")]
    [InlineData("relu1.range.running_max", -0.5f, "holds 0")]
    [InlineData("relu1.range.running_max", float.NaN, "NaN")]
    public void A_range_that_is_none_is_refused_with_its_tensor(string name, float value, string why)
    {
        var network = new Network(GraphBuilder.Input(3, 6, 7).Conv(5).Relu().GlobalAveragePool().Linear(4).Build().Quantize(), 1);
        network.Values(network["relu1.range.running_max"])[0] = 2;
        ModelFile.Save(FilePath, network, new Normalization([0, 0, 0], [1, 1, 1]));
        Assert.Equal(new ValueRange(0, 2), ModelFile.Read(FilePath)!.Graph.Nodes[1].Range);
        network.Values(network[name])[0] = value;
        var unsaved =
            Assert.Throws<RunException>(() => ModelFile.Save(FilePath, network, new Normalization([0, 0, 0], [1, 1, 1])));
        Assert.Contains(why, unsaved.Message, StringComparison.Ordinal);
        SafetensorsFile file = Safetensors.Read(FilePath);
        file[name].Floats[0] = value;
        Safetensors.Write(FilePath, file.Tensors.Values, file.Metadata);

        foreach (Action read in (Action[])[() => ModelFile.Read(FilePath), () => ModelFile.Load(FilePath, new Network(network.Graph, 1))])
        {
            DataException error = Assert.Throws<DataException>(read);
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("conv1.weight", float.NaN, "NaN")]
    [InlineData("linear1.bias", float.NegativeInfinity, "-Infinity")]
    [InlineData("batch_norm1.running_mean", float.PositiveInfinity, "Infinity")]
    [InlineData("batch_norm1.running_var", -1f, "not negative")]
    [InlineData("input.mean", float.NaN, "NaN")]
    [InlineData("input.standard_deviation", 0f, "divided by it")]
    public void A_value_that_no_trained_network_has_is_refused_with_its_tensor_and_changes_nothing(string name, float value, string why)
    {
        ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0, 0, 0], [1, 1, 1]));
        SafetensorsFile file = Safetensors.Read(FilePath);
        file[name].Floats[^1] = value;
        Safetensors.Write(FilePath, file.Tensors.Values);
        Network network = Create(channels: 5, seed: 2);
        float[] before = [.. network.Weights];
        var error = Assert.Throws<DataException>(() => ModelFile.Load(FilePath, network));
        Assert.Contains($"tensor '{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, network.Weights);
    }

    [Fact]
    public void The_counters_of_a_state_dict_are_passed_over_and_other_integers_are_not()
    {
        Network saved = Create(channels: 5, seed: 1), loaded = Create(channels: 5, seed: 2);
        ModelFile.Save(FilePath, saved, new Normalization([0, 0, 0], [1, 1, 1]));
        SafetensorsTensor[] tensors = [.. Safetensors.Read(FilePath).Tensors.Values];
        Safetensors.Write(FilePath, [.. tensors, new SafetensorsTensor("batch_norm1.num_batches_tracked", [], [123L])]);
        ModelFile.Load(FilePath, loaded);
        Assert.Equal(saved.Weights, loaded.Weights);
        Safetensors.Write(FilePath, [.. tensors, new SafetensorsTensor("batch_norm1.count", [], [123L])]);
        Assert.Contains("batch_norm1.count", Assert.Throws<DataException>(() => ModelFile.Load(FilePath, loaded)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_enough_by_itself()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Network network = seed % 2 == 0 ? TrainedNetworks.Random(seed) : TrainedNetworks.Shared(seed);
            int channels = network.Graph.Input.Shape.Channels;
            var normalization =
                new Normalization([.. Enumerable.Range(0, channels).Select(static c => 0.1f + (c / 30f))],
                [.. Enumerable.Repeat(1 / 3f, channels)]);
            string[] classes = [.. Enumerable.Range(0, network.Graph.Output.Shape.Count).Select(static k => $"class \"{k}\" ü")];
            var origin =
                new ModelOrigin
                {
                    PareVersion = LibraryVersion.Text,
                    Recipe = "tiny",
                    RecipeText = "name: tiny",
                    Seed = seed,
                    Data = "photos",
                    DataFingerprint = "abc",
                    TestAccuracy = 0.5f
                };
            ModelFile.Save(FilePath, network, normalization, classes, origin);
            ModelContent content = ModelFile.Read(FilePath)!;
            Assert.Equal(network.Weights, content.Network!.Weights);
            Assert.Equal(network.Statistics, content.Network.Statistics);
            Assert.Equal(network.Graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)),
                content.Network.Graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)));
            Assert.Equal(network.Graph.Nodes.Select(static node => string.Join(' ', node.Inputs.Select(static input => input.Name))),
                content.Network.Graph.Nodes.Select(static node => string.Join(' ', node.Inputs.Select(static input => input.Name))));
            Assert.Equal(classes, content.Graph.Classes);
            Assert.Equal(normalization.Mean, content.Graph.Preprocessing.Mean);
            Assert.Equal(normalization.StandardDeviation, content.Graph.Preprocessing.StandardDeviation);
            Assert.Equal(origin, content.Origin);
        }
    }

    [Fact]
    public void Every_setting_of_every_layer_comes_back()
    {
        // What is set here must differ from the default, or a setting that is not written would not be missed.
        Layer[] layers =
        [
            new Convolution { Channels = 6, Kernel = 2, Stride = 2, Padding = 1, Groups = 3, Bias = true },
                new BatchNorm { Momentum = 0.2f, Epsilon = 1e-3f, Scale = false, Shift = false },
            new MaxPool { Kernel = 3, Stride = 1, Padding = 1 },
            new AveragePool { Kernel = 3, Stride = 1, Padding = 1, CountPadding = false }, new BlurPool { Filter = 4, Stride = 1 },
            new Dropout { Probability = 0.25f }, new FakeQuantize { Momentum = 0.2f }, new StochasticDepth { Probability = 0.3f },
            new GlobalAveragePool(), new Flatten(),
            new Linear { Units = 3, Bias = false },
            .. Enum.GetValues<ActivationFunction>().Select(static function => new Activation(function)),
        ];
        foreach (Layer layer in layers)
        {
            object? fresh = layer is Convolution ? new Convolution { Channels = 1 } : layer is Linear ? new Linear { Units = 1 }
                : layer is Activation ? null : Activator.CreateInstance(layer.GetType());
            if (fresh is not null)
                Assert.All(layer.GetType().GetProperties().Where(static property => property.SetMethod is { IsPublic: true }), property =>
                    Assert.NotEqual(property.GetValue(fresh), property.GetValue(layer)));
        }

        GraphBuilder net = GraphBuilder.Input(3, 9, 7);
        foreach (Layer layer in layers.Where(static layer => layer is not (Linear or Flatten or GlobalAveragePool))) net.Layer(layer);
        net.Residual(static body => body.Dropout()).Gate(static gate => gate.GlobalAveragePool())
            .Layer(layers.OfType<GlobalAveragePool>().Single()).Layer(layers.OfType<Flatten>().Single())
            .Layer(layers.OfType<Linear>().Single());
        ModelFile.Save(FilePath, net.Build(seed: 1), new Normalization([0, 0, 0], [1, 1, 1]));
        Assert.Equal(net.Build().Nodes.Select(static node => node.Layer),
            ModelFile.Read(FilePath)!.Network!.Graph.Nodes.Select(static node => node.Layer));
        Type[] all = [.. typeof(Layer).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract)];
        Assert.Equal(all.Select(static type => type.Name).Order(), net.Build().Nodes.Select(static node => node.Layer.GetType().Name)
            .Distinct().Order());
    }

    [Fact]
    public void A_lowered_network_comes_back_to_the_bit()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            ModelFile.Save(FilePath, graph);
            ModelContent content = ModelFile.Read(FilePath)!;
            Assert.Null(content.Network);
            Assert.Equal(graph.Weights.Count, content.Graph.Weights.Count);
            var random = new SeededRandom(seed);
            float[] image = RandomArrays.Normal(ref random, graph.Input.Shape.Count);
            Executor before = new(graph), after = new(content.Graph);
            Assert.Equal(before.Run(before.CreateArena(), image).ToArray(), after.Run(after.CreateArena(), image).ToArray());
        }
    }

    [Fact]
    public void A_file_without_a_network_says_so()
    {
        Safetensors.Write(FilePath, [new SafetensorsTensor("a", [1], [1f])]);
        Assert.Null(ModelFile.Read(FilePath));
    }

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("{}", null)]
    [InlineData("format", "2")]
    [InlineData("preprocessing", "null")]
    [InlineData("preprocessing.resize", "\"stretch\"")]
    [InlineData("preprocessing.mean", "[0.5,0.5,0.5]")]
    [InlineData("preprocessing.mean", "[0.5]")]
    [InlineData("preprocessing.standard_deviation", "[0,0,0]")]
    [InlineData("layers", "[]")]
    [InlineData("layers", "null")]
    [InlineData("layers", "[null]")]
    [InlineData("layers.1", "null")]
    [InlineData("layers.1.kind", "\"attention\"")]
    [InlineData("layers.1.kind", "null")]
    [InlineData("layers.1.name", "null")]
    [InlineData("layers.1.inputs", "[\"linear1\"]")]
    [InlineData("layers.1.inputs", "[null]")]
    [InlineData("layers.1.inputs", "[]")]
    [InlineData("layers.1.channels", "2000000000")]
    [InlineData("layers.1.channels", "-1")]
    [InlineData("layers.1.channels", "1e400")]
    [InlineData("layers.1.kernel", "null")]
    [InlineData("layers.1.padding", "2147483647")]
    [InlineData("layers.1.weights_of", "\"nobody\"")]
    [InlineData("layers.0.shape", "[3,2000000000,2000000000]")]
    [InlineData("layers.0.shape", "[3,30000,30000]")]
    [InlineData("layers.0.shape", "[3]")]
    [InlineData("layers.2.name", "\"conv1\"")]
    public void A_record_that_does_not_fit_is_refused_in_three_lines(string key, string? value)
    {
        ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f]));
        SafetensorsFile file = Safetensors.Read(FilePath);
        string json = key;
        if (value is not null)
        {
            JsonNode root = JsonNode.Parse(file.Metadata["pare"])!, parent = root;
            string[] parts = key.Split('.');
            foreach (string part in parts[..^1]) parent = int.TryParse(part, out int index) ? parent[index]! : parent[part]!;
            if (int.TryParse(parts[^1], out int last)) parent[last] = JsonNode.Parse(value);
            else parent[parts[^1]] = JsonNode.Parse(value);
            json = root.ToJsonString();
        }

        Safetensors.Write(FilePath, file.Tensors.Values, new Dictionary<string, string> { ["pare"] = json });
        var error = Assert.Throws<DataException>(() => Model.Load(FilePath));
        Assert.Equal(FilePath, error.Where);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1,2,3,4]")]
    [InlineData("[\"one\"]")]
    [InlineData("[\"one\",null,\"three\",\"four\"]")]
    [InlineData("[\"one\",\"two\",\"three\",\"one\"]")]
    public void Names_of_classes_that_do_not_fit_are_refused(string classes)
    {
        ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f]));
        SafetensorsFile file = Safetensors.Read(FilePath);
        Safetensors.Write(FilePath, file.Tensors.Values, new Dictionary<string, string>(file.Metadata) { ["classes"] = classes });
        Assert.Equal(FilePath, Assert.Throws<DataException>(() => Model.Load(FilePath)).Where);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_is_damaged_in_a_record_the_file_is_read_or_refused(bool lowered)
    {
        if (lowered) ModelFile.Save(FilePath, RandomInferenceGraphs.Classifier(3));
        else ModelFile.Save(FilePath, Create(channels: 5, seed: 1), new Normalization([0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f]));
        SafetensorsFile file = Safetensors.Read(FilePath);
        int refused = 0;
        foreach (string path in Paths(JsonNode.Parse(file.Metadata["pare"])!))
        {
            foreach (string value in new[] { "null", "-1", "0", "1000000000", "1e300", "\"text\"", "[]", "{}", "true" })
            {
                JsonNode root = JsonNode.Parse(file.Metadata["pare"])!, node = root;
                foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
                    node = int.TryParse(part, out int index) ? node[index]! : node[part]!;
                node.ReplaceWith(JsonNode.Parse(value));
                Safetensors.Write(FilePath, file.Tensors.Values, new Dictionary<string, string> { ["pare"] = root.ToJsonString() });
                try
                {
                    Model.Load(FilePath);
                }
                catch (DataException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 200, int.MaxValue);
    }

    private static IEnumerable<string> Paths(JsonNode node, string path = "") => node switch
    {
        JsonObject parts => parts.Where(static part => part.Value is not null)
            .SelectMany(part => Paths(part.Value!, $"{path}.{part.Key}").Prepend($"{path}.{part.Key}")),
        JsonArray items => items.SelectMany((item, i) => Paths(item!, $"{path}.{i}").Prepend($"{path}.{i}")),
        _ => [],
    };

    private static Network Create(int channels, int seed) =>
        new(GraphBuilder.Input(3, 6, 7).Conv(channels, bias: true).BatchNorm().GlobalAveragePool().Linear(4).Build(), seed);
}
