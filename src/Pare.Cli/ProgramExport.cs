using System.Text;
using Pare.Export.CSource;
using Pare.Inference;

namespace Pare.Cli;

/// <summary>The C program of an export: its files, what it was measured to take, whether a board has that.</summary>
internal sealed class ProgramExport
{
    private readonly string _path;
    private readonly bool _inIntegers;
    private readonly Func<long?, CProgram> _plan;

    private ProgramExport(Func<long?, CProgram> plan, CProgram program, CMeasurement measured, string path, bool inIntegers,
        IReadOnlyList<string> notChecked) =>
        (_plan, Program, Measured, _path, _inIntegers, NotChecked) = (plan, program, measured, path, inIntegers, notChecked);

    /// <summary>The program.</summary>
    public CProgram Program { get; }

    /// <summary>What it takes.</summary>
    public CMeasurement Measured { get; }

    /// <summary>What was not checked of it, and for want of what.</summary>
    public IReadOnlyList<string> NotChecked { get; }

    /// <summary>Whether a form is this program.</summary>
    public bool IsForm(ExportedForm form) => form.Path == _path;

    /// <summary>The files that a program has at most, by its <c>.c</c> file.</summary>
    public static IEnumerable<string> FilesOf(string path, bool arduino)
    {
        string folder = Path.GetDirectoryName(path)!;
        string[] names = [Path.GetFileName(path), Path.GetFileNameWithoutExtension(path) + ".h", "CMakeLists.txt", "main.c"];
        if (arduino) names = [.. names, $"{Path.GetFileNameWithoutExtension(path)}-arduino.zip"];
        return names.Select(name => Path.Combine(folder, name));
    }

    /// <summary>Makes the files, runs the program over the images and measures it.</summary>
    /// <exception cref="RunException">A file cannot be written, or the program does not do its work.</exception>
    public static ProgramExport Write(Model model, QuantizedModel? quantized, ExportProof proof, string path, string name, bool arduino,
        long? maxArena, ExportFiles files, CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(path)!;
        var options = new CSourceOptions
        {
            Name = name,
            Origin = model.Origin,
            Confidence = model.Confidence,
            Tests = proof.TestVectors(model),
        };
        CProgram program = Plan(maxArena);
        foreach ((string file, string text) in program.Files) files.Save(Path.Combine(folder, file), Encoding.UTF8.GetBytes(text));
        if (arduino) files.Save(Path.Combine(folder, $"{program.Name}-arduino.zip"), program.Arduino());
        List<string> notChecked = [];
        if (proof.Add(program, path, quantized is not null, cancellation) is null)
            notChecked.Add("the program itself, on this machine: there is no C compiler (gcc, clang or cc)");
        return new ProgramExport(Plan, program, CMeasurement.Of(program, cancellation), path, quantized is not null, notChecked);

        CProgram Plan(long? most)
        {
            CSourceOptions asked = options with { MaxArenaBytes = (int)Math.Min(most ?? int.MaxValue, int.MaxValue) };
            return quantized is null ? CProgram.Of(model.Graph, asked) : CProgram.Of(quantized.Graph, asked);
        }
    }

    /// <summary>Says how the program's memory is used.</summary>
    public void Show(Messages messages)
    {
        messages.Line();
        messages.Heading("arena: bytes from, to; rows that are kept; layers");
        foreach (string line in Program.ArenaMap.Split('\n', StringSplitOptions.RemoveEmptyEntries)) messages.Line(line);
        messages.Line();
    }

    /// <summary>Says which limits are met, and with how much to spare.</summary>
    public static void Show(Messages messages, IReadOnlyList<ExportLimit> limits)
    {
        if (limits.Count == 0) return;
        messages.Fact(limits.All(static limit => limit.IsMet) ? "fits" : "misses", string.Join(", ", limits.Select(static limit =>
            $"{limit.Name} {Amounts.Count(limit.Taken)} of {Amounts.Count(limit.Allowed)} bytes ({Share(limit)})")));
    }

    /// <summary>What was asked for, and what the program takes of it.</summary>
    /// <param name="limits">The limits of a board; null where nobody asked.</param>
    /// <param name="maxArena">Bytes of the arena; null where nobody asked.</param>
    /// <exception cref="RunException">What was asked for cannot be measured here.</exception>
    public IReadOnlyList<ExportLimit> Limits(BoardLimits? limits, long? maxArena)
    {
        List<ExportLimit> asked = [];
        if (limits?.Flash is long flash) asked.Add(new("flash", Measured.FlashBytes ?? throw NotMeasured("gcc-arm-none-eabi"), flash));
        if (limits?.Ram is long ram)
        {
            asked.Add(new("ram", (long)(Measured.StaticBytes ?? throw NotMeasured("gcc-arm-none-eabi")) +
                (Measured.StackBytes ?? throw NotMeasured("gcc-arm-none-eabi of GCC 10 or later")), ram));
        }

        if (maxArena is long arena) asked.Add(new("arena", Program.ArenaBytes, arena));
        return asked;

        RunException NotMeasured(string package) =>
            new("Whether the program fits cannot be measured here: there is no arm-none-eabi-gcc that says so.", _path,
                $"Install it (Debian: {package}), or export without --fits.");
    }

    /// <summary>What it takes too much of, a sentence.</summary>
    public static string Excess(ExportLimit limit) =>
        $"The program takes {Amounts.Count(limit.Taken)} bytes of {(limit.Name == "ram" ? "ram, stack included" : limit.Name)}, and " +
        $"{Amounts.Count(limit.Allowed)} are allowed ({Share(limit)}).";

    /// <summary>What to do where it takes too much.</summary>
    /// <param name="limits">What was asked for.</param>
    /// <param name="cancellation">Stops the search.</param>
    public string Remedy(IReadOnlyList<ExportLimit> limits, CancellationToken cancellation)
    {
        string[] ways =
        [
            .. EnoughArena(limits, cancellation) is { } amount
                ? [$"--max-arena {amount}, which computes the first layers in strips"] : Array.Empty<string>(),
            .. _inIntegers ? Array.Empty<string>() : ["--int8, which needs about a quarter of the memory"],
        ];
        return $"Take {string.Concat(ways.Select(static way => $"{way}, "))}{(ways.Length > 0 ? "or " : "")}" +
            "a smaller network: fewer channels first, or a stride earlier on.";
    }

    // The arena with which the program fits; null where more than memory is missed, or no strips take so little.
    private string? EnoughArena(IReadOnlyList<ExportLimit> limits, CancellationToken cancellation)
    {
        if (limits.Where(static limit => !limit.IsMet).ToArray() is not [{ Name: "ram" } ram]) return null;
        long most = Program.ArenaBytes - (ram.Taken - ram.Allowed);
        if (most < 1) return null;
        (long bytes, string amount) = most < 1024 ? (most, $"{most}B") : (most / 1024 * 1024, $"{most / 1024}K");
        CProgram program = _plan(bytes);
        if (program.ArenaBytes > bytes) return null;
        var measured = CMeasurement.Of(program, cancellation);
        return measured.StaticBytes + measured.StackBytes <= ram.Allowed ? amount : null;
    }

    private static string Share(ExportLimit limit) =>
        Invariant($"{Math.Ceiling(100.0 * limit.Taken / limit.Allowed):N0} %");
}
