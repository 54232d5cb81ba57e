using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>A network in single precision.</summary>
internal sealed class FloatBackEnd : BackEnd
{
    // Of the sum of the values' sizes.
    private const float NoteTolerance = 1e-3f;

    private readonly InferenceGraph _graph;
    private readonly FloatFunctions _functions = new();
    private readonly CFunctions _kernels = new();
    private readonly Dictionary<InferenceNode, IReadOnlyList<CArray>> _constants = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CArray> _arrays = new(StringComparer.Ordinal);
    private int _zeros;
    private bool _blocks, _copies;

    /// <param name="graph">The network.</param>
    public FloatBackEnd(InferenceGraph graph)
    {
        _graph = graph;
        var packed = new Dictionary<(WeightArray, bool), CArray>();
        foreach (InferenceNode node in graph.Nodes)
        {
            if (node.Operation is not LoweredConvolution convolution) continue;
            (WeightArray, bool) key = (convolution.Weights, ChannelKernel.Fits(node));
            if (!packed.TryGetValue(key, out CArray? weights))
            {
                packed[key] = weights = Array(convolution.Weights.Name,
                    key.Item2 ? ChannelKernel.Pack(convolution, convolution.Weights.Values) : DenseKernel.Pack(convolution));
            }

            List<CArray> arrays = [weights];
            if (convolution.Scale is { } scale) arrays.Add(Array($"{node.Name}_scale", [.. scale]));
            if (convolution.Shift is { } shift) arrays.Add(Array($"{node.Name}_shift", [.. shift]));
            _constants[node] = arrays;
        }
    }

    /// <inheritdoc/>
    public override string ElementOf(InferenceNode node) => "float";

    /// <inheritdoc/>
    public override int BytesOf(InferenceNode node) => sizeof(float);

