using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>A network as a C program: files as text, and what they need of a machine.</summary>
public sealed class CProgram
{
    private readonly ExampleFiles _examples;

    private CProgram(string name, IReadOnlyDictionary<string, string> files, ExampleFiles examples, int arenaBytes, int constantBytes,
        long macs, string arenaMap)
    {
        (Name, Files, _examples) = (name, files, examples);
        (ArenaBytes, ConstantBytes, Macs, ArenaMap) = (arenaBytes, constantBytes, macs, arenaMap);
    }

    /// <summary>What files and functions are called.</summary>
    public string Name { get; }

    /// <summary>The files by their names, the <c>.c</c> and the <c>.h</c> first.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>Bytes of the memory in which all maps lie.</summary>
    public int ArenaBytes { get; }

    /// <summary>Bytes of weights, scales and shifts.</summary>
    public int ConstantBytes { get; }

    /// <summary>Multiply-accumulates of one image: more than the network's where strips compute columns twice.</summary>
    public long Macs { get; }

    /// <summary>What lies where in the arena, a line each.</summary>
    public string ArenaMap { get; }

    /// <summary>What a program of this name is called: an identifier of C and C++.</summary>
    public static string NameOf(string name) => CNames.Model(name);

    /// <summary>The program as a library of the Arduino IDE, a ZIP with an example sketch.</summary>
    public byte[] Arduino() => _examples.Arduino(Files[$"{Name}.c"], Files[$"{Name}.h"]);

    /// <summary>Writes the <c>.c</c> and the <c>.h</c> to a folder.</summary>
    internal void WriteTo(string folder)
    {
        foreach (string file in new[] { $"{Name}.c", $"{Name}.h" }) File.WriteAllText(Path.Combine(folder, file), Files[file]);
    }

    /// <summary>Text as one line of ASCII.</summary>
    internal static string OneLine(string text) => CText.Comment(text);

    /// <summary>The same program with another text of a file.</summary>
    internal CProgram With(string file, string text) =>
        new(Name, new Dictionary<string, string>(Files) { [file] = text }, _examples, ArenaBytes, ConstantBytes, Macs, ArenaMap);

    /// <summary>Writes a network in single precision.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the program is called and carries.</param>
    /// <exception cref="ArgumentException">
    /// A test is not for this network, a weight is not a finite number, or the network rounds its maps to 8-bit integers: it is quantized
    /// first, and written in integers.
    /// </exception>
    public static CProgram Of(InferenceGraph graph, CSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        if (graph.RoundsToIntegers)
            throw new ArgumentException("The network rounds its maps to 8-bit integers, which C in single precision does not do.");
        foreach (TestVector test in options.Tests.Where(test => test.Maps.Count != graph.Nodes.Count))
            throw new ArgumentException($"A test of {test.Maps.Count} maps is not for this network.");
        return Of(graph, new FloatBackEnd(graph), static strips => new FloatBackEnd(strips.Graph), options);
    }

    /// <summary>Writes a network in 8-bit integers: every value of every map is that of <see cref="QuantizedReference"/>.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the program is called and carries; of the tests, their pixels.</param>
    /// <exception cref="ArgumentException">A test is not for this network.</exception>
    public static CProgram Of(QuantizedGraph graph, CSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        return Of(graph.Source, new Int8BackEnd(graph, CNames.Model(options.Name)),
            strips => new Int8BackEnd(strips.Quantized(graph), CNames.Model(options.Name)), options);
    }

    private static CProgram Of(InferenceGraph graph, BackEnd backEnd, Func<Strips, BackEnd> inStrips, CSourceOptions options)
    {
        foreach (TestVector test in options.Tests.Where(test => test.Pixels.Length != graph.Input.Shape.Count))
            throw new ArgumentException($"A test of {test.Pixels.Length} bytes is not for this network.");
        var plan = ArenaPlan.Of(graph, backEnd);
        string name = CNames.Model(options.Name);
        InferenceGraph planned = graph;
        BackEnd rows = backEnd;
        Strips? strips = null;
        if (plan.Length > options.MaxArenaBytes && StripSearch.Of(graph, backEnd, plan.Length, options.MaxArenaBytes) is { } found)
        {
            (strips, plan) = found;
            (planned, rows) = (strips.Graph, inStrips(strips));
        }

        int constants = planned.Nodes.SelectMany(rows.Constants).Distinct().Sum(static array => array.Bytes.Length);
        var layout = new SourceLayout(graph, options, plan.Length, constants, planned.Macs);
        var source = new CWriter();
        layout.WriteHead(source);
        (strips is null ? new Skeleton(graph, backEnd, plan, options) : new Skeleton(strips, rows, backEnd, plan, options)).Write(source);
        var examples = new ExampleFiles(graph, layout, name, options.Confidence);
        string? main = examples.Main();
        var files = new Dictionary<string, string>
        {
            [$"{name}.c"] = source.ToString(),
            [$"{name}.h"] = layout.Header(),
            ["CMakeLists.txt"] = examples.CMakeLists(main is not null),
        };
        if (main is not null) files["main.c"] = main;
        return new CProgram(name, files, examples, plan.Length, constants, planned.Macs, plan.Map(planned) + strips?.Summary);
    }
}
