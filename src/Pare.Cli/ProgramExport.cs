using System.Text;
using Pare.Export.CSource;
using Pare.Inference;

namespace Pare.Cli;

/// <summary>The C program of an export: its files, what it was measured to take, whether a board has that.</summary>
internal sealed class ProgramExport
{
    private readonly string[] _files;

    private ProgramExport(CProgram program, CMeasurement measured, string[] files, IReadOnlyList<string> notChecked) =>
        (Program, Measured, _files, NotChecked) = (program, measured, files, notChecked);

    /// <summary>The program.</summary>
    public CProgram Program { get; }

    /// <summary>What it takes.</summary>
    public CMeasurement Measured { get; }

    /// <summary>What was not checked of it, and for want of what.</summary>
    public IReadOnlyList<string> NotChecked { get; }

    /// <summary>Writes the files, runs the program over the images and measures it.</summary>
    /// <exception cref="RunException">A file is there already or cannot be written, or the program does not do its work.</exception>
    public static ProgramExport Write(Model model, QuantizedModel? quantized, ExportProof proof, string path, string name, bool arduino,
        double? maxArena, CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(path)!;
        var options = new CSourceOptions { Name = name, Origin = model.Origin, Tests = proof.TestVectors(model) };
        if (maxArena is { } most) options = options with { MaxArenaBytes = (int)Math.Min(most * 1024, int.MaxValue) };
        CProgram program = quantized is null ? CProgram.Of(model.Graph, options) : CProgram.Of(quantized.Graph, options);
        var files = program.Files.ToDictionary(static file => file.Key, static file => Encoding.UTF8.GetBytes(file.Value));
        if (arduino) files[$"{program.Name}-arduino.zip"] = program.Arduino();
        foreach (string file in files.Keys) ExportFiles.Refuse(Path.Combine(folder, file));
        foreach ((string file, byte[] content) in files) ExportFiles.Save(Path.Combine(folder, file), content);
        List<string> notChecked = [];
        if (proof.Add(program, path, quantized is not null, cancellation) is null)
            notChecked.Add("the program itself, on this machine: there is no C compiler (gcc, clang or cc)");
        return new ProgramExport(program, CMeasurement.Of(program, cancellation),
            [.. files.Keys.Select(file => Path.Combine(folder, file))], notChecked);
    }

    /// <summary>Says how the program's memory is used, and what was written beside its source.</summary>
    public void Show(Messages messages)
    {
        messages.Line();
        foreach (string line in Program.ArenaMap.Split('\n', StringSplitOptions.RemoveEmptyEntries)) messages.Exact("arena", line);
        foreach (string file in _files.Skip(1)) messages.Exact("written", file);
    }

    /// <summary>What the program takes too much of; null where it fits.</summary>
    /// <param name="fits">The limits as they were written.</param>
    /// <param name="maxArena">KB of the arena.</param>
    /// <exception cref="RunException">What was asked for cannot be measured here.</exception>
    public string? Exceeds(string? fits, double? maxArena)
    {
        if (Program.ArenaBytes > maxArena * 1024)
            return $"The arena takes {Amounts.Count(Program.ArenaBytes)} bytes, and {maxArena} KB are allowed.";
        if (fits is null || BoardLimits.Parse(fits) is not { } limits) return null;
        if (Measured is not { FlashBytes: int flash, StaticBytes: int memory, StackBytes: int stack })
            throw new RunException("Whether the program fits cannot be measured here: there is no arm-none-eabi-gcc.", _files[0],
                "Install it (Debian: gcc-arm-none-eabi), or export without --fits.");
        long ram = memory + stack;
        if (flash > limits.Flash)
            return $"The program takes {Amounts.Count(flash)} bytes of flash, and {Amounts.Count(limits.Flash.Value)} are allowed.";
        return ram > limits.Ram
            ? $"The program takes {Amounts.Count(ram)} bytes of memory, stack included, and {Amounts.Count(limits.Ram.Value)} are allowed."
            : null;
    }
}
