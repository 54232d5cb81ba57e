using System.Runtime.InteropServices;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>A network in 8-bit integers, the same to the bit as <see cref="QuantizedReference"/>.</summary>
internal sealed class Int8BackEnd : BackEnd
{
    private const int TableMiddle = -QuantizationParameters.Lowest;

    private readonly QuantizedGraph _graph;
    private readonly string _upper;
    private readonly IntegerFunctions _functions = new();
    private readonly FloatFunctions _probabilities = new();
    private readonly CFunctions _kernels = new() { Attribute = "APART " };
    private readonly SortedSet<(int Pixels, int Channels)> _tiles = [];
    private readonly Dictionary<int, List<CArray>> _constants = [];
    private readonly Dictionary<string, CArray> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<(QuantizedWeights, bool), CArray> _weights = [];
    private readonly Dictionary<int, CArray> _tables = [];
    private readonly Dictionary<int, bool> _short = [];
    private readonly Dictionary<TestVector, QuantizedMaps> _maps = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _zeros;
    private bool _cmsis;

    /// <param name="graph">The network.</param>
    /// <param name="name">The program's name.</param>
    public Int8BackEnd(QuantizedGraph graph, string name)
    {
        (_graph, _upper) = (graph, name.ToUpperInvariant());
        foreach (QuantizedNode node in graph.Nodes)
        {
            List<CArray> arrays = _constants[node.Index] = [];
            if (node.Operation is QuantizedConvolution convolution) arrays.AddRange(Constants(node, convolution));
            if (StageOf(node)?.Table is { } table) arrays.Add(_tables[node.Index] = Array($"{node.Name}_table", "int8_t", [.. table]));
            if (node.Operation is QuantizedInput { Table: var bytes })
            {
                for (int c = 0; c < node.Shape.Channels; c++)
                {
                    sbyte[] channel = [.. bytes.Skip(c * 256).Take(256)];
                    if (ByteMap.Expression(channel, "") is null) arrays.Add(Array($"{node.Name}_{c}", "int8_t", channel));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override string ElementOf(InferenceNode node) => Quantized(node).IsSums ? "int32_t" : "int8_t";

    /// <inheritdoc/>
    public override int BytesOf(InferenceNode node) => Quantized(node).IsSums || node.Operation is LoweredMean ? sizeof(int) : 1;

    /// <inheritdoc/>
    public override bool MayOverlay(InferenceNode node, int input) => base.MayOverlay(node, input) || node.Operation switch
    {
        LoweredPool or LoweredBlur => true,
        LoweredConvolution { IsPointwise: true, Groups: 1 } => true,
        LoweredConvolution => ChannelKernel.Fits(node),
        _ => false,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<CArray> Constants(InferenceNode node) => _constants[node.Index];

    /// <inheritdoc/>
    public override IEnumerable<string> Row(InferenceNode node, bool inPlace)
    {
        QuantizedNode quantized = Quantized(node);
        Shape shape = node.Shape;
        int length = shape.Width * shape.Channels;
        int[] zeros = [.. quantized.Inputs.Select(static input => input.Parameters.ZeroPoint)];
        switch (quantized.Operation)
        {
            case QuantizedInput input:
                return Input(node, input);
            case QuantizedConvolution convolution:
                return [Convolution(quantized, convolution, inPlace)];
            case QuantizedPool or QuantizedBlur:
                var kernel = new ChannelKernel(node, new IntegerChannels(quantized, null, isShort: true, _functions), inPlace);
                return [$"{Kernel(node, kernel.Write, inPlace, "int8_t", "")}(y, x, u0, u1);"];
            case QuantizedActivation:
                return [$"for (k = 0; k < {length}; k++) y[k] = {Store(node, "a0[k]")};"];
            case QuantizedAdd add:
                (string sum, long most) = Sum(add, zeros);
                return [$"for (k = 0; k < {length}; k++) y[k] = {Store(node, _functions.Product(add.Sum, sum, most))};"];
            case QuantizedMultiply multiply:
                bool each = node.Inputs[1].Shape == shape;
                string product = $"(int32_t){IntegerFunctions.Minus(each ? "a0[k]" : "a0[k + c]", zeros[0])} * " +
                    IntegerFunctions.Minus(each ? "a1[k]" : "a1[c]", zeros[1]);
                string value = Store(node, _functions.Product(multiply.Product, product, 255 * 255));
                if (each) return [$"for (k = 0; k < {length}; k++) y[k] = {value};"];
                return
                [
                    $"for (k = 0; k < {length}; k += {shape.Channels}) {{", "    int c;",
                    $"    for (c = 0; c < {shape.Channels}; c++) y[k + c] = {value};", "}",
                ];
            case QuantizedConcat concat:
                return Concat(node, (input, value) => concat.Parts[input] is { } by
                    ? Store(node, _functions.Product(by, IntegerFunctions.Minus(value, zeros[input]), 255)) : value);
            case QuantizedMean:
                Shape from = node.Inputs[0].Shape;
                return
                [
                    $"for (k = 0; k < {from.Channels}; k++) {{", "    int32_t *const total = (int32_t *)(void *)y + k;",
                    $"    int32_t sum = i == 0 ? {-(long)zeros[0] * from.Pixels} : *total;", "    int j;",
                    $"    for (j = 0; j < {from.Width}; j++) sum += a0[j * {from.Channels} + k];", "    *total = sum;", "}",
                ];
            case QuantizedFlatten:
                return Flatten(node.Inputs[0].Shape);
            default:
                throw new NotSupportedException($"The operation '{node.Operation.Kind}' has no form in C.");
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> AfterLastRow(InferenceNode node)
    {
        if (Quantized(node).Operation is not QuantizedMean { Requantization: { } by }) return [];

        // A value lies before the sums that are still to be read.
        string value = Store(node, _functions.Product(by, "((const int32_t *)(const void *)y)[k]",
            255L * node.Inputs[0].Shape.Pixels));
        return [$"for (k = 0; k < {node.Shape.Channels}; k++) y[k] = {value};"];
    }

    /// <inheritdoc/>
    public override void WriteHelpers(CWriter writer)
    {
        _probabilities.Use("exponential");
        _probabilities.Write(writer);
        if (_cmsis)
        {
            writer.Line($"/* With the library CMSIS-NN, which has code for Helium: define {_upper}_CMSIS_NN. */");
            writer.Line($"#ifdef {_upper}_CMSIS_NN");
            writer.Line("#ifndef CMSIS_NN_USE_SINGLE_ROUNDING");
            writer.Line("#error \"Define CMSIS_NN_USE_SINGLE_ROUNDING here and for the library: rounding twice gives other values.\"");
            writer.Line("#endif");
            writer.Line("#include \"arm_nnsupportfunctions.h\"");
            writer.Line("#endif");
            writer.Line();
        }

        IntegerTile.WriteHead(writer, _upper);
        _functions.Write(writer);
        if (_tiles.Count > 0)
        {
            IntegerTile.WriteWords(writer, _tiles.Select(static tile => tile.Channels).Distinct().Order());
            foreach ((int pixels, int channels) in _tiles) new IntegerTile(channels, pixels).Write(writer);
        }

        if (_zeros > 0)
        {
            writer.Line("/* The weights of a row of a window that lies outside the map. */");
            writer.Line($"static CONSTANT int8_t zeros[{_zeros}] = {{0}};");
            writer.Line();
        }

        writer.Add(_kernels.Text);
    }

    /// <inheritdoc/>
    public override string Score()
    {
        QuantizedNode output = _graph.Output;
        return output.Operation switch
        {
            QuantizedConvolution { Requantizations: null } => $"(float)last[k] * {_constants[output.Index][2].Name}[k]",
            QuantizedMean { Requantization: null } mean => $"(float)last[k] * {CText.Float(mean.Unit)}",
            _ => $"(float){IntegerFunctions.Minus("last[k]", output.Parameters.ZeroPoint)} * {CText.Float(output.Parameters.Scale)}",
        };
    }

    /// <inheritdoc/>
    public override string NoteType => "uint32_t";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Expected(InferenceNode node, TestVector test, int rows)
    {
        if (!_maps.TryGetValue(test, out QuantizedMaps? maps))
            _maps[test] = maps = QuantizedReference.Run(_graph, Planes(test.Pixels, _graph.Input.Shape));
        Shape shape = node.Shape;
        int[] map = maps.Values[node.Index];
        uint sum = 0;
        for (int at = 0; at < map.Length; at++)
        {
            int channel = at / shape.Pixels, row = at % shape.Pixels / shape.Width, column = at % shape.Width;
            if (row < rows) sum = unchecked(sum + (uint)(map[at] * NoteWeight(row, (column * shape.Channels) + channel)));
        }

        return [$"{sum}u"];
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Compare() => ["if (found[k] != *expected) return k + 1;"];

    /// <summary>An image as the reference takes it, from one with its channels side by side.</summary>
    public static byte[] Planes(ReadOnlySpan<byte> pixels, Shape shape)
    {
        var planes = new byte[pixels.Length];
        for (int at = 0; at < planes.Length; at++) planes[at % shape.Channels * shape.Pixels + (at / shape.Channels)] = pixels[at];
        return planes;
    }

    private QuantizedNode Quantized(InferenceNode node) => _graph.Nodes[node.Index];

    // What becomes of a sum; of a table, what remains when the ends at which it does not change are cut.
    private static OutputStage? StageOf(QuantizedNode node)
    {
        OutputStage? stage = node.Operation switch
        {
            QuantizedConvolution convolution => convolution.Stage,
            QuantizedAdd add => add.Stage,
            QuantizedMean mean => mean.Stage,
            QuantizedMultiply multiply => multiply.Stage,
            QuantizedActivation activation => activation.Stage,
            QuantizedConcat concat => concat.Stage,
            _ => null,
        };
        if (stage?.Table is not { } table) return stage;
        int first = stage.Min + TableMiddle, last = stage.Max + TableMiddle;

        // The middle stays within, since that is where the program begins to count.
        while (first < TableMiddle && first < last && table[first + 1] == table[first]) first++;
        while (last >= TableMiddle && last > first && table[last - 1] == table[last]) last--;
        return stage with { Min = first - TableMiddle, Max = last - TableMiddle, Table = [.. table.Skip(first).Take(last - first + 1)] };
    }

    // Weights, biases with what the zero point adds to each, and factors or, for sums, their units.
    private IEnumerable<CArray> Constants(QuantizedNode node, QuantizedConvolution convolution)
    {
        (QuantizedWeights, bool) key = (convolution.Weights, ChannelKernel.Fits(node.Source) && convolution.Stage is not null);
        if (!_weights.TryGetValue(key, out CArray? weights))
        {
            _weights[key] = weights = Array(convolution.Weights.Name, "int8_t",
                key.Item2 ? ChannelKernel.Pack(convolution.Layer, convolution.Weights.Values)
                : IntegerDense.Pack(convolution.Layer, convolution.Weights.Values));
        }

        yield return weights;
        int zero = node.Inputs[0].Parameters.ZeroPoint, channels = convolution.Bias.Count;
        int[] biases = [.. Enumerable.Range(0, channels).Select(o => convolution.Bias[o] - (zero * Sum(convolution.Weights.Channel(o))))];
        yield return biases.All(static bias => bias is >= short.MinValue and <= short.MaxValue)
            ? Array($"{node.Name}_bias", "int16_t", [.. biases.Select(static bias => (short)bias)])
            : Array($"{node.Name}_bias", "int32_t", biases);
        if (convolution.Requantizations is not { } factors)
        {
            yield return Array($"{node.Name}_unit", "float", [.. convolution.Units]);
            yield break;
        }

        bool isShort = _short[node.Index] = Enumerable.Range(0, channels)
            .All(o => IntegerFunctions.IsShort(factors[o], Most(convolution, o, zero)));
        yield return Array($"{node.Name}_factor", "int32_t", [.. factors.Select(static factor => factor.Multiplier)]);
        yield return isShort
            ? Array($"{node.Name}_right", "uint8_t", [.. factors.Select(static factor => (byte)IntegerFunctions.Right(factor))])
            : Array($"{node.Name}_power", "int8_t", [.. factors.Select(static factor => (sbyte)factor.Shift)]);
    }

    private static int Sum(ReadOnlySpan<sbyte> weights)
    {
        int sum = 0;
        foreach (sbyte weight in weights) sum += weight;
        return sum;
    }

    // How large a sum of a channel may be.
    private static long Most(QuantizedConvolution convolution, int o, int zero)
    {
        (long low, long high) = convolution.Weights.Sums(o, convolution.Bias[o], zero);
        return Math.Max(Math.Abs(low), Math.Abs(high));
    }

    private IEnumerable<string> Input(InferenceNode node, QuantizedInput input)
    {
        int channels = node.Shape.Channels, length = node.Shape.Width * channels, tables = 0;
        string[] values = [.. Enumerable.Range(0, channels).Select(c =>
        {
            string from = $"a0[k{(c == 0 ? "" : $" + {c}")}]";
            return ByteMap.Expression(input.Table.Skip(c * 256).Take(256).ToArray(), from)
                ?? $"{_constants[node.Index][tables++].Name}[{from}]";
        })];
        if (values.Select(static (value, c) => value.Replace($"[k + {c}]", "[k]", StringComparison.Ordinal)).Distinct().Count() == 1)
            return [$"for (k = 0; k < {length}; k++) y[k] = {values[0]};"];
        return
        [
            $"for (k = 0; k < {length}; k += {channels}) {{", .. values.Select(static (value, c) => $"    y[k + {c}] = {value};"), "}",
        ];
    }

    private string Convolution(QuantizedNode node, QuantizedConvolution convolution, bool inPlace)
    {
        bool isShort = _short.GetValueOrDefault(node.Index), table = convolution.Stage?.Table is not null;
        string element = convolution.Stage is null ? "int32_t" : "int8_t";
        string[] types = [.. _constants[node.Index].Select(static array => array.Type)];
        string parameters = string.Concat(new[] { "w", "b", "m", "q" }.Take(convolution.Stage is null ? 2 : 4)
            .Select((name, k) => $", CONSTANT {types[k]} *RESTRICT {name}")) + (table ? ", CONSTANT int8_t *RESTRICT table" : "");
        string function;
        if (ChannelKernel.Fits(node.Source) && convolution.Stage is not null)
        {
            var kernel = new ChannelKernel(node.Source, new IntegerChannels(node, StageOf(node), isShort, _functions), inPlace);
            _zeros = Math.Max(_zeros, kernel.Zeros);
            function = Kernel(node.Source, kernel.Write, inPlace, element, parameters);
        }
        else
        {
            var kernel = new IntegerDense(node, StageOf(node), isShort, inPlace, _functions,
                tile => _tiles.Add((tile.Pixels, tile.Channels)))
            {
                BiasType = _constants[node.Index][1].Type,
            };
            _cmsis |= kernel.FitsCmsis;
            function = Kernel(node.Source, body => kernel.Write(body, _upper), inPlace, element, parameters);
        }

        string[] arrays = [.. _constants[node.Index].Take(convolution.Stage is null ? 2 : 4).Select(static array => array.Name)];
        string middle = table ? $", {Middle(node.Source)}" : "";
        return $"{function}(y, x, u0, u1, {string.Join(", ", arrays)}{middle});";
    }

    private string Kernel(InferenceNode node, Action<CWriter> write, bool inPlace, string element, string parameters) =>
        Kernel(_kernels, node, write, inPlace, "int8_t", element, parameters);

    private string? Middle(InferenceNode node) =>
        _tables.TryGetValue(node.Index, out CArray? table) ? $"({table.Name} + {-StageOf(Quantized(node))!.Min})" : null;

    private string Store(InferenceNode node, string value) => _functions.Store(StageOf(Quantized(node))!, value, Middle(node));

    // The terms and how large their sum may be.
    private (string Sum, long Most) Sum(QuantizedAdd add, int[] zeros)
    {
        string[] terms = [.. add.Terms.Select((by, k) =>
        {
            string value = IntegerFunctions.Minus($"a{k}[k]", zeros[k]);
            int power = QuantizedAdd.TermShift + by.Shift - 1;
            return by.Multiplier == 1 << 30 && power is >= 0 and < 31 && by.Shift <= 0
                ? $"{value} * ((int32_t)1 << {power})"
                : _functions.Product(by, $"{value} * ((int32_t)1 << {QuantizedAdd.TermShift})", 255L << QuantizedAdd.TermShift);
        })];
        long most = add.Terms.Sum(static by => Math.Abs((long)by.Apply(255 << QuantizedAdd.TermShift)) + 1);
        return (string.Join(" + ", terms), most);
    }

    // No function and no other name of the file ends so, whatever a network's layers are called. What is equal is there once.
    private CArray Array<T>(string name, string type, T[] values) where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes<T>(values).ToArray();
        string key = $"{type} {Convert.ToBase64String(bytes)}";
        if (_arrays.TryGetValue(key, out CArray? array)) return array;
        return _arrays[key] = new CArray($"{CNames.Unique(name, _names)}_values", type, [.. values.Select(Literal)], bytes);
    }

    private static string Literal<T>(T value) => value switch
    {
        float real => CText.Float(real),
        int.MinValue => "(-2147483647 - 1)",
        _ => Invariant($"{value}"),
    };
}
