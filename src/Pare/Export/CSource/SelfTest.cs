using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The part of a program that tests it where it runs: a checksum of each layer's constants, and a weighted sum of each layer's map.
/// </summary>
internal sealed class SelfTest
{
    private readonly InferenceGraph _graph, _source;
    private readonly BackEnd _backEnd, _sourceBackEnd;
    private readonly ArenaPlan _plan;
    private readonly IReadOnlyList<TestVector> _tests;
    private readonly string _name;
    private readonly Strips? _strips;
    private int _numbers;

    /// <param name="graph">The network.</param>
    /// <param name="backEnd">Its arithmetic.</param>
    /// <param name="source">The arithmetic of the network whose layers are tested.</param>
    /// <param name="plan">Its memory, and which rows are made at all.</param>
    /// <param name="tests">Images to test with.</param>
    /// <param name="name">The program's name.</param>
    /// <param name="strips">The network in strips; null where it is not.</param>
    public SelfTest(InferenceGraph graph, BackEnd backEnd, BackEnd source, ArenaPlan plan, IReadOnlyList<TestVector> tests, string name,
        Strips? strips)
    {
        (_graph, _backEnd, _sourceBackEnd, _plan, _tests, _name, _strips) = (graph, backEnd, source, plan, tests, name, strips);
        _source = strips?.Source ?? graph;
    }

    /// <summary>Writes constants and functions.</summary>
    public void Write(CWriter writer)
    {
        int layers = _source.Nodes.Count;
        if (_tests.Count > 0)
        {
            int bytes = _source.Input.Shape.Count;
            writer.Line("/* Pictures of the self test, and what the sum of each layer's values must be. */");
            writer.Array($"static const uint8_t test_pixels[{_tests.Count * bytes}]",
                _tests.SelectMany(static test => test.Pixels).Select(static pixel => CText.Int(pixel)));
            writer.Line();
            int[] rows = [.. _source.Nodes.Select(layer =>
                _graph.Nodes.Where(node => Layer(node) == layer.Index).Max(node => _plan.Rows[node.Index]))];
            string[] expected = [.. _tests.SelectMany(test =>
                _source.Nodes.SelectMany(node => _sourceBackEnd.Expected(node, test, rows[node.Index])))];
            _numbers = expected.Length / (_tests.Count * layers);
            writer.Array($"static CONSTANT {_backEnd.NoteType} test_sums[{expected.Length}]", expected);
            writer.Line();
        }

        (InferenceNode Node, CArray Array)[] arrays = [.. _graph.Nodes.SelectMany(node => _backEnd.Constants(node)
            .Select(array => (node, array))).DistinctBy(static pair => pair.array)];
        if (arrays.Length > 0)
        {
            writer.Line("/* FNV-1a of bytes as they lie in the memory of a little-endian machine. */");
            writer.Function("static uint32_t checksum(CONSTANT void *data, uint32_t bytes)");
            writer.Line("CONSTANT uint8_t *at = (CONSTANT uint8_t *)data, *const end = at + bytes;");
            writer.Line("uint32_t sum = 2166136261u;");
            writer.Line("while (at < end) sum = (sum ^ *at++) * 16777619u;");
            writer.Line("return sum;");
            writer.Close();
            writer.Line();
        }

        writer.Function($"int {_name}_self_test(void)");
        if (_tests.Count > 0)
        {
            writer.Line($"{_backEnd.NoteType} found[{layers}];");
            writer.Line($"float scores[{_graph.Classes.Count}];");
            writer.Line("int k, test;");
        }

        foreach ((InferenceNode node, CArray array) in arrays)
        {
            writer.Line($"if (checksum({array.Name}, (uint32_t)sizeof {array.Name}) != {Checksum(array.Bytes)}u) " +
                $"return {-(Layer(node) + 1)};");
        }

        if (_tests.Count > 0) WriteRuns(writer, layers);
        writer.Line("return 0;");
        writer.Close();
    }

    private int Layer(InferenceNode node) => _strips?.Origin(node).Index ?? node.Index;

    private void WriteRuns(CWriter writer, int layers)
    {
        writer.Open($"for (test = 0; test < {_tests.Count}; test++)");
        writer.Line($"for (k = 0; k < {layers}; k++) found[k] = 0;");
        writer.Line("noted = found;");
        writer.Line($"{_name}_predict(test_pixels + test * {_source.Input.Shape.Count}, scores);");
        writer.Line("noted = 0;");
        writer.Open($"for (k = 0; k < {layers}; k++)");
        string times = _numbers == 1 ? "" : $" * {_numbers}";
        writer.Line($"CONSTANT {_backEnd.NoteType} *const expected = test_sums + (test * {layers} + k){times};");
        foreach (string line in _backEnd.Compare()) writer.Line(line);
        writer.Close();
        writer.Close();
    }

    private static uint Checksum(byte[] bytes)
    {
        uint sum = 2166136261;
        foreach (byte value in bytes) sum = unchecked((sum ^ value) * 16777619);
        return sum;
    }
}
