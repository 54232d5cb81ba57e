using Pare.Data;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Inference;

public sealed class ExportProofTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_that_say_the_same_agree_and_their_accuracy_is_the_trainers()
    {
        Model model = Trained(1, out ImageSet images);
        var proof = ExportProof.Begin(model, images, threads: 2);
        string onnx = Path.Combine(_folder.Root, "net.onnx"), safetensors = Path.Combine(_folder.Root, "net.safetensors"),
            bytes = Path.Combine(_folder.Root, "bytes.onnx");
        OnnxFile.Save(model.Graph, onnx);
        OnnxFile.Save(model.Graph, bytes, new OnnxOptions { WithPreprocessing = true, DynamicBatch = true });
        model.Save(safetensors);
        proof.Add("onnx", onnx);
        proof.Add("with preprocessing", bytes);
        proof.Add("safetensors", safetensors);

        Assert.Equal(["trainer", "Pare", "onnx", "with preprocessing", "safetensors"], proof.Forms.Select(static form => form.Name));
        Assert.All(proof.Forms, static form => Assert.Equal(1, form.Agreement));
        Assert.All(proof.Forms, static form => Assert.InRange(form.LargestDifference, 0, 1e-4));
        Assert.All(proof.Forms, form => Assert.Equal(proof.Forms[0].Accuracy, form.Accuracy));
        Assert.Equal(new FileInfo(onnx).Length, proof.Forms[2].Bytes);
    }

    [Fact]
    public void A_file_of_another_network_is_found_out()
    {
        Model model = Trained(1, out ImageSet images);
        string other = Path.Combine(_folder.Root, "other.onnx");
        OnnxFile.Save(Trained(2, out _).Graph, other);
        ExportedForm form = ExportProof.Begin(model, images).Add("other", other);
        Assert.InRange(form.Agreement, 0, 0.9);
        Assert.InRange(form.LargestDifference, 0.01, double.MaxValue);
    }

    [Fact]
    public void Without_images_noise_serves_and_there_is_no_accuracy()
    {
        var proof = ExportProof.BeginOnNoise(Trained(1, out _), 50);
        Assert.Equal(50, proof.Images);
        Assert.All(proof.Forms, static form => Assert.Null(form.Accuracy));
        Assert.All(proof.Forms, static form => Assert.Equal(1, form.Agreement));
    }

    [Fact]
    public void It_can_be_cancelled_at_every_step()
    {
        Model model = Trained(1, out ImageSet images);
        using var source = new CancellationTokenSource();
        var proof = ExportProof.Begin(model, images, cancellation: source.Token);
        string onnx = Path.Combine(_folder.Root, "net.onnx");
        OnnxFile.Save(model.Graph, onnx);
        int forms = proof.Forms.Count;
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ExportProof.Begin(model, images, cancellation: source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => ExportProof.BeginOnNoise(model, 50, cancellation: source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => proof.For(model, source.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => proof.Add("onnx", onnx, cancellation: source.Token));
        var program = CProgram.Of(model.Graph, new CSourceOptions { Name = "net", Tests = proof.TestVectors(model) });
        if (HostProgram.Compiler is not null)
            Assert.ThrowsAny<OperationCanceledException>(() => proof.Add(program, "net.c", cancellation: source.Token));
        Assert.Equal(forms, proof.Forms.Count);
    }

    private static Model Trained(int seed, out ImageSet images)
    {
        Graph graph = GraphBuilder.Input(3, 9, 7).Conv(6).BatchNorm().Relu().MaxBlurPool().DepthwiseSeparable(8).GlobalAveragePool()
            .Linear(4).Build();
        Network network = TrainedNetworks.WithStatistics(graph, seed);
        var pixels = new byte[300 * 3 * 9 * 7];
        new Random(3).NextBytes(pixels);
        images = new ImageSet(3, 9, 7, pixels, [.. Enumerable.Range(0, 300).Select(static i => i % 4)], ["a", "b", "c", "d"]);
        return Model.Of(network, new Normalization([0.4f, 0.5f, 0.6f], [0.2f, 0.3f, 0.25f]), images.Classes);
    }
}
