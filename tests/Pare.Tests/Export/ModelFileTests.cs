using Pare.Data;
using Pare.Export;
using Pare.Graphs;
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
        Assert.Contains("conv2.weight", Assert.Throws<DataException>(() => ModelFile.Load(FilePath, smaller)).Message, StringComparison.Ordinal);
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
        Assert.Contains("batch_norm1.count", Assert.Throws<DataException>(() => ModelFile.Load(FilePath, loaded)).Message, StringComparison.Ordinal);
    }

    private static Network Create(int channels, int seed) =>
        new(GraphBuilder.Input(3, 6, 7).Conv(channels, bias: true).BatchNorm().GlobalAveragePool().Linear(4).Build(), seed);
}
