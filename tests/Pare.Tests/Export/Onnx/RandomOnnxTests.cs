using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Export.Onnx;

/// <summary>
/// Random graphs as other programs write them: what Pare reads says the same as in ONNX Runtime, in Pare's executor and in the files that
/// Pare makes of it, and the rest is refused by an error that says what is wrong.
/// </summary>
public sealed class RandomOnnxTests : IDisposable
{
    private const int Count = 400;

    private readonly string _folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Random_graphs_agree_with_ONNX_Runtime_or_are_refused()
    {
        int runnable = 0, read = 0;
        var refusals = new List<string>();
        for (int seed = 0; seed < Count; seed++)
        {
            ModelProto model = RandomOnnxGraphs.Of(seed).Model;
            string what = $"seed {seed}, opset {model.OpsetImport[0].Version}, " +
                string.Join(' ', model.Graph.Node.Select(static node => node.OpType));
            int[] shape = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(static side => Math.Max(1, (int)side.DimValue))];
            float[] picture = Picture(shape, seed);
            float[]? expected = Judged(model, picture, shape);
            if (expected is not null) runnable++;
            string path = Path.Combine(_folder, "read.onnx");
            File.WriteAllBytes(path, model.ToByteArray());
            OnnxNetwork network;
            try
            {
                network = OnnxFile.Load(path);
            }
            catch (DataException error)
            {
                if (expected is not null) refusals.Add($"{what}: {error.Message}");
                continue;
            }

            if (expected is null) continue;
            read++;
            float[] got = ReferenceExecutor.Run(network.Graph, OnnxReaderTests.Planar(picture, shape, network))[^1];
            OnnxFileTests.AssertClose(what, expected, network.EndsInSoftmax ? OnnxFileTests.Softmax(got) : got);
            CheckForms(network, seed, what);
        }

        // ONNX Runtime refuses some by itself; of the others Pare must read nearly all.
        Assert.True(runnable > Count * 3 / 4, $"{runnable} of {Count} graphs run at all");
        Assert.True(read > runnable * 9 / 10, $"{read} of {runnable} were read:\n{string.Join('\n', refusals)}");
    }

    // On pixels: Pare's executor, and both files that Pare writes of it.
    private void CheckForms(OnnxNetwork network, int seed, string what)
    {
        Shape input = network.Graph.Input.Shape;
        var pixels = new byte[input.Count];
        new Random(seed).NextBytes(pixels);
        float[] table = network.Graph.Preprocessing.Table();
        float[] values = [.. pixels.Select((value, i) => table[(i / input.Pixels * 256) + value])];
        float[] expected = ReferenceExecutor.Run(network.Graph, values)[^1];
        var model = Model.Of(network.Graph);
        AssertSays(model, "executor");
        string file = Path.Combine(_folder, "written.safetensors"), onnx = Path.Combine(_folder, "written.onnx");
        model.Save(file);
        AssertSays(Model.Load(file), "safetensors");
        if (network.Graph.Nodes.Any(static node => IsDilatedMean(node.Operation)))
        {
            Assert.Throws<RunException>(() => OnnxFile.Save(network.Graph, onnx));
            return;
        }

        OnnxFile.Save(network.Graph, onnx);
        OnnxFileTests.AssertClose($"{what}: written again", expected,
            OnnxRuntime.Run(File.ReadAllBytes(onnx), values, 1, input.Channels, input.Height, input.Width));
        AssertSays(Model.Load(onnx), "read again");

        void AssertSays(Model said, string form)
        {
            var logits = new float[expected.Length];
            said.Logits(pixels, logits);
            OnnxFileTests.AssertClose($"{what}: {form}", expected, logits);
        }
    }

    private static bool IsDilatedMean(InferenceOperation operation) =>
        operation is LoweredPool { Mode: not PoolMode.Max } pool
            && (pool.Window.DilationX > 1 || pool.Window.DilationY > 1);

    // Null for a graph that ONNX Runtime refuses.
    private static float[]? Judged(ModelProto model, float[] picture, int[] shape)
    {
        try
        {
            float[] values = OnnxRuntime.Run(model.ToByteArray(), picture, shape);
            return values.All(float.IsFinite) ? values : null;
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    private static float[] Picture(int[] shape, int seed)
    {
        var random = new SeededRandom(seed, stream: 13);
        return [.. Enumerable.Range(0, shape.Aggregate(static (product, side) => product * side)).Select(_ => random.NextNormal())];
    }
}
