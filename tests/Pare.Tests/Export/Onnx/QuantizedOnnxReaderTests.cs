using Google.Protobuf;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;
using Pare.Tests.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Export.Onnx;

/// <summary>Files in 8-bit integers, Pare's and as other programs write them, judged by ONNX Runtime.</summary>
public sealed class QuantizedOnnxReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The same arithmetic in float32, in another order: now and then a value is rounded to the other side.
    [Fact]
    public void What_Pare_wrote_says_the_same_as_in_ONNX_Runtime_when_it_is_read_again()
    {
        int same = 0;
        const int count = 100;
        for (int seed = 0; seed < count; seed++)
        {
            (QuantizedGraph graph, byte[][] pictures) = QuantizedOnnxTests.Random(seed);
            Shape shape = graph.Input.Shape;
            string path = Path.Combine(_folder, $"{seed}.onnx"), again = Path.Combine(_folder, "again.onnx");
            OnnxFile.Save(graph, path);
            var model = Model.Load(path);
            OnnxFile.Save(model.Graph, again);
            model.Save(Path.Combine(_folder, "again.safetensors"));
            float[] values = QuantizerTests.Values(graph.Source, pictures[^1]);
            float[] expected = OnnxRuntime.Run(File.ReadAllBytes(path), values, 1, shape.Channels, shape.Height, shape.Width);
            foreach (Model read in new[] { model, Model.Load(again), Model.Load(Path.Combine(_folder, "again.safetensors")) })
            {
                var got = new float[expected.Length];
                read.Logits(pictures[^1], got);
                if (QuantizedOnnxTests.Compare($"seed {seed}", expected, got) < 1e-4) same++;
            }
        }

        Assert.InRange(same, count * 3 * 9 / 10, count * 3);
    }

    // To the bit, but where a scale that was read is another in its last bit and a value lies on a tie. Of a network in which a map goes
    // into a sum unrounded, or is rounded in two ways, they are not known.
    [Fact]
    public void What_Pare_wrote_gives_its_own_integers_again()
    {
        const int count = 100;
        int known = 0, same = 0;
        for (int seed = 0; seed < count; seed++)
        {
            (QuantizedGraph graph, byte[][] pictures) = QuantizedOnnxTests.Random(seed);
            string path = Path.Combine(_folder, $"{seed}.onnx");
            OnnxFile.Save(graph, path);
            var model = Model.Load(path);
            if (QuantizedModel.OfTraining(model) is not { } own) continue;
            known++;
            Assert.False(own.Graph.Source.RoundsToIntegers);
            float[] expected = QuantizedReference.Run(graph, pictures[^1]).Logits;
            float[] got = QuantizedReference.Run(own.Graph, pictures[^1]).Logits;
            if (QuantizedOnnxTests.Compare($"seed {seed}", expected, got) < 1e-5) same++;
        }

        Assert.InRange(known, count * 8 / 10, count);
        Assert.InRange(same, known * 19 / 20, known);
    }

    [Fact]
    public void Weights_and_maps_as_other_programs_quantize_them()
    {
        // A scale for all, signed and unsigned, a zero point that is left out; along either axis of a matrix; weights that are rounded in
        // the file itself; biases of 32 bits.
        foreach (int type in new[] { OnnxTypes.Int8, OnnxTypes.UInt8 })
        {
            int shift = type == OnnxTypes.UInt8 ? 128 : 0;
            Compare(Convolved(type, shift).Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 4, 1, 1));
            Compare(Rounded(Images(), "x", "q", type, 0.05f, shift + 3).Weights("w", 4, 3, 3, 3)
                .Floats("ws", [4], 0.01f, 0.02f, 0.03f, 0.005f).Bytes("wz", type, [4], shift, shift, shift, shift)
                .Node("QuantizeLinear", ["w", "ws", "wz"], "wq", ("axis", 0))
                .Node("DequantizeLinear", ["wq", "ws", "wz"], "wd", ("axis", 0))
                .Node("Conv", ["q", "wd"], "c").Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 4, 1, 1));
        }

        Compare(Images().Floats("s", [], 0.02f).Node("Relu", ["x"], "r").Node("QuantizeLinear", ["r", "s"], "q")
            .Node("DequantizeLinear", ["q", "s"], "d").Node("GlobalAveragePool", ["d"], "o").Output("o", 1, 3, 1, 1));
        foreach (int axis in new[] { 0, 1, -1 })
        {
            int side = axis == 0 ? 3 : 5;
            Compare(Images().Node("GlobalAveragePool", ["x"], "g").Node("Flatten", ["g"], "f")
                .Bytes("m", OnnxTypes.Int8, [3, 5], [.. Enumerable.Range(-7, 15).Select(static i => 9 * i)])
                .Floats("ms", [side], [.. Enumerable.Range(1, side).Select(static i => 0.01f * i)])
                .Node("DequantizeLinear", ["m", "ms"], "md", ("axis", axis)).Node("MatMul", ["f", "md"], "o").Output("o", 1, 5));
        }
    }

    [Fact]
    public void What_cannot_be_followed_is_refused_by_name()
    {
        OnnxGraphs End(OnnxGraphs graph) => graph.Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1);
        OnnxGraphs Steps() => Images().Floats("s", [], 0.05f).Bytes("z", OnnxTypes.Int8, [], 3);
        OnnxGraphs Quantized() => Steps().Node("QuantizeLinear", ["x", "s", "z"], "q");

        Assert.Contains("DequantizeLinear only", Refused(End(Quantized().Node("MaxPool", ["q"], "m", ("kernel_shape", new[] { 2, 2 }))
            .Node("DequantizeLinear", ["m", "s", "z"], "c"))).Message);
        Assert.Contains("8-bit integers", Refused(Steps().Node("GlobalAveragePool", ["x"], "g").Node("QuantizeLinear", ["g", "s", "z"], "o")
            .Output("o", 1, 3, 1, 1)).Message);
        Assert.Contains("another scale", Refused(End(Quantized().Floats("t", [], 0.06f)
            .Node("DequantizeLinear", ["q", "t", "z"], "c"))).Message);
        Assert.Contains("another scale", Refused(End(Quantized().Bytes("y", OnnxTypes.UInt8, [], 131)
            .Node("DequantizeLinear", ["q", "s", "y"], "c"))).Message);
        Assert.Contains("no QuantizeLinear made", Refused(End(Steps().Node("DequantizeLinear", ["x", "s", "z"], "c"))).Message);
        Assert.Contains("3 scales", Refused(End(Images().Floats("s", [3], 0.1f, 0.2f, 0.3f).Node("QuantizeLinear", ["x", "s"], "q")
            .Node("DequantizeLinear", ["q", "s"], "c"))).Message);
        foreach (float scale in new[] { 0, -1, 1e-45f })
            Assert.Contains("a scale of", Refused(End(Images().Floats("s", [], scale).Node("QuantizeLinear", ["x", "s"], "q")
                .Node("DequantizeLinear", ["q", "s"], "c"))).Message);
        Assert.Contains("not of 8 bits", Refused(End(Images().Floats("s", [], 1).Whole("z", [], 0)
            .Node("QuantizeLinear", ["x", "s", "z"], "q").Node("DequantizeLinear", ["q", "s", "z"], "c"))).Message);
        Assert.Contains("output_dtype", Refused(End(Steps().Node("QuantizeLinear", ["x", "s", "z"], "q", ("output_dtype", 3))
            .Node("DequantizeLinear", ["q", "s", "z"], "c"))).Message);
        Assert.Contains("block_size", Refused(End(Images().Bytes("k", OnnxTypes.Int8, [1, 4, 1, 1], 1, 2, 3, 4).Floats("ks", [], 1)
            .Node("DequantizeLinear", ["k", "ks"], "kd", ("block_size", 2)).Node("Add", ["x", "kd"], "c"))).Message);
        Assert.Contains("constants of 8 bits", Refused(End(Images().Bytes("k", OnnxTypes.Int8, [1, 3, 1, 1], 1, 2, 3)
            .Node("Add", ["x", "k"], "c"))).Message);
        Assert.Contains("QLinearConv", Refused(End(Quantized()
            .Node("QLinearConv", ["q", "s", "z", "q", "s", "z", "s", "z"], "c"))).Message);

        // Constants: of a type without steps, of scales that do not fit, of values that 8 bits do not hold.
        Assert.Contains("not of int8", Refused(End(Images().Floats("k", [], 1).Floats("ks", [], 1)
            .Node("DequantizeLinear", ["k", "ks"], "kd").Node("Add", ["x", "kd"], "c"))).Message);
        foreach (int[] dims in new int[][] { [2], [3, 1], [0] })
            Refused(End(Images().Bytes("k", OnnxTypes.Int8, [1, 3, 1, 1], 1, 2, 3).Floats("ks", dims, new float[dims[0]])
                .Node("DequantizeLinear", ["k", "ks"], "kd", ("axis", 1)).Node("Add", ["x", "kd"], "c")));
        Refused(End(Images().Bytes("k", OnnxTypes.Int8, [1, 3, 1, 1], 1, 2, 3).Floats("ks", [2], 1, 1)
            .Node("DequantizeLinear", ["k", "ks"], "kd", ("axis", 9)).Node("Add", ["x", "kd"], "c")));
        OnnxGraphs wide = Images().Bytes("k", OnnxTypes.Int8, [1, 1, 1, 1], 1).Floats("ks", [], 1)
            .Node("DequantizeLinear", ["k", "ks"], "kd").Node("Add", ["x", "kd"], "c");
        TensorProto tensor = wide.Model.Graph.Initializer[0];
        tensor.RawData = ByteString.Empty;
        tensor.Int32Data.Clear();
        tensor.Int32Data.Add(200);
        Assert.Contains("8 bits do not hold", Refused(End(wide)).Message);
    }

    private static OnnxGraphs Convolved(int type, int shift) =>
        Rounded(Rounded(Images(), "x", "q", type, 0.05f, shift + 3)
            .Bytes("w", type, [4, 3, 3, 3], [.. Enumerable.Range(0, 108).Select(i => shift + (i * 37 % 255) - 127)])
            .Floats("ws", [], 0.004f)
            .Bytes("wz", type, [], shift).Node("DequantizeLinear", ["w", "ws", "wz"], "wd").Whole32("b", 100, -200, 300, 0)
            .Floats("bs", [], 0.0002f).Node("DequantizeLinear", ["b", "bs"], "bd").Node("Conv", ["q", "wd", "bd"], "y"),
            "y", "c", type, 0.03f, shift - 5);

    private static OnnxGraphs Rounded(OnnxGraphs graph, string from, string to, int type, float step, int zero) =>
        graph.Floats($"{to}s", [], step).Bytes($"{to}z", type, [], zero).Node("QuantizeLinear", [from, $"{to}s", $"{to}z"], $"{to}i")
            .Node("DequantizeLinear", [$"{to}i", $"{to}s", $"{to}z"], to);

    private static OnnxGraphs Images() => new(17, 1, 3, 9, 7);

    private void Compare(OnnxGraphs graph)
    {
        float[] picture = graph.Picture(3 * 9 * 7), expected = OnnxRuntime.Run(graph.Model.ToByteArray(), picture, 1, 3, 9, 7);
        OnnxFileTests.AssertClose("read", expected, ReferenceExecutor.Run(Read(graph.Model).Graph, picture)[^1]);
    }

    private DataException Refused(OnnxGraphs graph) => Assert.Throws<DataException>(() => Read(graph.Model));

    private OnnxNetwork Read(ModelProto model)
    {
        string path = Path.Combine(_folder, "net.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return OnnxFile.Load(path);
    }
}
