using System.Diagnostics;
using Google.Protobuf;
using Pare.Export.Onnx;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Export.Onnx;

/// <summary>Operators as other programs write them, judged by ONNX Runtime.</summary>
public sealed class OnnxReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Convolutions_with_every_setting()
    {
        Check(Images().Weights("w", 4, 3, 3, 2).Weights("b", 4)
            .Node("Conv", ["x", "w", "b"], "c", ("strides", Ints(2, 1)), ("pads", Ints(0, 1, 2, 0)), ("dilations", Ints(1, 2)),
                ("kernel_shape", Ints(3, 2))));
        Check(Images().Weights("w", 6, 1, 3, 3)
            .Node("Conv", ["x", "w"], "c", ("group", 3), ("auto_pad", "SAME_UPPER"), ("strides", Ints(2, 2))));
        Check(Images().Weights("w", 6, 1, 4, 4)
            .Node("Conv", ["x", "w"], "c", ("group", 3), ("auto_pad", "SAME_LOWER"), ("strides", Ints(3, 2))));
        Check(Images().Weights("w", 2, 3, 3, 3).Node("Conv", ["x", "w"], "c", ("auto_pad", "VALID")));
    }

    [Fact]
    public void Norms_and_functions()
    {
        foreach (string function in new[] { "Relu", "Sigmoid", "HardSigmoid", "Tanh", "LeakyRelu", "Elu", "HardSwish" })
            Check(Images().Weights("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], "y").Node(function, ["y"], "c"));
        Check(Images().Node("HardSigmoid", ["x"], "c", ("alpha", 0.3f), ("beta", 0.4f)));
        Check(Images().Node("LeakyRelu", ["x"], "c", ("alpha", -0.3f)));
        Check(Images().Floats("low", [], -0.5f).Floats("high", [], 0.75f).Node("Clip", ["x", "low", "high"], "c"));
        Check(Images().Floats("low", [], -0.5f).Node("Clip", ["x", "low"], "c"));
        Check(Images().Floats("high", [], 0.75f).Node("Clip", ["x", "", "high"], "c"));
        Check(Images().Floats("low", [], 0).Floats("high", [], 6).Node("Clip", ["x", "low", "high"], "c"));
        Check(Images(opset: 10).Node("Clip", ["x"], "c", ("min", -1f), ("max", 0.5f)));
        Check(Images().Weights("slope", 3, 1, 1).Node("PRelu", ["x", "slope"], "c"));
        Check(Images().Floats("slope", [1], 0.3f).Node("PRelu", ["x", "slope"], "c"));
        Check(Images().Weights("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], "y").Weights("s", 4).Weights("b", 4).Weights("m", 4)
            .Floats("v", [4], 0.5f, 1, 2, 3)
            .Node("BatchNormalization", ["y", "s", "b", "m", "v"], "c", ("epsilon", 1e-3f)));
        Check(Images().Node("Sigmoid", ["x"], "s").Node("Mul", ["x", "s"], "c"));
        Check(Images().Node("HardSigmoid", ["x"], "s", ("alpha", 1 / 6f)).Node("Mul", ["s", "x"], "c"));
    }

    [Fact]
    public void Arithmetic_with_constants_and_maps()
    {
        foreach (string operation in new[] { "Add", "Sub", "Mul", "Div" })
        {
            foreach (int[] dims in new int[][] { [], [1], [3, 1, 1], [1, 3, 1, 1] })
            {
                Check(Images().Weights("k", dims).Node(operation, ["x", "k"], "c"));
                if (operation != "Div") Check(Images().Weights("k", dims).Node(operation, ["k", "x"], "c"));
            }
        }

        Check(Images().Weights("w", 3, 3, 1, 1).Node("Conv", ["x", "w"], "y").Node("Add", ["x", "y"], "z").Node("Relu", ["z"], "c"));
        Check(Images().Weights("w", 3, 3, 1, 1).Node("Conv", ["x", "w"], "y").Node("Mul", ["x", "y"], "c"));
        Check(Images().Node("GlobalAveragePool", ["x"], "g").Node("Sigmoid", ["g"], "s").Node("Mul", ["s", "x"], "c"));
        Check(Images().Weights("w", 2, 3, 3, 3).Node("Conv", ["x", "w"], "y", ("pads", Ints(1, 1, 1, 1)))
            .Node("Concat", ["y", "x", "y"], "c", ("axis", 1)));
        // One convolution used twice, each time with a norm of its own.
        Check(Images().Weights("w", 3, 3, 1, 1).Weights("s", 3, 1, 1).Weights("t", 3, 1, 1).Node("Conv", ["x", "w"], "y")
            .Node("Mul", ["y", "s"], "ys").Node("Relu", ["ys"], "z")
            .Node("Conv", ["z", "w"], "u").Node("Add", ["u", "t"], "ut").Node("Relu", ["ut"], "c"));
    }

    [Fact]
    public void Pools_of_every_kind()
    {
        foreach (int ceil in new[] { 0, 1 })
        {
            Check(Images()
                .Node("MaxPool", ["x"], "c", ("kernel_shape", Ints(3, 2)), ("strides", Ints(2, 3)), ("pads", Ints(1, 0, 1, 1)),
                ("ceil_mode", ceil)));
            Check(Images()
                .Node("AveragePool", ["x"], "c", ("kernel_shape", Ints(3, 2)), ("strides", Ints(2, 2)), ("pads", Ints(1, 1, 0, 0)),
                ("ceil_mode", ceil)));
        }

        Check(Images().Node("MaxPool", ["x"], "c", ("kernel_shape", Ints(2, 2)), ("dilations", Ints(2, 3))));
        Check(Images().Node("MaxPool", ["x"], "c", ("kernel_shape", Ints(3, 3)), ("strides", Ints(2, 2)), ("auto_pad", "SAME_UPPER")));
        Check(Images().Node("AveragePool", ["x"], "c", ("kernel_shape", Ints(3, 3)), ("pads", Ints(1, 1, 1, 1)), ("count_include_pad", 1)));
        Check(Images().Node("AveragePool", ["x"], "c", ("kernel_shape", Ints(3, 3)), ("auto_pad", "SAME_LOWER")));
        Check(Images().Node("GlobalMaxPool", ["x"], "c"));
        foreach (int keep in new[] { 0, 1 })
        {
            Finish(Images().Weights("w", 5, 3, 1, 1).Node("Conv", ["x", "w"], "y")
                .Node("ReduceMean", ["y"], "c", ("axes", Ints(2, -1)), ("keepdims", keep)), keep == 1);
            Finish(Images(opset: 18).Whole("axes", 2, 3).Weights("w", 5, 3, 1, 1).Node("Conv", ["x", "w"], "y")
                .Node("ReduceMean", ["y", "axes"], "c", ("keepdims", keep)), keep == 1);
        }
    }

    [Fact]
    public void Borders_of_their_own()
    {
        Check(Images().Whole("p", 0, 0, 1, 2, 0, 0, 0, 1).Weights("w", 2, 3, 3, 3).Node("Pad", ["x", "p"], "y")
            .Node("Conv", ["y", "w"], "c", ("strides", Ints(2, 2))));
        Check(Images(opset: 10).Weights("w", 2, 3, 3, 3).Node("Pad", ["x"], "y", ("pads", Ints(0, 0, 1, 1, 0, 0, 1, 1)))
            .Node("Conv", ["y", "w"], "c"));
        Check(Images(opset: 18).Whole("p", 1, 2, 0, 1).Whole("a", 2, 3).Weights("w", 2, 3, 3, 3).Node("Pad", ["x", "p", "", "a"], "y")
            .Node("Conv", ["y", "w"], "c"));
        Check(Images().Whole("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", ["x", "p"], "y")
            .Node("MaxPool", ["y"], "c", ("kernel_shape", Ints(3, 3)), ("strides", Ints(2, 2))));
        Check(Images().Whole("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Relu", ["x"], "r").Node("Pad", ["r", "p"], "y")
            .Node("MaxPool", ["y"], "c", ("kernel_shape", Ints(3, 3))));
        Check(Images().Whole("p", 0, 0, 1, 1, 0, 0, 0, 1).Node("Pad", ["x", "p"], "y")
            .Node("AveragePool", ["y"], "c", ("kernel_shape", Ints(3, 3))));
        Check(Images().Whole("p", 0, 0, 1, 1, 0, 0, 0, 1).Node("Pad", ["x", "p"], "y").Node("Sigmoid", ["y"], "c"));
        Check(Images().Whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
            .Floats("w", [3, 1, 3, 3], [.. Enumerable.Repeat(0, 3).SelectMany(static _ => Binomial())])
            .Node("Pad", ["x", "p"], "y", ("mode", "reflect")).Node("Conv", ["y", "w"], "c", ("group", 3), ("strides", Ints(2, 2))));
    }

    [Fact]
    public void Ends_of_classifiers()
    {
        OnnxGraphs Conv() => Images().Weights("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], "y", ("strides", Ints(2, 2)));
        const int flat = 4 * 4 * 3;
        Compare(Conv().Node("Flatten", ["y"], "f").Weights("m", 5, flat).Weights("b", 5)
            .Node("Gemm", ["f", "m", "b"], "o", ("transB", 1), ("alpha", 0.5f), ("beta", 2f)).Output("o", 1, 5));
        Compare(Conv().Whole("s", 1, -1).Node("Reshape", ["y", "s"], "f").Weights("m", flat, 5).Node("Gemm", ["f", "m"], "o")
            .Output("o", 1, 5));
        Compare(Conv().Whole("s", 0, flat).Node("Reshape", ["y", "s"], "f").Weights("m", flat, 5).Weights("b", 5)
            .Node("MatMul", ["f", "m"], "p").Node("Add", ["p", "b"], "o").Output("o", 1, 5));
        Compare(Conv().Node("GlobalAveragePool", ["y"], "g").Node("Squeeze", ["g"], "f", ("axes", Ints(2, 3))).Weights("m", 4, 5)
            .Node("MatMul", ["f", "m"], "o").Output("o", 1, 5), opset: 11);
        // What exporters make of x.view(x.size(0), -1).
        Compare(Conv().Node("Shape", ["y"], "sh").Whole("zero", [], 0).Node("Gather", ["sh", "zero"], "n", ("axis", 0)).Whole("ax", 0)
            .Node("Unsqueeze", ["n", "ax"], "n1").Whole("minus", -1)
            .Node("Concat", ["n1", "minus"], "s", ("axis", 0)).Node("Reshape", ["y", "s"], "f").Weights("m", flat, 5)
                .Node("MatMul", ["f", "m"], "o").Output("o", 1, 5));
        // A norm of a flattened map.
        Compare(Conv().Node("Flatten", ["y"], "f").Weights("a", flat).Weights("b", flat).Weights("c", flat)
            .Floats("v", [flat], [.. Enumerable.Repeat(2f, flat)])
            .Node("BatchNormalization", ["f", "a", "b", "c", "v"], "n").Weights("m", flat, 5).Node("MatMul", ["n", "m"], "o")
                .Output("o", 1, 5));
        Compare(Conv().Node("Dropout", ["y"], "d").Node("Identity", ["d"], "i").Node("Flatten", ["i"], "f").Weights("m", flat, 5)
            .Node("MatMul", ["f", "m"], "l").Node("Softmax", ["l"], "o").Output("o", 1, 5));
        Compare(Conv().Node("GlobalAveragePool", ["y"], "g").Node("Flatten", ["g"], "o").Output("o", 1, 4));
        Compare(Conv().Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 4, 1, 1));
    }

    [Fact]
    public void Channels_last_as_Keras_has_them()
    {
        const int flat = 4 * 5 * 4;
        OnnxGraphs Keras() =>
            new OnnxGraphs(17, 0, 9, 7, 3).Node("Transpose", ["x"], "n", ("perm", Ints(0, 3, 1, 2))).Weights("w", 4, 3, 3, 3)
            .Node("Conv", ["n", "w"], "y", ("auto_pad", "SAME_UPPER"), ("strides", Ints(2, 2)))
                .Node("Transpose", ["y"], "l", ("perm", Ints(0, 2, 3, 1)));
        // Flattened rows first, channels last: the matrix is put in the other order.
        Compare(Keras().Whole("s", -1, flat).Node("Reshape", ["l", "s"], "f").Weights("m", flat, 5).Node("MatMul", ["f", "m"], "o")
            .Output("o", 0, 5));
        Compare(Keras().Node("ReduceMean", ["l"], "g", ("axes", Ints(1, 2)), ("keepdims", 0)).Weights("m", 4, 5)
            .Node("MatMul", ["g", "m"], "o").Output("o", 0, 5));
        Compare(Keras().Weights("m", 4, 6).Weights("b", 6).Node("MatMul", ["l", "m"], "p").Node("Add", ["p", "b"], "q")
            .Node("Relu", ["q"], "r").Node("ReduceMean", ["r"], "o", ("axes", Ints(1, 2)), ("keepdims", 0)).Output("o", 0, 6));
        // One channel: the picture is reshaped and not turned.
        Compare(new OnnxGraphs(13, 0, 9, 7, 1).Whole("s", -1, 1, 9, 7).Node("Reshape", ["x", "s"], "n").Weights("w", 4, 1, 3, 3)
            .Node("Conv", ["n", "w"], "y").Node("GlobalAveragePool", ["y"], "g")
            .Node("Squeeze", ["g", "a"], "o").Whole("a", 2, 3).Output("o", 0, 4));
        Compare(Keras().Whole("p", 0, 1, 1, 0, 0, 0, 0, 0).Node("Pad", ["l", "p"], "q")
            .Node("Transpose", ["q"], "t", ("perm", Ints(0, 3, 1, 2))).Node("GlobalAveragePool", ["t"], "o").Output("o", 0, 4, 1, 1));
    }

    [Fact]
    public void Weights_of_every_type_and_beside_the_file()
    {
        OnnxGraphs graph = Images().Weights("w", 4, 3, 1, 1).Node("Conv", ["x", "w"], "y").Node("GlobalAveragePool", ["y"], "o")
            .Output("o", 1, 4, 1, 1);
        TensorProto tensor = graph.Model.Graph.Initializer[0];
        float[] values = tensor.FloatData.Count > 0 ? [.. tensor.FloatData]
            : System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.RawData.ToByteArray()).ToArray();
        tensor.FloatData.Clear();
        tensor.RawData = ByteString.Empty;
        (tensor.DataLocation, byte[] data) = (1, [1, 2, 3, 4, .. System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values)]);
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), data);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = "4" });
        Assert.Equal(values, Read(graph.Model).Graph.Weights[0].Values);

        foreach (string outside in new[] { "../weights.bin", "/etc/passwd", "", "sub/../../weights.bin", "none.bin" })
        {
            tensor.ExternalData[0].Value = outside;
            Assert.Throws<DataException>(() => Read(graph.Model));
        }

        tensor.ExternalData[0].Value = "weights.bin";
        foreach (string offset in new[] { "8", "-4", "x", "9223372036854775807" })
        {
            tensor.ExternalData[1].Value = offset;
            Assert.Throws<DataException>(() => Read(graph.Model));
        }
    }

    [Fact]
    public void Windows_that_reach_beyond_the_map()
    {
        // Windows of nothing but zeros that a Pad laid, a border around that border, and sizes rounded up to a window that is left out.
        OnnxGraphs Padded(string function) => Images().Node(function, ["x"], "r").Whole("p", 0, 0, 3, 3, 0, 0, 2, 3)
            .Node("Pad", ["r", "p"], "y");
        foreach (string function in new[] { "Relu", "Tanh" })
        {
            Check(Padded(function).Node("MaxPool", ["y"], "c", ("kernel_shape", Ints(2, 2))));
            Check(Padded(function).Node("AveragePool", ["y"], "c", ("kernel_shape", Ints(2, 2)), ("strides", Ints(2, 1))));
            Check(Padded(function).Node("AveragePool", ["y"], "c", ("kernel_shape", Ints(3, 3)), ("pads", Ints(1, 2, 0, 1))));
        }

        foreach (string pool in new[] { "MaxPool", "AveragePool" })
            Check(Images().Node(pool, ["x"], "c", ("kernel_shape", Ints(2, 1)), ("strides", Ints(3, 2)), ("ceil_mode", 1)));
        foreach (string sides in new[] { "SAME_UPPER", "SAME_LOWER" })
            Refused(Images().Node("MaxPool", ["x"], "c", ("kernel_shape", Ints(3, 1)), ("dilations", Ints(2, 1)), ("auto_pad", sides))
                .Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1));
    }

    [Fact]
    public void A_shape_counts_the_border_that_was_laid()
    {
        Compare(Images().Whole("p", 0, 0, 1, 0, 0, 0, 1, 2).Node("Pad", ["x", "p"], "y").Node("Shape", ["y"], "s", ("start", 2))
            .Whole("b", 1, 3).Node("Concat", ["b", "s"], "sh", ("axis", 0)).Node("Reshape", ["y", "sh"], "z")
            .Node("GlobalAveragePool", ["z"], "g").Node("Flatten", ["g"], "o").Output("o", 1, 3));
        Refused(Images().Node("GlobalAveragePool", ["x"], "g").Whole("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", ["g", "p"], "o")
            .Output("o", 1, 3, 3, 3));
    }

    [Fact]
    public void A_mean_of_no_axes_is_one_of_all_of_them()
    {
        OnnxGraphs Mean(params (string, object)[] settings) => Images(opset: 18).Whole("none", [0]).Node("GlobalAveragePool", ["x"], "g")
            .Node("ReduceMean", ["g", "none"], "m", settings).Weights("k", 1, 3, 1, 1).Node("Add", ["m", "k"], "o").Output("o", 1, 3, 1, 1);
        Assert.Contains("mean", Refused(Mean()).Message);
        Compare(Mean(("noop_with_empty_axes", 1)));
    }

    [Fact]
    public void Settings_of_no_value_or_of_several_are_refused()
    {
        foreach (int count in new[] { 0, 2 })
        {
            float[] values = new float[count];
            Refused(End(Images().Floats("k", [count], values).Node("Clip", ["x", "k"], "c")));
            Refused(End(Images().Floats("k", [count], values).Node("Clip", ["x", "", "k"], "c")));
            Refused(End(Images().Whole("p", 0, 0, 1, 1, 0, 0, 1, 1).Floats("k", [count], values).Node("Pad", ["x", "p", "k"], "c")));
            Refused(End(Images().Floats("r", [], 0.5f).Whole("k", new long[count]).Node("Dropout", ["x", "r", "k"], "c")));
        }

        Refused(End(Images().Node("Concat", [], "c", ("axis", 1))));
        Refused(End(Images().Node("Shape", [], "c")));
        Refused(End(Images().Node("Constant", [], "c")));

        OnnxGraphs End(OnnxGraphs graph) => graph.Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1);
    }

    [Fact]
    public void Constants_that_are_no_numbers_or_of_types_that_cut_are_refused()
    {
        OnnxGraphs End(OnnxGraphs graph) =>
            graph.Node("Add", ["x", "k"], "c").Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1);
        Refused(End(Images().Floats("a", [], 1).Floats("b", [], 0).Node("Div", ["a", "b"], "k")));
        Refused(End(Images().Floats("a", [], 3e38f).Floats("b", [], 10).Node("Mul", ["a", "b"], "k")));
        foreach (int type in new[] { 0, 2, 3, 9 }) Refused(End(Images().Floats("a", [], 0.5f).Node("Cast", ["a"], "k", ("to", type))));
        Compare(End(Images().Floats("a", [], 0.1f).Node("Cast", ["a"], "h", ("to", 10)).Node("Cast", ["h"], "k", ("to", 1))));
        Refused(Images().Weights("s", 3).Weights("b", 3).Weights("m", 3).Floats("v", [3], 0, 1, 1)
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], "c", ("epsilon", 0f)).Node("GlobalAveragePool", ["c"], "o")
            .Output("o", 1, 3, 1, 1));
    }

    [Fact]
    public void A_setting_of_nought_may_be_left_out_of_the_message()
    {
        OnnxGraphs graph = Images().Weights("m", 3, 5).Node("ReduceMean", ["x"], "g", ("axes", Ints(2, 3)), ("keepdims", 0))
            .Node("MatMul", ["g", "m"], "o").Output("o", 1, 5);
        graph.Model.Graph.Node[0].Attribute[1].ClearI();
        Compare(graph);
    }

    [Fact]
    public void A_small_file_that_computes_many_values_is_refused_before_it_has_them()
    {
        OnnxGraphs Filled(int side = 1 << 19) => Images().Whole("s", side).Node("ConstantOfShape", ["s"], "k0");
        OnnxGraphs Flat(int rows) => new OnnxGraphs(17, 1, 1, rows, 8192).Node("Flatten", ["x"], "v")
            .Node("Concat", ["v"], "f", ("axis", 1)).Floats("k", [], 2);
        OnnxGraphs cast = Filled(), sum = Images().Floats("a", [512, 1], new float[512]).Floats("b", [1, 512], new float[512]);
        OnnxGraphs gemm = new OnnxGraphs(17, 1, 256, 1, 1).Node("Flatten", ["x"], "f0").Weights("w", 256, 256);
        OnnxGraphs bias = new OnnxGraphs(17, 1, 1, 1, 1).Node("Flatten", ["x"], "f0").Weights("w", 1, 8192).Weights("v", 8192, 1)
            .Weights("b", 8192);
        for (int i = 0; i < 200; i++)
        {
            cast.Node("Cast", [$"k{i}"], $"k{i + 1}", ("to", i % 2 == 0 ? 10 : 1));
            sum.Node("Add", ["a", "b"], $"k{i}");
            gemm.Node("Gemm", [$"f{i}", "w"], $"f{i + 1}", ("alpha", 1 + (i * 1e-3f)));
            bias.Node("Gemm", [$"f{i}", "w", "b"], $"g{i}").Node("Gemm", [$"g{i}", "v"], $"f{i + 1}");
        }

        foreach (OnnxGraphs graph in new[]
        {
            Filled(1 << 22), cast, sum, gemm, bias,
            Filled().Node("Concat", [.. Enumerable.Repeat("k0", 2000)], "k", ("axis", 0)),
            Filled().Node("Concat", [.. Enumerable.Repeat("k0", 5000)], "k", ("axis", 0)),
            Flat(8192).Node("Mul", ["f", "k"], "m"),
            Flat(4096).Node("Concat", ["f", "f"], "g", ("axis", 1)).Node("Mul", ["g", "k"], "m"),
            Flat(8192).Node("HardSigmoid", ["f"], "m", ("alpha", 0.3f)),
        })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("more values than a small classifier needs", Refused(graph).Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    [Fact]
    public void Sides_and_axes_beyond_number_are_refused_at_once()
    {
        OnnxGraphs End(OnnxGraphs graph) => graph.Node("GlobalAveragePool", ["x"], "o").Output("o", 1, 3, 1, 1);
        long[] many = [.. Enumerable.Range(0, 100_000).Select(static axis => (long)axis)];
        Refused(End(Images().Floats("k", [], 1).Whole("a", many).Node("Unsqueeze", ["k", "a"], "z")));
        Refused(End(Images().Whole("a", many).Node("Unsqueeze", ["x", "a"], "z")));
        Refused(End(Images().Whole("a", [1, 3, 9, 7, .. Enumerable.Repeat(1L, 100)]).Node("Reshape", ["x", "a"], "z")));
        Refused(End(Images().Floats("k", [.. Enumerable.Repeat(1, 100)], 1)));
        Refused(End(Images().Floats("k", [0, 1 << 27])));
        Refused(End(Images().Floats("k", [3], 1, 2, 3).Whole("a", new long[1000]).Node("Slice", ["k", "a", "a", "a"], "z")));
        Refused(new OnnxGraphs(17, 1, 1, 300, 300).Node("Flatten", ["x"], "o").Output("o", 1, 90_000));
    }

    [Fact]
    public void Thousands_of_nodes_of_one_name_and_one_matrix_take_seconds()
    {
        OnnxGraphs graph = Images().Node("GlobalAveragePool", ["x"], "g").Node("Flatten", ["g"], "f0").Floats("w", [3, 3], new float[9]);
        const int count = 5000;
        for (int i = 0; i < count; i++) graph.Node("Gemm", [$"f{i}", "w"], $"f{i + 1}", ("alpha", 1 + (i * 1e-5f)));
        foreach (NodeProto node in graph.Model.Graph.Node) node.Name = "same";
        long began = Stopwatch.GetTimestamp();
        OnnxNetwork read = Read(graph.Output($"f{count}", 1, 3).Model);

        // It took minutes when each name was tried from the first number on, against all weights.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        Assert.Equal(count, read.Graph.Weights.Count);
        Assert.Equal("w.3", read.Graph.Weights[2].Name);
    }

    [Fact]
    public void Thousands_of_scales_behind_large_weights_take_seconds()
    {
        const int channels = 2048, count = 5000;
        float[] ones = [.. Enumerable.Repeat(1f, channels * channels)];
        OnnxGraphs graph = new OnnxGraphs(17, 1, channels, 2, 2).Floats("w", [channels, channels, 1, 1], ones).Floats("s", [], 0.999f)
            .Node("Conv", ["x", "w"], "v0");
        for (int i = 0; i < count; i++) graph.Node("Mul", [$"v{i}", "s"], $"v{i + 1}");
        graph.Node("GlobalAveragePool", [$"v{count}"], "o").Output("o", 1, channels, 1, 1);
        long began = Stopwatch.GetTimestamp();
        OnnxNetwork read = Read(graph.Model);

        // It took minutes when each scale was multiplied into all weights.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        LoweredConvolution convolution = Assert.IsType<LoweredConvolution>(read.Graph.Nodes[1].Operation);
        Assert.Null(convolution.Scale);
        Assert.Equal(Math.Pow(0.999, count), convolution.Weights.Values[^1], 1e-5);
    }

    [Fact]
    public void Constants_are_computed_in_their_own_type()
    {
        OnnxGraphs End(OnnxGraphs graph) =>
            graph.Node("Add", ["x", "k"], "c").Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1);
        Compare(End(Images().Floats("a", [], 1e8f).Floats("b", [], 3).Node("Add", ["a", "b"], "s").Node("Sub", ["s", "a"], "k")));
        Assert.Equal(0, Read(End(Images().Floats("a", [], 2048).Floats("b", [], 1).Node("Cast", ["a"], "ah", ("to", 10))
            .Node("Cast", ["b"], "bh", ("to", 10)).Node("Add", ["ah", "bh"], "s").Node("Sub", ["s", "ah"], "d")
            .Node("Cast", ["d"], "k", ("to", 1))).Model).Graph.Preprocessing.Mean[0]);
        Compare(End(Images().Floats("a", [], 1e8f).Floats("b", [], 3).Node("Cast", ["a"], "ad", ("to", 11))
            .Node("Cast", ["b"], "bd", ("to", 11)).Node("Add", ["ad", "bd"], "s").Node("Sub", ["s", "ad"], "d")
            .Node("Cast", ["d"], "k", ("to", 1))));
        Compare(End(Images().Whole32("a", 7).Whole32("b", -2).Node("Div", ["a", "b"], "d").Node("Cast", ["d"], "k", ("to", 1))));
        Refused(End(Images().Whole32("a", 1 << 20).Node("Mul", ["a", "a"], "d").Node("Cast", ["d"], "k", ("to", 1))));
        Refused(End(Images().Whole("a", long.MaxValue).Whole("b", 1).Node("Sub", ["a", "b"], "d").Node("Cast", ["d"], "k", ("to", 1))));
        Refused(End(Images().Floats("a", [], 3e9f).Node("Cast", ["a"], "d", ("to", 6)).Node("Cast", ["d"], "k", ("to", 1))));
        Refused(End(Images().Floats("a", [], 1).Whole("b", 1).Node("Add", ["a", "b"], "k")));
    }

    [Fact]
    public void Dropout_says_by_a_truth_value_whether_it_is_in_training()
    {
        OnnxGraphs Dropout(OnnxGraphs graph) => graph.Node("Dropout", ["x", "r", "t"], "c");

        // As raw bytes, and in a list.
        Check(Dropout(Images().Floats("r", [], 0.5f).Bytes("t", 9, [], 0)));
        Check(Dropout(Images().Bytes("t", 9, [], 0).Floats("r", [], 0.5f)));
        Assert.Contains("training", Refused(Dropout(Images().Floats("r", [], 0.5f).Bytes("t", 9, [], 1))).Message);
        Refused(Images().Bytes("t", 9, [3, 1, 1], 0, 1, 1).Node("Add", ["x", "t"], "c"));
        Refused(Images().Bytes("t", 9, [3, 3, 1, 1], [.. Enumerable.Repeat(1, 9)]).Node("Conv", ["x", "t"], "c"));
    }

    [Fact]
    public void A_pool_that_takes_hours_is_refused_and_so_are_pictures_for_other_channels_than_one_or_three()
    {
        OnnxGraphs slow = new OnnxGraphs(17, 1, 3, 1500, 1500)
            .Node("AveragePool", ["x"], "c", ("kernel_shape", Ints(1001, 1001)), ("pads", Ints(500, 500, 500, 500)))
            .Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 3, 1, 1);
        Assert.Contains("for one picture", Refused(slow).Message);

        byte[] png = ImageFiles.FlatPng(20, 20, 1);
        foreach (int channels in new[] { 2, 4, 28 })
        {
            var model = Model.Of(Read(new OnnxGraphs(17, 1, channels, 9, 7).Node("GlobalAveragePool", ["x"], "o")
                .Output("o", 1, channels, 1, 1).Model).Graph);
            Assert.Contains($"{channels} channels", Assert.Throws<DataException>(() => model.PredictFile(png, "picture")).Message);
            Assert.Throws<DataException>(() => PictureClassifier.Run(model, _folder).First());
            Assert.Throws<ArgumentException>(() => model.Predict(new byte[20 * 20 * 3], 20, 20, 3));
            var shares = new float[channels];
            model.Predict(new byte[channels * 9 * 7], shares);
            Assert.Equal(1f, shares.Sum(), 1e-4f);
        }
    }

    [Fact]
    public void A_range_with_one_end_is_written_and_read_again()
    {
        foreach ((float low, float high) in new[] { (-0.25f, float.PositiveInfinity), (float.NegativeInfinity, 0.25f) })
        {
            OnnxGraphs graph = Images().Weights("w", 4, 3, 1, 1).Node("Conv", ["x", "w"], "y");
            if (float.IsFinite(low)) graph.Floats("k", [], low).Node("Clip", ["y", "k"], "c");
            else graph.Floats("k", [], high).Node("Clip", ["y", "", "k"], "c");
            OnnxNetwork read = Read(graph.Node("GlobalAveragePool", ["c"], "o").Output("o", 1, 4, 1, 1).Model);
            float[] image = graph.Picture(3 * 9 * 7), expected = ReferenceExecutor.Run(read.Graph, image)[^1];
            string path = Path.Combine(_folder, "again.onnx");
            OnnxFile.Save(read.Graph, path);
            OnnxFileTests.AssertClose($"{low} to {high}", expected, OnnxRuntime.Run(File.ReadAllBytes(path), image, 1, 3, 9, 7));
            OnnxFileTests.AssertClose($"{low} to {high}", expected, ReferenceExecutor.Run(OnnxFile.Load(path).Graph, image)[^1]);
        }
    }

    [Theory]
    [InlineData("classes", """["a", null, "c"]""")]
    [InlineData("classes", """["a", "b", "a"]""")]
    [InlineData("classes", "null")]
    [InlineData("classes", "cat, dog")]
    [InlineData("preprocessing", """{"mean": null, "standard_deviation": [1, 1, 1], "inside": false}""")]
    [InlineData("preprocessing", """{"mean": [0, 0, 0], "standard_deviation": [1, 1, 1], "inside": false, "resize": "stretch"}""")]
    [InlineData("preprocessing", """{"mean": [0, 0, 0], "standard_deviation": [1, 1, 1], "inside": false, "bytes": "byte - mean"}""")]
    [InlineData("preprocessing", """{"mean": [0, 0], "standard_deviation": [1, 1, 1], "inside": false}""")]
    [InlineData("preprocessing", """{"mean": [0, 0, 0], "standard_deviation": [1, 0, 1], "inside": false}""")]
    [InlineData("preprocessing", """{"mean": [0, 0, 0]}""")]
    public void Metadata_that_cannot_be_followed_are_refused(string key, string text)
    {
        OnnxGraphs graph = Images().Node("GlobalAveragePool", ["x"], "o").Output("o", 1, 3, 1, 1);
        graph.Model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = text });
        Refused(graph);
    }

    [Theory]
    [InlineData("Resize")]
    [InlineData("ConvTranspose")]
    [InlineData("LSTM")]
    [InlineData("If")]
    [InlineData("QuantizeLinear")]
    public void Unknown_operators_are_refused_by_node_operator_and_opset(string operation)
    {
        DataException error = Refused(Images().Node(operation, ["x"], "o").Output("o", 1, 3));
        Assert.Contains($"'{operation}1' ({operation}, opset 17)", error.Message);
    }

    [Fact]
    public void What_could_only_be_guessed_is_refused()
    {
        Refused(Images().Node("Relu", ["nothing"], "o").Output("o", 1, 3));
        Refused(Images().Node("Relu", ["b"], "a").Node("Relu", ["a"], "b").Node("GlobalAveragePool", ["b"], "o").Output("o", 1, 3, 1, 1));
        Refused(Images().Node("Relu", ["x"], "o").Output("o", 1, 3, 9, 7));
        Refused(Images().Node("GlobalAveragePool", ["x"], "g").Node("Sigmoid", ["g"], "o").Output("o", 1, 3, 1, 1));
        Refused(Images().Node("Softmax", ["x"], "o", ("axis", 1)).Output("o", 1, 3, 9, 7));
        Refused(Images().Node("GlobalAveragePool", ["x"], "g").Node("Softmax", ["g"], "s", ("axis", 1)).Node("Relu", ["s"], "o")
            .Output("o", 1, 3, 1, 1));
        Refused(Images().Whole("s", 1, 9, 7, 3).Node("Reshape", ["x", "s"], "r").Node("GlobalAveragePool", ["r"], "o")
            .Output("o", 1, 9, 1, 1));
        Refused(Images().Whole("s", 1, 21, 9).Node("Reshape", ["x", "s"], "r").Node("ReduceMean", ["r"], "o", ("axes", Ints(2)))
            .Output("o", 1, 21, 1));
        Refused(Images().Weights("k", 1, 1, 9, 7).Node("Add", ["x", "k"], "y").Node("GlobalAveragePool", ["y"], "o")
            .Output("o", 1, 3, 1, 1));
        foreach (string operation in new[] { "Add", "Sub", "Mul", "Div" })
        {
            foreach (int[] sides in new int[][] { [1, 1, 1, 1, 1], [1, 1, 3, 1, 1] })
            {
                Refused(Images().Weights("k", sides).Node(operation, ["x", "k"], "y")
                    .Node("ReduceMean", ["y"], "o", ("axes", Ints(2, 3)), ("keepdims", 0)).Output("o", 1, 1, 7));
            }
        }

        Refused(Images().Floats("k", [], 0).Node("Div", ["x", "k"], "y").Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 3, 1, 1));
        Refused(Images().Node("ReduceMean", ["x"], "y", ("axes", Ints(1))).Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 1, 1, 1));
        Refused(Images().Node("MaxPool", ["x"], "y", ("kernel_shape", Ints(2, 2)), ("something_new", 1))
            .Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 3, 1, 1));
        Refused(Images().Node("Relu", ["x"], "y").Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 3, 1, 1).Output("y", 1, 3, 9, 7));
        Refused(new OnnxGraphs(17, 4, 3, 9, 7).Node("GlobalAveragePool", ["x"], "o").Output("o", 4, 3, 1, 1));
        Refused(new OnnxGraphs(17, 1, 3, 0, 7).Node("GlobalAveragePool", ["x"], "o").Output("o", 1, 3, 1, 1));
        Refused(new OnnxGraphs(17, 1, 784).Weights("m", 784, 3).Node("MatMul", ["x", "m"], "o").Output("o", 1, 3));
        Refused(new OnnxGraphs(99, 1, 3, 9, 7).Node("GlobalAveragePool", ["x"], "o").Output("o", 1, 3, 1, 1));
        Refused(Images().Floats("w", [4, 3, 1, 1], [float.NaN, .. new float[11]]).Node("Conv", ["x", "w"], "y")
            .Node("GlobalAveragePool", ["y"], "o").Output("o", 1, 4, 1, 1));
        Refused(Images().Floats("w", [4, 3, 2, 2], new float[12]).Node("Conv", ["x", "w"], "y").Node("GlobalAveragePool", ["y"], "o")
            .Output("o", 1, 4, 1, 1));
    }

    [Fact]
    public void A_tensor_that_claims_four_gigabytes_is_refused_at_once()
    {
        OnnxGraphs graph = Images().Weights("w", 4, 3, 1, 1).Node("Conv", ["x", "w"], "y").Node("GlobalAveragePool", ["y"], "o")
            .Output("o", 1, 4, 1, 1);
        graph.Model.Graph.Initializer[0].Dims[0] = 1L << 32;
        long before = GC.GetTotalAllocatedBytes();
        Refused(graph);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50_000_000);
    }

    private static OnnxGraphs Images(int opset = 17) => new(opset, 1, 3, 9, 7);

    private static int[] Ints(params int[] values) => values;

    private static float[] Binomial()
    {
        float[] row = [0.25f, 0.5f, 0.25f];
        return [.. row.SelectMany(a => row.Select(b => a * b))];
    }

    // A map "c" is brought to four values by a convolution that keeps the rows and columns apart, and a mean.
    private void Check(OnnxGraphs graph) => Finish(graph, mapped: true);

    private void Finish(OnnxGraphs graph, bool mapped)
    {
        if (!mapped) Compare(graph.Output("c", 1, 5));
        else Compare(graph.Node("Tanh", ["c"], "ct").Node("GlobalAveragePool", ["ct"], "o").Output("o", 1, 0, 1, 1));
    }

    private void Compare(OnnxGraphs graph, int? opset = null)
    {
        if (opset is { } version) graph.Model.OpsetImport[0].Version = version;
        int[] shape = [.. graph.Model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(static side => Math.Max(1, (int)side.DimValue))];
        float[] picture = graph.Picture(shape.Aggregate(static (product, side) => product * side));
        float[] expected = OnnxRuntime.Run(graph.Model.ToByteArray(), picture, shape);
        OnnxNetwork read = Read(graph.Model);

        // The reader folds what scales the input into the preprocessing, which is for bytes / 255.
        float[] image = Planar(picture, shape, read);
        float[] got = ReferenceExecutor.Run(read.Graph, image)[^1];
        OnnxFileTests.AssertClose(string.Join(' ', graph.Model.Graph.Node.Select(static node => node.OpType)), expected, read.EndsInSoftmax
            ? OnnxFileTests.Softmax(got) : got);
    }

    internal static float[] Planar(float[] picture, int[] shape, OnnxNetwork read)
    {
        int channels = read.Graph.Input.Shape.Channels, area = read.Graph.Input.Shape.Pixels;
        bool last = shape[1] != channels;
        var image = new float[picture.Length];
        for (int i = 0; i < picture.Length; i++)
        {
            (int channel, int pixel) = last ? (i % channels, i / channels) : (i / area, i % area);
            image[(channel * area) + pixel] = picture[i];
        }

        return OnnxFileTests.Normalized(image, read.Graph);
    }

    private DataException Refused(OnnxGraphs graph) => Assert.Throws<DataException>(() => Read(graph.Model));

    private OnnxNetwork Read(ModelProto model)
    {
        string path = Path.Combine(_folder, "net.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return OnnxFile.Load(path);
    }
}