    /// <inheritdoc/>
    public override bool MayOverlay(InferenceNode node, int input) => base.MayOverlay(node, input) || node.Operation switch
    {
        LoweredPool or LoweredBlur => true,
        LoweredConvolution => ChannelKernel.Fits(node) || DenseKernel.PixelsInPlace(node) > 0,
        _ => false,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<CArray> Constants(InferenceNode node) => _constants.GetValueOrDefault(node, []);

    /// <inheritdoc/>
    public override IEnumerable<string> Row(InferenceNode node, bool inPlace)
    {
        Shape shape = node.Shape;
        int length = shape.Width * shape.Channels;
        switch (node.Operation)
        {
            case LoweredInput:
                return Input(shape);
            case LoweredConvolution convolution:
                return Convolution(node, convolution, length, inPlace);
            case LoweredPool pool:
                if (pool.Mode == PoolMode.Max) _functions.Use("larger");
                return [$"{Kernel(node, Channels(node, static value => value, inPlace).Write, inPlace)}(y, x, u0, u1);"];
            case LoweredBlur:
                return [$"{Kernel(node, Channels(node, static value => value, inPlace).Write, inPlace)}(y, x, u0, u1);"];
            case LoweredActivation activation:
                return [$"for (k = 0; k < {length}; k++) y[k] = {_functions.Apply(activation.Activation, "a0[k]")};"];
            case LoweredAdd add:
                string sum = string.Join(" + ", node.Inputs.Select((_, k) => $"a{k}[k]"));
                return [$"for (k = 0; k < {length}; k++) y[k] = {_functions.Apply(add.Activation, sum)};"];
            case LoweredMultiply when node.Inputs[1].Shape == shape:
                return [$"for (k = 0; k < {length}; k++) y[k] = a0[k] * a1[k];"];
            case LoweredMultiply:
                return
                [
                    $"for (k = 0; k < {length}; k += {shape.Channels}) {{", "    int c;",
                    $"    for (c = 0; c < {shape.Channels}; c++) y[k + c] = a0[k + c] * a1[c];", "}",
                ];
            case LoweredConcat:
                return Concat(node, static (_, value) => value);
            case LoweredMean:
                Shape from = node.Inputs[0].Shape;
                return
                [
                    $"for (k = 0; k < {from.Channels}; k++) {{", "    float sum = i == 0 ? 0.0f : y[k];", "    int j;",
                    $"    for (j = 0; j < {from.Width}; j++) sum += a0[j * {from.Channels} + k];", "    y[k] = sum;", "}",
                ];
            case LoweredFlatten:
                return Flatten(node.Inputs[0].Shape);
            default:
                throw new NotSupportedException($"The operation '{node.Operation.Kind}' has no form in C.");
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> AfterLastRow(InferenceNode node) => node.Operation is LoweredMean
        ? [$"for (k = 0; k < {node.Shape.Channels}; k++) y[k] *= {CText.Float((float)(1.0 / node.Inputs[0].Shape.Pixels))};"]
        : [];

    /// <inheritdoc/>
    public override void WriteHelpers(CWriter writer)
    {
        _functions.Use("exponential");
        _functions.Write(writer);
        if (_blocks) ChannelBlock.WriteMacros(writer);
        if (_copies) CFunctions.WriteApart(writer);
        if (_zeros > 0)
        {
            writer.Line("/* The weights of a row of a window that lies outside the map. */");
            writer.Line($"static CONSTANT float zeros[{_zeros}] = {{0.0f}};");
            writer.Line();
        }

        writer.Add(_kernels.Text);
    }

    /// <inheritdoc/>
    public override string Score() => "last[k]";

    /// <inheritdoc/>
    public override string NoteType => "float";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Expected(InferenceNode node, TestVector test, int rows)
    {
        Shape shape = node.Shape;
        float[] map = test.Maps[node.Index];
        double sum = 0, size = 0;
        for (int at = 0; at < map.Length; at++)
        {
            int channel = at / shape.Pixels, row = at % shape.Pixels / shape.Width, column = at % shape.Width;
            if (row >= rows) continue;
            double value = map[at] * (double)NoteWeight(row, (column * shape.Channels) + channel);
            (sum, size) = (sum + value, size + Math.Abs(value));
        }

        return [CText.Float((float)sum), CText.Float((float)(NoteTolerance * size) + 1e-6f)];
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Compare() =>
    [
        "const float off = found[k] - expected[0];",
        "if (!(off <= expected[1] && -off <= expected[1])) return k + 1;",
    ];

    // (byte / 255 - mean) / deviation
    private IEnumerable<string> Input(Shape shape)
    {
        Preprocessing preprocessing = _graph.Preprocessing;
        string[] values = [.. Enumerable.Range(0, shape.Channels).Select(c =>
        {
            double deviation = preprocessing.StandardDeviation[c];
            return $"{CText.Float((float)(1 / (255 * deviation)))} + {CText.Float((float)(-preprocessing.Mean[c] / deviation))}";
        })];
        int length = shape.Width * shape.Channels;
        if (values.Distinct().Count() == 1) return [$"for (k = 0; k < {length}; k++) y[k] = (float)a0[k] * {values[0]};"];
        return
        [
            $"for (k = 0; k < {length}; k += {shape.Channels}) {{",
            .. values.Select((value, c) => $"    y[k + {c}] = (float)a0[k + {c}] * {value};"), "}",
        ];
    }

    private static ChannelKernel Channels(InferenceNode node, Func<string, string> activate, bool inPlace) =>
        new(node, new FloatChannels(node.Operation, activate), inPlace);

    private IEnumerable<string> Convolution(InferenceNode node, LoweredConvolution convolution, int length, bool inPlace)
    {
        if (ChannelKernel.Fits(node))
        {
            bool isShort = FloatFunctions.IsShort(convolution.Activation);
            ChannelKernel kernel = Channels(node, value => isShort ? _functions.Apply(convolution.Activation, value) : value, inPlace);
            _zeros = Math.Max(_zeros, kernel.Zeros);
            string function = Kernel(node, kernel.Write, inPlace, convolution);
            yield return $"{function}(y, x, u0, u1, {string.Join(", ", Constants(node).Select(static array => array.Name))});";
            if (!isShort) yield return $"for (k = 0; k < {length}; k++) y[k] = {_functions.Apply(convolution.Activation, "y[k]")};";
        }
        else
        {
            bool atOnce = convolution is { Scale: null, Activation.Function: PointFunction.Identity or PointFunction.Relu };
            bool relu = atOnce && convolution.Activation.Function == PointFunction.Relu;
            _blocks = true;
            LoweredConvolution stored = convolution.Scale is null ? convolution : convolution with { Scale = null, Shift = null };
            string constants =
                string.Join(", ", Constants(node).Take(convolution.Scale is null ? 2 : 1).Select(static array => array.Name));
            if (inPlace)
            {
                yield return $"{FromCopy(node, stored, relu)}(y, x, u0, u1, {constants});";
            }
            else
            {
                yield return $"{Dense(node, stored, relu)}(y, x, u0, u1, {constants});";
            }

            if (!atOnce) yield return Finish(node, convolution);
        }
    }

    // A few pixels at a time, each as if they were a row; the copy is on the stack only while that is done.
    private string FromCopy(InferenceNode node, LoweredConvolution convolution, bool relu)
    {
        _copies = true;
        Shape map = node.Inputs[0].Shape, to = node.Shape;
        int pixels = DenseKernel.PixelsInPlace(node), rest = to.Width % pixels;
        string[] names = convolution.Shift is null ? ["w"] : ["w", "b"];
        string parameters = string.Concat(names.Select(static name => $", CONSTANT float *{name}")), constants = string.Join(", ", names);
        return _kernels.Add("in_place", $"A row of {Describe(node)}, in place, from a copy of {pixels} pixels.",
            $"(float *y, const float *const *x, int u0, int u1{parameters})", body =>
            {
                body.Line($"float copy[{pixels * map.Channels}];");
                body.Line("const float *const c = copy;");
                body.Line("int k;");
                body.Open($"for (k = 0; k < {to.Width - rest}; k += {pixels})");
                body.Line($"memcpy(copy, x[0] + k * {map.Channels}, sizeof copy);");
                body.Line($"{Dense(Narrow(pixels), convolution, relu)}(y + k * {to.Channels}, &c, u0, u1, {constants});");
                body.Close();
                if (rest == 0) return;
                body.Line($"memcpy(copy, x[0] + {(to.Width - rest) * map.Channels}, {rest * map.Channels} * sizeof *copy);");
                body.Line($"{Dense(Narrow(rest), convolution, relu)}(y + {(to.Width - rest) * to.Channels}, &c, u0, u1, {constants});");
            }, "APART ");

        InferenceNode Narrow(int width) => new(node.Index, node.Name, node.Operation,
            [new InferenceNode(node.Inputs[0].Index, node.Inputs[0].Name, node.Inputs[0].Operation, [], map with { Width = width })],
            to with { Width = width });
    }

    private string Dense(InferenceNode node, LoweredConvolution convolution, bool relu) =>
        Kernel(node, new DenseKernel(node, relu).Write, inPlace: false, convolution);

    // What is not done where a sum is stored.
    private string Finish(InferenceNode node, LoweredConvolution convolution)
    {
        int channels = convolution.Channels, length = node.Shape.Width * channels;
        string value = "y[k]", channel = node.Shape.Width == 1 ? "k" : $"k % {channels}";
        if (convolution.Scale is not null)
        {
            value = $"y[k] * {Constants(node)[1].Name}[{channel}]";
            if (convolution.Shift is not null) value = $"{value} + {Constants(node)[2].Name}[{channel}]";
        }

        return $"for (k = 0; k < {length}; k++) y[k] = {_functions.Apply(convolution.Activation, value)};";
    }

    private string Kernel(InferenceNode node, Action<CWriter> write, bool inPlace, LoweredConvolution? convolution = null)
    {
        string constants = convolution is null ? ""
            : $", CONSTANT float *RESTRICT w{(convolution.Scale is null ? "" : ", CONSTANT float *RESTRICT s")}"
            + (convolution.Shift is null ? "" : ", CONSTANT float *RESTRICT b");
        return Kernel(_kernels, node, write, inPlace, "float", "float", constants);
    }

    // No function and no other name of the file ends so, whatever a network's weights are called. What is equal is there once.
    private CArray Array(string name, float[] values)
    {
        if (!values.All(float.IsFinite)) throw new ArgumentException($"The weights '{name}' hold what is not a finite number.");
        byte[] bytes = MemoryMarshal.AsBytes<float>(values).ToArray();
        string key = Convert.ToBase64String(SHA256.HashData(bytes));
        if (!_arrays.TryGetValue(key, out CArray? array))
            _arrays[key] = array = new($"{CNames.Unique(name, _names)}_values", "float", [.. values.Select(CText.Float)], bytes);
        return array;
    }
}
